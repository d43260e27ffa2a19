"""`harmonica-mcp install` and `uninstall`, as a person uses them."""

import json
import os
import re
import stat
import tomllib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from mcp import Client, StdioServerParameters

from harmonica_mcp.cli import main
from harmonica_mcp.cli.install import command
from harmonica_mcp.cli.install.document import read
from harmonica_mcp.cli.install.hosts import HOSTS
from harmonica_mcp.cli.install.places import Machine, place
from tests.cli.own_home import move_in
from tests.transports.programs import serving_sandbox

FILES = Path(__file__).parent / "files"
KEY = "hm_live_" + "0" * 32
OTHER_KEY = "hm_live_" + "1" * 32
OTHERS = "not-for-your-eyes"
"""The secrets of other servers in the example files."""


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An own home with every host in it, and no settings."""
    move_in(monkeypatch, tmp_path)
    return tmp_path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A Harmonica that takes every key; the addresses at which it was asked."""
    asked: list[str] = []

    def owner_of(_: object, url: str) -> str:
        asked.append(url)
        return "Ada"

    monkeypatch.setattr(command, "owner_of", owner_of)
    return asked


@pytest.fixture(scope="module")
def harmonica() -> Generator[str]:
    """The address of a sandbox in a process of its own."""
    with serving_sandbox() as address:
        yield address


def run(*arguments: str, typed: str | None = None) -> Result:
    """Run a command, with what a person types."""
    return CliRunner().invoke(main, arguments, input=typed)


def example(host: str) -> tuple[Path, str]:
    """The host's file with the example in its place."""
    path = place(host, Machine.this())
    [source] = FILES.glob(f"{host}.*")
    path.write_bytes(source.read_bytes())
    return path, source.read_text()


def plain(text: str, host: str) -> dict[str, dict[str, Any]]:
    """What the host reads, read by other means than those of the installer."""
    if HOSTS[host].syntax == "toml":
        return tomllib.loads(text)
    if HOSTS[host].syntax == "jsonc":
        text = re.sub(r"(^|\s)//.*$|/\*.*?\*/", "", text, flags=re.MULTILINE)
        text = re.sub(r",(\s*[}\]])", r"\1", text)
    return json.loads(text)


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


def test_a_new_file_is_for_its_owner_alone(home: Path) -> None:
    """A file with a key in it is not readable for others."""
    path = home / ".cursor" / "mcp.json"
    assert run("install", "cursor", "--sandbox", "--yes").stdout.count("a new file") == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_permissions_stay_and_the_backup_is_private(offline: list[str]) -> None:
    """The file keeps its permissions, which are told where others can read the key."""
    path, before = example("windsurf")
    path.chmod(0o644)
    done = run("install", "windsurf", typed=f"{KEY}\ny\n")
    assert f"Other users of this machine can read {path}" in done.stdout
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert run("uninstall", "windsurf", "--yes").exit_code == 0
    backups = [path.with_name(f"{path.name}.before-harmonica-{number}") for number in (1, 2)]
    assert [stat.S_IMODE(backup.stat().st_mode) for backup in backups] == [0o600, 0o600]
    assert backups[0].read_text() == before
    assert KEY in backups[1].read_text()
    assert offline


def test_a_link_stays_a_link(home: Path) -> None:
    """Settings that live elsewhere are changed there."""
    path, before = example("zed")
    elsewhere = home / "dotfiles.json"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    assert run("install", "zed", "--sandbox", "--yes").exit_code == 0
    assert path.is_symlink()
    assert "harmonica" in elsewhere.read_text()
    assert run("uninstall", "zed", "--yes").exit_code == 0
    assert elsewhere.read_text() == before


def test_marks_and_line_ends_stay() -> None:
    """A byte order mark and Windows' line ends are kept."""
    path, before = example("claude-desktop")
    old = b"\xef\xbb\xbf" + before.replace("\n", "\r\n").encode()
    path.write_bytes(old)
    assert run("install", "claude-desktop", "--sandbox", "--yes").exit_code == 0
    new = path.read_bytes()
    assert new.startswith(b"\xef\xbb\xbf{\r\n")
    assert new.count(b"\n") == new.count(b"\r\n")
    assert run("uninstall", "claude-desktop", "--yes").exit_code == 0
    assert path.read_bytes() == old


@pytest.mark.parametrize(
    ("host", "content", "why"),
    [
        ("cursor", b'{"mcpServers": {', "no valid JSON"),
        ("windsurf", b'{"mcpServers": {}} // no', "no valid JSON"),
        ("codex", b"[mcp_servers", "no valid TOML"),
        ("zed", b'{"context_servers": []}', "`context_servers` in it is no object"),
        ("vscode", "{}".encode("utf-16"), "not UTF-8"),
    ],
)
def test_a_broken_file_is_left_alone(host: str, content: bytes, why: str) -> None:
    """It is told what is wrong with which file; nothing is written, no backup made."""
    path = place(host, Machine.this())
    path.write_bytes(content)
    done = run("install", host, "--sandbox", "--yes")
    assert done.exit_code == 1
    assert why in done.stderr
    assert f"{path} is left alone" in done.stderr
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_a_read_only_file_is_left_alone() -> None:
    """Whoever protected it meant it."""
    path, before = example("cursor")
    path.chmod(0o444)
    done = run("install", "cursor", "--sandbox", "--yes")
    assert (done.exit_code, path.read_text()) == (1, before)
    assert "it is read-only" in done.stderr


def test_a_host_that_is_not_there_is_told(home: Path) -> None:
    """No folders are made for programs that are not installed."""
    (home / ".codex").rmdir()
    done = run("install", "codex", "--sandbox", "--yes")
    assert done.exit_code == 1
    assert "install the host and start it once" in done.stderr
    assert not (home / ".codex").exists()


def test_another_file_can_be_named(home: Path) -> None:
    """A workspace's file works like the person's."""
    path = home / "workspace.json"
    assert run("install", "vscode", "--sandbox", "--yes", "--file", str(path)).exit_code == 0
    assert "harmonica" in plain(path.read_text(), "vscode")["servers"]
    done = run("install", "vscode", "--sandbox", "--yes", "--file", str(home / "no" / "x.json"))
    assert done.exit_code == 1


def test_a_file_that_cannot_be_read_or_written_is_told(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence with the system's reason, not a traceback, and nothing half-written."""
    path = home / ".cursor" / "mcp.json"
    path.mkdir()
    assert "cannot be read: Is a directory" in run("install", "cursor", "--sandbox").stderr
    path.rmdir()
    _, before = example("cursor")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    done = run("install", "cursor", "--sandbox", "--yes")
    assert (done.exit_code, path.read_text()) == (1, before)
    assert "cannot be written: No space left on device" in done.stderr
    assert len(list(path.parent.iterdir())) == 2  # The file and its backup.


def test_a_file_that_changes_meanwhile_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that writes its file while the person thinks loses nothing."""
    path, _ = example("claude-code")

    def confirm(*_: object, **__: object) -> None:
        path.write_text("{}")

    monkeypatch.setattr("click.confirm", confirm)
    done = run("install", "claude-code", "--sandbox")
    assert (done.exit_code, path.read_text()) == (1, "{}")
    assert "has changed meanwhile" in done.stderr


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
