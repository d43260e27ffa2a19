"""What a snapshot holds for."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from harmonica_mcp.transports.hello import identity as module
from harmonica_mcp.transports.hello.identity import identity

_KEY = "hm_live_" + "0" * 32
_OTHER_KEY = "hm_live_" + "1" * 32


def of(*arguments: str, **settings: str) -> str | None:
    """The identity of a start."""
    return identity(arguments, {f"HARMONICA_{name}": value for name, value in settings.items()})


def test_the_same_start_has_the_same() -> None:
    """Also with another key, or with other variables that are not ours."""
    assert of("serve", TOOLSETS="all", API_KEY=_KEY)
    assert of("serve", API_KEY=_KEY, TOOLSETS="all") != of("serve", TOOLSETS="all")
    assert of(API_KEY=_KEY) == of(API_KEY=_OTHER_KEY) == of(API_KEY=f" {_KEY}\n")
    assert of() == identity([], {"HOME": "/", "PATH": "/"}) == of(API_KEY="") != of(API_KEY=_KEY)
    assert of(API_KEY="${user_config.api_key}") is not None
    assert of() == of()


def test_another_start_has_another() -> None:
    """Flags and settings count as they are written."""
    starts = [
        of(),
        of("serve"),
        of("--read-only"),
        of(READ_ONLY="1"),
        of(READ_ONLY="true"),
        of(API_KEY=_KEY),
        identity([], {"harmonica_read_only": "1"}),
        identity([], {"_HARMONICA_MCP_COMPLETE": "bash_source"}),
    ]
    assert None not in starts
    assert len(set(starts)) == len(starts)


@pytest.mark.parametrize(
    "settings",
    [
        {"SNAPSHOT": "off"},
        {"REDIS_URL": "redis://localhost"},
        {"API_KEY": "hm_live_short"},
        {"API_KEY": "sk_live_" + "0" * 32},
        {"API_KEY": "hm_live_" + "A" * 32},
    ],
)
def test_some_have_none(settings: dict[str, str]) -> None:
    """Switched off, or where the start could fail: it has to be waited for."""
    assert of(**settings) is None


def test_other_commands_have_none() -> None:
    """Only serving says hello."""
    assert of("doctor") is None
    assert of("install", "zed") is None


def test_there_is_none_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be polled and modes of files mean nothing."""
    with monkeypatch.context() as patched:
        patched.setattr(os, "name", "nt")
        assert of() is None


def test_folders_that_are_gone_count(tmp_path: Path) -> None:
    """A setting that names a folder is not the same when that is there no more."""
    (tmp_path / "files").mkdir()
    before = of(FILES_DIR=f"{tmp_path / 'files'}{os.pathsep}~nobody_of_that_name/x")
    (tmp_path / "files").rmdir()
    assert before != of(FILES_DIR=f"{tmp_path / 'files'}{os.pathsep}~nobody_of_that_name/x")


def test_folders_that_cannot_be_looked_for() -> None:
    """A setting that will be refused is no reason to say nothing at all."""
    assert of(FILES_DIR="too-long" * 100) is not None


def test_links_that_lead_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who has a file of the program open in an editor can start it all the same."""
    monkeypatch.setattr(module, "_PACKAGE", str(tmp_path))
    before = of()
    (tmp_path / ".#app.py").symlink_to("ada@laptop.1234")
    assert of() == before is not None


def test_a_change_of_the_program_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any file that is changed, at any depth, save what Python itself writes beside it."""
    (tmp_path / "inner").mkdir()
    (tmp_path / "__pycache__").mkdir()
    own, cached = tmp_path / "inner" / "prompt.md", tmp_path / "__pycache__" / "a.pyc"
    own.touch()
    monkeypatch.setattr(module, "_PACKAGE", str(tmp_path))
    before = of()
    cached.touch()
    os.utime(cached, (2**32, 2**32))
    assert of() == before
    os.utime(own, (2**32, 2**32))
    assert of() != before


def test_other_libraries_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another SDK or pydantic is another start; without them nothing is known."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "nowhere")])
    assert of() is None
    for name in ("mcp_types-2.3.0", "mcp-2.3.0"):
        (tmp_path / f"{name}.dist-info").mkdir()
        assert of() is None
    for name in ("pydantic-2.14.3", "others-1"):
        (tmp_path / f"{name}.dist-info").mkdir()
    before = of()
    assert before is not None
    (tmp_path / "others-1.dist-info").rmdir()
    assert of() == before
    shutil.move(tmp_path / "mcp-2.3.0.dist-info", tmp_path / "mcp-2.3.1.dist-info")
    assert of() not in {before, None}
