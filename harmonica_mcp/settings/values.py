"""What may stand in a variable, and what it means."""

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import SecretBytes, SecretStr, ValidationInfo

from harmonica_mcp.client.key import ApiKey, api_root, unset
from harmonica_mcp.server.options import valid_tools

_SHORTEST_SECRET = 32


def key(value: Any) -> ApiKey | None:
    """A key, whose text shows in no repr."""
    return ApiKey(value) if isinstance(value, str) else value


def url(value: str) -> str:
    """An address that can be Harmonica's."""
    api_root(value)
    return value.strip()


def names(value: str | Iterable[str]) -> tuple[str, ...]:
    """Names separated by commas, however often the flag or variable gives them."""
    texts = [value] if isinstance(value, str) else value
    return tuple(name.strip() for text in texts for name in text.split(",") if name.strip())


def excluded(names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
    """Tools that the chosen list has."""
    return valid_tools(names, info.data.get("compat"))


def secrets(value: str | Iterable[SecretBytes]) -> tuple[SecretBytes, ...]:
    """Secrets separated by commas; a short one could be guessed."""
    if not isinstance(value, str):
        return tuple(value)
    texts = [text.strip() for text in value.split(",")]
    if any(len(text) < _SHORTEST_SECRET for text in texts):
        raise ValueError(f"a secret has at least {_SHORTEST_SECRET} characters")
    return tuple(SecretBytes(text.encode()) for text in texts)


def token(value: Any) -> Any:
    """A token that nobody guesses."""
    if isinstance(value, str) and not (len(value) >= _SHORTEST_SECRET and value.isascii()):
        raise ValueError(f"a token has at least {_SHORTEST_SECRET} characters, all of them ASCII")
    return value


def redis_url(value: str | SecretStr | None) -> SecretStr | None:
    """An address of Redis, which may hold a password."""
    if not isinstance(value, str):
        return value
    if not value.strip().startswith(("redis://", "rediss://")):
        raise ValueError("an address begins with redis:// or, with TLS, rediss://")
    return SecretStr(value.strip())


def directories(value: str | Iterable[Path]) -> tuple[Path, ...]:
    """Directories that exist."""
    if not isinstance(value, str):
        return tuple(value)
    # There may be nobody's home, or a folder on the way that is not to be looked into.
    with suppress(OSError, RuntimeError):
        paths = tuple(Path(part).expanduser() for part in value.split(os.pathsep) if part.strip())
        if all(path.is_dir() for path in paths):
            return paths
    raise ValueError("there is no such directory")


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values that were really given: an empty one or a placeholder counts as unset."""
    return {
        name: value
        for name, value in values.items()
        if value not in (None, ()) and not (isinstance(value, str) and unset(value))
    }
