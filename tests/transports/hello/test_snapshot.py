"""Snapshots in the cache folder."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from harmonica_mcp.transports.hello import snapshot
from harmonica_mcp.transports.hello.snapshot import KEPT, Answers, read, write

_ANSWERS: Answers = {"2025-11-25": {"ping": "{}", "tools/list": '{"tools":["é"]}'}}
_ONE, _OTHER = "1" * 64, "2" * 64


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of this test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "harmonica-mcp"


def only(folder: Path) -> Path:
    """The only file."""
    [path] = folder.iterdir()
    return path


def test_what_is_kept_is_found_again(folder: Path) -> None:
    """For its identity alone, readable by its owner alone."""
    assert read(_ONE) is None
    write(_ONE, _ANSWERS)
    assert read(_ONE) == _ANSWERS
    assert read(_OTHER) is None
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(only(folder).stat().st_mode) == 0o600
    write(_ONE, {})
    assert read(_ONE) == {}


def _by_others(path: Path) -> None:
    path.chmod(0o620)


def _in_a_folder_of_others(path: Path) -> None:
    path.parent.chmod(0o777)


def _linked(path: Path) -> None:
    path.rename(path.parent.parent / "elsewhere")
    path.symlink_to(path.parent.parent / "elsewhere")


def _in_a_linked_folder(path: Path) -> None:
    path.parent.rename(path.parent.parent / "elsewhere")
    path.parent.symlink_to(path.parent.parent / "elsewhere")


def _a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def _damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"tools", b"fools"))


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _large(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b" " * 5 * 1024 * 1024)


def _of_another(path: Path) -> None:
    path.rename(path.parent / path.name.replace("1", "2"))


@pytest.mark.parametrize(
    "done",
    [
        _by_others,
        _in_a_folder_of_others,
        _linked,
        _in_a_linked_folder,
        _a_pipe,
        _damaged,
        _cut,
        _large,
        _of_another,
    ],
)
def test_what_somebody_could_have_changed_is_not_taken(
    folder: Path, done: Callable[[Path], None]
) -> None:
    """Writable by others, a link, a pipe, damaged, too large, another's: none is there."""
    write(_ONE, _ANSWERS)
    done(only(folder))
    assert read(_ONE) is None
    assert read(_OTHER) is None


def test_another_users_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither file nor folder of somebody else are read or written."""
    write(_ONE, _ANSWERS)
    with monkeypatch.context() as patched:
        patched.setattr(os, "geteuid", lambda: 12345)
        assert read(_ONE) is None
        write(_ONE, {})
    assert read(_ONE) == _ANSWERS


@pytest.mark.parametrize("way", ["cache", "cache/harmonica-mcp"])
def test_what_cannot_be_kept_is_no_trouble(way: str, tmp_path: Path) -> None:
    """Where a file is in the way, nothing is kept and nothing is said."""
    (tmp_path / way).parent.mkdir(exist_ok=True)
    (tmp_path / way).write_text("in the way")
    write(_ONE, _ANSWERS)
    assert read(_ONE) is None


def _nobodys_home(*_: object, **__: object) -> Path:
    raise RuntimeError("could not determine the home directory")


def _nobodys_home_as_it_stands(*_: object, **__: object) -> Path:
    return Path("~/.cache/harmonica-mcp")


@pytest.mark.parametrize("told", [_nobodys_home, _nobodys_home_as_it_stands])
def test_a_user_without_a_home(
    told: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In a container whose user nobody knows nothing is kept, nor does a folder `~` appear."""
    monkeypatch.setattr(snapshot, "user_cache_path", told)
    monkeypatch.chdir(tmp_path)
    write(_ONE, _ANSWERS)
    assert read(_ONE) is None
    assert not [*tmp_path.glob("~*")]


def test_a_full_disk_leaves_what_was_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A snapshot is replaced whole or not at all."""
    write(_ONE, _ANSWERS)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        write(_ONE, {})
    assert read(_ONE) == _ANSWERS
    assert only(folder)


def test_the_oldest_are_forgotten(folder: Path) -> None:
    """A few are kept, for as many combinations of settings; other files are let alone."""
    folder.mkdir(parents=True, mode=0o700)
    (folder / "other").touch()
    for number in range(KEPT + 3):
        identity = f"{number:064}"[::-1]
        write(identity, _ANSWERS)
        for path in folder.glob(f"*{identity[:32]}*"):
            os.utime(path, (number, number))
    assert read(f"{0:064}"[::-1]) is None
    assert read(f"{KEPT + 2:064}"[::-1]) == _ANSWERS
    assert len(list(folder.iterdir())) == KEPT + 1
