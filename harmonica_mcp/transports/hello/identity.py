"""What a snapshot of answers holds for: this program, its libraries and its settings."""

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from harmonica_mcp._version import __version__

_PACKAGE = str(Path(__file__).parents[2])
_LIBRARIES = ("mcp-", "mcp_types-", "pydantic-", "pydantic_core-")
_NEEDED = {"mcp", "pydantic"}
_USUAL_KEY = len("hm_live_") + 32


def identity(arguments: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """A digest of all that the answers depend on, as it was given to this process.

    Settings are taken as they are written, not as they are meant: whoever reads them otherwise
    gets another digest, and the same are known to be good when there is a snapshot for them. The
    key takes part by being there or not.

    Returns:
        None where snapshots are switched off, on a platform without them, and where a start could
        fail with settings that were good before.
    """
    if os.name != "posix" or not _serves(arguments):
        return None
    settings = _settings(environment)
    libraries = list(_libraries(sys.path))
    if settings is None or not {each.partition("-")[0] for each in libraries} >= _NEEDED:
        return None
    facts = (__version__, _PACKAGE, _newest(_PACKAGE), sys.version, libraries)
    return hashlib.sha256(repr((facts, list(arguments), settings)).encode()).hexdigest()


def _serves(arguments: Sequence[str]) -> bool:
    return not arguments or arguments[0] == "serve" or arguments[0].startswith("-")


def _settings(environment: Mapping[str, str]) -> list[tuple[str, str]] | None:
    settings: list[tuple[str, str]] = []
    key: str | None = _key("")
    for variable, value in environment.items():
        name = variable.upper()
        if name == "HARMONICA_API_KEY":
            key = _key(value.strip())
        elif name == "HARMONICA_FILES_DIR":
            there = [_is_there(each) for each in value.split(os.pathsep)]
            settings.append((variable, f"{value} {there}"))
        elif (name, value.strip().lower()) == ("HARMONICA_SNAPSHOT", "off"):
            return None
        elif name == "HARMONICA_REDIS_URL":
            # Redis may not answer today.
            return None
        elif "HARMONICA" in name:
            settings.append((variable, value))
    return [*settings, ("key", key)] if key else None


def _is_there(folder: str) -> bool:
    try:
        return Path(folder).expanduser().is_dir()
    except (OSError, RuntimeError):
        # Not to be looked into, or nobody's home.
        return False


def _key(key: str) -> str | None:
    if not key or key.startswith("${"):
        return "none"
    digits = key.removeprefix("hm_live_")
    usual = len(key) == _USUAL_KEY and len(digits) == 32 and not digits.strip("0123456789abcdef")
    # Another may be refused.
    return "one" if usual else None


def _libraries(path: Iterable[str]) -> Iterator[str]:
    """The versions of what makes the answers, as they are installed."""
    for folder in path:
        with suppress(OSError), os.scandir(folder) as entries:
            names = (entry.name for entry in entries if entry.name.endswith(".dist-info"))
            yield from sorted(name for name in names if name.lower().startswith(_LIBRARIES))


def _newest(folder: str) -> int:
    """When a file below was changed last, in nanoseconds."""
    newest = 0
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                newest = max(newest, _newest(entry.path) if entry.name != "__pycache__" else 0)
            else:
                # Editors lock what they edit by links that lead nowhere.
                with suppress(FileNotFoundError):
                    newest = max(newest, entry.stat().st_mtime_ns)
    return newest
