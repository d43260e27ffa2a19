"""The round trip through a server of one's own."""

from pathlib import Path

import pytest

from harmonica_mcp.cli.doctor import wire

KEY = "hm_live_" + "0" * 32


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A key, and nothing else set; the server's address is never asked."""
    monkeypatch.setenv("HARMONICA_API_KEY", KEY)
    monkeypatch.setenv("HARMONICA_API_URL", "http://127.0.0.1:1")
    return monkeypatch


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_tools_are_listed_in_both_eras(transport: str) -> None:
    """Over either transport clients of both eras find the same tools."""
    told = wire.examine(transport)
    assert told.state == "ok", told.text
    eras = told.facts["eras"]
    assert [each["era"] for each in eras] == ["2026-07-28", "2025-11-25"]
    assert eras[0]["tools"] == eras[1]["tools"] == 18
    assert f"over {transport}: {eras[0]['tools']} tools, protocol 2026-07-28 (" in told.text


def test_no_proxy_is_asked_for_it(environment: pytest.MonkeyPatch) -> None:
    """The server is on this machine: what the environment says of proxies does not matter."""
    environment.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    environment.setenv("ALL_PROXY", "ftp://proxy.example")
    assert wire.examine("http").state == "ok"


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_a_server_that_does_not_start_is_told(
    environment: pytest.MonkeyPatch, transport: str
) -> None:
    """What keeps the server from starting is a failure of the round trip."""
    environment.setenv("HARMONICA_TOOLSETS", "nonsense")
    told = wire.examine(transport)
    assert told.state == "failed"
    assert told.text.startswith(f"over {transport} this server could not be asked")
    if transport == "http":
        assert "HARMONICA_TOOLSETS: there is no such toolset" in told.text


def test_a_program_that_breaks_is_told(environment: pytest.MonkeyPatch) -> None:
    """Where not even `mcp` can be loaded, the last line of the trouble is shown."""
    environment.setattr(wire, "_CODE", "import no_such_module # {}")
    assert wire.examine("stdio").text.endswith(
        "ModuleNotFoundError: No module named 'no_such_module'"
    )
    environment.setattr(wire, "_CODE", "raise SystemExit(7) # {}")
    assert wire.examine("stdio").text.endswith("the process ended with 7")


def test_a_server_that_hangs_is_told(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A round trip without an end is ended."""
    pipe = tmp_path / "pipe"
    environment.setattr(wire, "_PATIENCE", 0.2)
    environment.setattr(
        wire, "_CODE", f"import os; os.mkfifo({str(pipe)!r}); open({str(pipe)!r}) # {{}}"
    )
    assert "no end after 0 seconds" in wire.examine("stdio").text
