"""Whose key is written, and where none is."""

import re
import tomllib

import pytest

from harmonica_mcp.cli.install.hosts import HOSTS
from tests.cli.install.installing import KEY, OTHER_KEY, example, plain, run

pytestmark = pytest.mark.usefixtures("home")


def test_the_key_in_the_file_is_kept_by_enter(offline: list[str]) -> None:
    """Other options need no new key, and a new key alone is a change that is not shown."""
    path, _ = example("windsurf")
    assert run("install", "windsurf", typed=f"{KEY}\ny\n").exit_code == 0
    assert run("install", "windsurf", "--lockdown", typed="\ny\n").exit_code == 0
    assert f'"HARMONICA_API_KEY": "{KEY}"' in path.read_text()
    assert '"--lockdown"' in path.read_text()
    done = run("install", "windsurf", "--lockdown", typed=f"{OTHER_KEY}\ny\n")
    assert "Only the key differs." in done.stdout
    assert OTHER_KEY in path.read_text()
    assert len(offline) == 3


def test_what_is_no_key_is_asked_again(offline: list[str]) -> None:
    """A slip of the hand does not end the command."""
    path, _ = example("cursor")
    done = run("install", "cursor", typed=f"sk-other\n{KEY}\ny\n")
    assert done.exit_code == 0
    assert "keys begin with hm_live_" in done.stdout
    assert KEY in path.read_text()
    assert offline


def test_the_sandbox_needs_no_key() -> None:
    """Without an account there is something to look at."""
    path, _ = example("codex")
    done = run("install", "codex", "--sandbox", "--yes")
    assert done.exit_code == 0
    entry = tomllib.loads(path.read_text())["mcp_servers"]["harmonica"]
    assert entry["args"][-2:] == ["serve", "--sandbox"]
    assert "env" not in entry


@pytest.mark.parametrize("host", HOSTS)
def test_where_no_key_was_none_is_warned_of(host: str) -> None:
    """Taking the sandbox out of a host speaks of no key in the backup."""
    example(host)
    run("install", host, "--sandbox", "--yes")
    removed = run("uninstall", host, "--yes")
    assert removed.exit_code == 0
    assert HOSTS[host].restart in removed.stdout
    assert "the key included" not in removed.stdout


def test_harmonica_says_whose_key_it_is(harmonica: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that works is told by its owner's name; another address goes to the host as well."""
    monkeypatch.setenv("HARMONICA_API_URL", harmonica)
    monkeypatch.setenv("HARMONICA_API_KEY", KEY)
    monkeypatch.setenv("no_proxy", "*")
    path, _ = example("claude-desktop")
    done = run("install", "claude-desktop", "--yes")
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.search(r"The key belongs to .+\.", done.stdout)
    entry = plain(path.read_text(), "claude-desktop")["mcpServers"]["harmonica"]
    assert entry["env"] == {"HARMONICA_API_KEY": KEY, "HARMONICA_API_URL": harmonica}


def test_a_key_that_harmonica_refuses_is_not_written(
    harmonica: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file stays as it was, and the reason is told; without the check it is written."""
    monkeypatch.setenv("HARMONICA_API_URL", harmonica)
    # The sandbox takes every key but this.
    monkeypatch.setenv("HARMONICA_API_KEY", "hm_live_")
    monkeypatch.setenv("no_proxy", "*")
    path, before = example("claude-code")
    done = run("install", "claude-code", "--yes")
    assert done.exit_code == 1
    assert "Nothing was written." in done.stderr
    assert path.read_text() == before
    assert run("install", "claude-code", "--yes", "--no-check").exit_code == 0
    assert '"HARMONICA_API_KEY": "hm_live_"' in path.read_text()
