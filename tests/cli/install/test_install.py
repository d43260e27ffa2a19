"""`harmonica-mcp install` and `uninstall`, as a person uses them."""

import json
import os
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters

from harmonica_mcp.cli.install.document import read
from harmonica_mcp.cli.install.hosts import HOSTS
from tests.cli.install.installing import KEY, OTHERS, example, plain, run

pytestmark = pytest.mark.usefixtures("home")


@pytest.mark.parametrize("host", HOSTS)
def test_every_host_gets_the_server_and_loses_it_again(host: str, offline: list[str]) -> None:
    """The entry stands among the others; all else, and after uninstalling all, is as before."""
    path, before = example(host)
    done = run("install", host, "--yes", "--read-only", "--toolsets", "default,projects")
    assert done.exit_code == 2
    assert "HARMONICA_API_KEY is not set" in done.stderr
    done = run(
        "install", host, "--toolsets", "default,projects", "--read-only", typed=f"{KEY}\ny\n"
    )
    assert (done.exit_code, offline) == (0, ["https://app.harmonica.chat"])
    assert "The key belongs to Ada." in done.stdout
    assert HOSTS[host].restart in done.stdout
    servers = HOSTS[host].servers
    after = plain(path.read_text(), host)
    entry = after[servers].pop("harmonica")
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][-4:] == ["serve", "--toolsets", "default,projects", "--read-only"]
    assert entry["env"] == {"HARMONICA_API_KEY": KEY}
    assert entry.get("type") == ("stdio" if host in ("claude-code", "vscode") else None)
    assert after == plain(before, host)
    removed = run("uninstall", host, typed="y\n")
    assert (removed.exit_code, path.read_text()) == (0, before)
    assert "the key included" in removed.stdout


@pytest.mark.parametrize("host", HOSTS)
def test_the_change_is_shown_without_secrets(host: str, offline: list[str]) -> None:
    """A difference of lines, in which neither our key nor those of other servers stand."""
    path, _ = example(host)
    done = run("install", host, typed=f"{KEY}\nn\n")
    assert done.exit_code == 1
    assert offline
    added = [line for line in done.stdout.splitlines() if line.startswith("+")]
    assert any("harmonica" in line for line in added)
    assert any("HARMONICA_API_KEY" in line for line in added)
    removed = run("uninstall", host, "--yes")
    assert "No change" in removed.stdout
    assert KEY not in path.read_text()
    # What was typed is shown by the test's terminal only.
    assert KEY not in done.stdout.replace(f"file): {KEY}", "").replace(f"(hidden): {KEY}", "")
    assert OTHERS not in done.stdout


def test_a_second_time_nothing_changes(offline: list[str]) -> None:
    """The same command again says so, writes nothing, and asks nobody."""
    path, _ = example("zed")
    assert run("install", "zed", typed=f"{KEY}\ny\n").exit_code == 0
    written = path.read_bytes()
    again = run("install", "zed", "--yes")
    assert (again.exit_code, len(offline)) == (0, 2)
    assert "No change" in again.stdout
    assert path.read_bytes() == written
    assert len(list(path.parent.iterdir())) == 2


@pytest.mark.parametrize(
    ("chosen", "tools"),
    [
        (("--compat", "typescript"), 26),
        (("--privacy", "strict", "--tools", "get_summary,get_responses"), 2),
        (("--toolsets", "all", "--exclude-tools", "get_summary", "--lockdown"), 43),
    ],
)
async def test_every_choice_of_tools_reaches_the_server(
    home: Path, chosen: tuple[str, ...], tools: int
) -> None:
    """What was chosen when installing is what the host's server starts with."""
    assert run("install", "cursor", "--sandbox", "--yes", *chosen).exit_code == 0
    entry = json.loads((home / ".cursor" / "mcp.json").read_text())["mcpServers"]["harmonica"]
    written = entry["args"][entry["args"].index("serve") :]
    assert sorted(written) == sorted(("serve", "--sandbox", *chosen))
    server = StdioServerParameters(command=entry["command"], args=entry["args"])
    async with Client(server) as client:
        assert len((await client.list_tools()).tools) == tools


def test_choices_that_exclude_each_other_are_refused(home: Path) -> None:
    """The official tools and toolsets of ours are not written together."""
    done = run("install", "cursor", "--sandbox", "--compat", "typescript", "--toolsets", "all")
    assert (done.exit_code, (home / ".cursor" / "mcp.json").exists()) == (2, False)
    assert "HARMONICA_COMPAT" in done.stderr


async def test_what_is_written_starts_the_server() -> None:
    """A host that starts the command as it stands in the file gets the chosen tools."""
    path, _ = example("cursor")
    assert run("install", "cursor", "--sandbox", "--yes", "--toolsets", "account").exit_code == 0
    entry = plain(path.read_text(), "cursor")["mcpServers"]["harmonica"]
    # Where the package runs from its sources, the process must find them.
    sources = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    server = StdioServerParameters(command=entry["command"], args=entry["args"], env=sources)
    async with Client(server) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == ["get_current_user"]


@pytest.mark.parametrize("host", HOSTS)
def test_printing_changes_nothing(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be written is shown without a key, ready to be pasted; no file is touched."""
    monkeypatch.setenv("HARMONICA_API_KEY", KEY)
    path, before = example(host)
    done = run("install", host, "--print")
    assert done.exit_code == 0
    assert str(path) in done.stderr
    entry = plain(done.stdout, host)[HOSTS[host].servers]["harmonica"]
    assert entry["env"] == {"HARMONICA_API_KEY": "hm_live_…"}
    assert path.read_text() == before
    assert "HARMONICA_API_KEY" not in run("install", host, "--print", "--sandbox").stdout


def test_a_host_that_is_not_there_is_told(home: Path) -> None:
    """No folders are made for programs that are not installed."""
    (home / ".codex").rmdir()
    done = run("install", "codex", "--sandbox", "--yes")
    assert done.exit_code == 1
    assert "install the host and start it once" in done.stderr
    assert not (home / ".codex").exists()


def test_what_was_never_there_is_not_removed(home: Path) -> None:
    """Uninstalling twice, or from a host without a file, changes nothing."""
    done = run("uninstall", "cursor", "--yes")
    assert (done.exit_code, "No change" in done.stdout) == (0, True)
    assert not (home / ".cursor" / "mcp.json").exists()


def test_a_wrong_setting_is_told_first() -> None:
    """A toolset that there is not never reaches a host's file."""
    done = run("install", "cursor", "--sandbox", "--yes", "--toolsets", "nonsense")
    assert done.exit_code == 2
    assert "HARMONICA_TOOLSETS" in done.stderr


def test_a_host_is_read_as_it_is_written() -> None:
    """Every example is one that its host takes."""
    for host in HOSTS.values():
        _, text = example(host.name)
        assert isinstance(read(text, host.syntax).get((host.servers,)), dict)
