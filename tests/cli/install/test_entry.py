"""How hosts are told to start this server."""

import sys
from pathlib import Path

import pytest

from harmonica_mcp.cli.install.document import read
from harmonica_mcp.cli.install.entry import Entry, remove, started_by
from harmonica_mcp.cli.install.hosts import HOSTS
from harmonica_mcp.cli.install.refused import Refused


@pytest.mark.parametrize("name", ["harmonica-mcp", "harmonica-mcp.exe"])
def test_the_command_stands_beside_its_interpreter(tmp_path: Path, name: str) -> None:
    """The full path of the command, as it was installed, on Windows as well."""
    (tmp_path / name).touch()
    assert started_by(str(tmp_path / "python")) == Entry(str(tmp_path / name))


def test_without_a_command_the_module_is_started(tmp_path: Path) -> None:
    """An installation without scripts works through its interpreter."""
    python = str(tmp_path / "python")
    assert started_by(python) == Entry(python, ("-m", "harmonica_mcp"))
    assert Path(started_by().command).parent == Path(sys.executable).parent


def test_from_uvx_it_is_uvx_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment that uv throws away is not written down: uvx makes it again."""
    python = str(tmp_path / "uv" / "archive-v0" / "x1" / "bin" / "python")
    uvx = tmp_path / "uvx"
    uvx.touch(mode=0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert started_by(python) == Entry(str(uvx), ("harmonica-mcp",))
    uvx.unlink()
    with pytest.raises(Refused, match="uv tool install harmonica-mcp"):
        started_by(python)


def test_an_entry_that_is_there_keeps_what_its_user_added() -> None:
    """Other fields and variables stay, an address does not: it would win over a command."""
    host = HOSTS["cursor"]
    document = read(
        '{"mcpServers": {"harmonica": {"url": "https://old.example/mcp", "headers": {"A": "b"}, '
        '"disabled": true, "env": {"HARMONICA_LOG": "calls"}}}}',
        "jsonc",
    )
    Entry("/x", ("serve",), {"HARMONICA_API_KEY": "k"}).put(document, host)
    assert document.get(("mcpServers", "harmonica")) == {
        "disabled": True,
        "env": {"HARMONICA_LOG": "calls", "HARMONICA_API_KEY": "k"},
        "command": "/x",
        "args": ["serve"],
    }


def test_an_entry_without_environment_gets_one() -> None:
    """Going from the sandbox to a real key adds the key."""
    host = HOSTS["zed"]
    document = read('{"context_servers": {"harmonica": {"command": "/x"}}}', "jsonc")
    Entry("/x", (), {"HARMONICA_API_KEY": "k"}).put(document, host)
    assert document.get(("context_servers", "harmonica", "env")) == {"HARMONICA_API_KEY": "k"}
    assert remove(document, host)
    assert document.text == "{}"


def test_a_key_is_not_in_the_representation() -> None:
    """Whoever logs an entry logs no key."""
    assert "secret" not in repr(Entry("/x", (), {"HARMONICA_API_KEY": "secret"}))
