"""Snapshots of answers, in files of the user's cache folder that nobody else can write to."""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

Answers = Mapping[str, Mapping[str, str]]
"""The JSON of each result, by protocol version and method."""

_PREFIX = "hello-"
_LARGEST = 4 * 1024 * 1024
KEPT = 8
"""Snapshots for so many combinations of settings and versions."""
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def read(identity: str) -> Answers | None:
    """The answers that hold for this identity, if they were kept and nobody could meddle."""
    try:
        path = _path(identity)
        if not _is_own(path.parent.lstat(), stat.S_ISDIR):
            return None
        # Neither a link to elsewhere nor a pipe that would have to be waited for.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(file, "rb") as opened:
        told = os.fstat(file)
        if not _is_own(told, stat.S_ISREG) or told.st_size > _LARGEST:
            return None
        return _parsed(identity, opened.read())


def write(identity: str, answers: Answers) -> None:
    """Keep answers for this identity; where they cannot be kept, that is no trouble."""
    with suppress(OSError):
        path = _path(identity)
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            path.parent.mkdir(0o700)
        if _is_own(path.parent.lstat(), stat.S_ISDIR):
            _replace(path, _written(identity, answers))
            _forget_old(path.parent)


def _replace(path: Path, data: bytes) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(unfinished, flags, 0o600), "wb") as opened:
            opened.write(data)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _path(identity: str) -> Path:
    # Containers run as users whom nobody knows: those have no home to keep anything in.
    with suppress(RuntimeError):
        folder = user_cache_path("harmonica-mcp", appauthor=False)
        if folder.is_absolute():
            return folder / f"{_PREFIX}{identity[:32]}.json"
    raise FileNotFoundError("This user has no cache folder.")


def _is_own(told: os.stat_result, kind: Callable[[int], bool]) -> bool:
    """Whether it is what it should be, ours, and nobody else's to write."""
    return kind(told.st_mode) and told.st_uid == os.geteuid() and not told.st_mode & _OTHERS_WRITE


def _written(identity: str, answers: Answers) -> bytes:
    body = json.dumps({"identity": identity, "answers": answers}).encode()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _parsed(identity: str, data: bytes) -> Answers | None:
    digest, _, body = data.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != digest:
        return None
    told = json.loads(body)
    return told["answers"] if told["identity"] == identity else None


def _forget_old(folder: Path) -> None:
    kept = sorted(folder.glob(f"{_PREFIX}*"), key=lambda each: each.lstat().st_mtime, reverse=True)
    for each in kept[KEPT:]:
        each.unlink()
