"""Settings in the report."""

from pathlib import Path

import pytest

from harmonica_mcp.cli.doctor import origins
from harmonica_mcp.cli.doctor.origins import examine

KEY = "hm_live_" + "0123456789abcdef" * 2
SECRET = "s" * 40
TOKEN = "t" * 40


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)


def test_each_setting_has_its_origin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is set is shown, without secrets or the user's name; the rest has its default."""
    (tmp_path / "files").mkdir()
    monkeypatch.setenv("HARMONICA_API_KEY", KEY)
    monkeypatch.setenv("HARMONICA_SECRET", f"{SECRET},{SECRET}")
    monkeypatch.setenv("HARMONICA_METRICS_TOKEN", TOKEN)
    monkeypatch.setenv("HARMONICA_TOOLSETS", "default,projects")
    monkeypatch.setenv("HARMONICA_FILES_DIR", str(tmp_path / "files"))
    monkeypatch.setenv("HARMONICA_LOG", "")
    monkeypatch.setenv("HARMONICA_METRICS_HOST", "${user_config.host}")
    check, told = examine()
    assert told
    assert check.state == "ok"
    assert check.text == "5 set in the environment, all others have their defaults"
    assert check.details == [
        "HARMONICA_API_KEY = (set, not shown)",
        "HARMONICA_TOOLSETS = default, projects",
        "HARMONICA_FILES_DIR = ~/files",
        "HARMONICA_SECRET = (set, not shown), (set, not shown)",
        "HARMONICA_METRICS_TOKEN = (set, not shown)",
        "HARMONICA_LOG is empty or a placeholder, which counts as not set",
        "HARMONICA_METRICS_HOST is empty or a placeholder, which counts as not set",
    ]
    shown = {row["name"]: row for row in check.facts["settings"]}
    assert shown["HARMONICA_REQUESTS_PER_MINUTE"] == {
        "name": "HARMONICA_REQUESTS_PER_MINUTE",
        "value": "100",
        "from": "default",
    }
    assert not any(secret in str(check) for secret in (KEY, SECRET, TOKEN))


def test_misspelt_names_are_noted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What every other command warns of stands in the report, and nowhere else."""
    monkeypatch.setenv("HARMONICA_API_KEYS", KEY)
    check, _ = examine()
    assert check.state == "note"
    [line] = check.details
    assert "did you mean HARMONICA_API_KEY?" in line
    assert caplog.records == []


def test_settings_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their names are told, and why; values are not, since any of them may be the secret one."""
    monkeypatch.setenv("HARMONICA_API_KEY", "sk-secret")
    monkeypatch.setenv("HARMONICA_OTHER", "x")
    check, told = examine()
    assert told is None
    assert check.state == "failed"
    assert check.text.startswith("HARMONICA_API_KEY: This is not a Harmonica API key")
    assert [row["name"] for row in check.facts["settings"]] == ["HARMONICA_API_KEY"]
    assert "sk-secret" not in str(check)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"TOOLS": "get_responses", "LOCKDOWN": "1"}, "leaves no tool"),
        ({"REDIS_URL": "redis://localhost"}, "needs HARMONICA_SECRET"),
        ({"WORKERS": "2"}, "needs HARMONICA_REDIS_URL"),
    ],
)
def test_what_does_not_go_together_cannot_be_used(
    settings: dict[str, str], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings that the server would refuse together are refused here as well."""
    for name, value in settings.items():
        monkeypatch.setenv(f"HARMONICA_{name}", value)
    check, _ = examine()
    assert check.state == "failed"
    assert text in check.text


def test_paths_outside_of_home_stay() -> None:
    """Only the user's own folder is shortened."""
    assert origins.tilde(Path("/opt/python")) == str(Path("/opt/python"))
