"""The host's file: how it is kept, and when it is left alone."""

import stat
from pathlib import Path

import pytest

from harmonica_mcp.cli.install.places import Machine, place
from tests.cli.install.installing import KEY, example, plain, run

pytestmark = pytest.mark.usefixtures("home")


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


def test_windows_tells_nothing_by_permissions(
    monkeypatch: pytest.MonkeyPatch, offline: list[str]
) -> None:
    """There every file looks readable for all, so nobody is warned of it."""
    monkeypatch.setattr("sys.platform", "win32")
    path, _ = example("windsurf")
    path.chmod(0o666)
    done = run("install", "windsurf", typed=f"{KEY}\ny\n")
    assert (done.exit_code, len(offline)) == (0, 1)
    assert "Written." in done.stdout
    assert "Other users" not in done.stdout


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


def test_another_file_can_be_named(home: Path) -> None:
    """A workspace's file works like the person's."""
    path = home / "workspace.json"
    assert run("install", "vscode", "--sandbox", "--yes", "--file", str(path)).exit_code == 0
    assert "harmonica" in plain(path.read_text(), "vscode")["servers"]
    done = run("install", "vscode", "--sandbox", "--yes", "--file", str(home / "no" / "x.json"))
    assert done.exit_code == 1


def test_a_folder_that_cannot_be_looked_for_is_told(home: Path) -> None:
    """One sentence, as where the folder is another user's."""
    path = home / ("too-long" * 100) / "mcp.json"
    done = run("install", "cursor", "--sandbox", "--yes", "--file", str(path))
    assert isinstance(done.exception, SystemExit)
    # From Python 3.14 on it counts as a folder that there is not.
    assert "File name too long" in done.stderr or "There is no folder" in done.stderr


@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_a_user_without_a_home_names_the_file(
    command: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in containers that run as a user whom nobody knows: one sentence says what to do."""

    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    done = run(command, "cursor")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "This user has no home folder: name the file with --file." in done.stderr
    assert "no home" not in run(command, "cursor", "--file", str(home / "mcp.json")).stderr


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
