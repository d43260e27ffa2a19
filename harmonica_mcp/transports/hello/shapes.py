"""Messages so plain that how the SDK would read them is beyond doubt."""

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

Json = dict[str, Any]

META = "io.modelcontextprotocol/"
_LONGEST = 64 * 1024
_DEEPEST = 100
_CLIENT = {"name", "version", "title", "description", "websiteUrl"}
_CAPABILITIES: Mapping[str, Mapping[str, type] | None] = {
    "roots": {"listChanged": bool},
    "sampling": {"context": dict, "tools": dict},
    "elicitation": {"form": dict, "url": dict},
    "tasks": {"list": dict, "cancel": dict},
    # Anything by name.
    "experimental": None,
    "extensions": None,
}


def plain(line: bytes) -> Json | None:
    """The JSON object that a line is, where all parsers agree on what it says."""
    if len(line) > _LONGEST or b"\\" in line or line.count(b"{") + line.count(b"[") > _DEEPEST:
        return None
    try:
        value = json.loads(line.decode(), object_pairs_hook=_object, parse_constant=_refuse)
    except ValueError:
        return None
    return value if is_object(value) and value.get("jsonrpc") == "2.0" else None


def is_object(value: object) -> TypeGuard[Json]:
    """Whether this is a JSON object."""
    return type(value) is dict


def is_client(value: object) -> bool:
    """Whether this names a client."""
    return (
        is_object(value)
        and {"name", "version"} <= value.keys() <= _CLIENT
        and all(type(each) is str for each in value.values())
    )


def are_capabilities(value: object) -> bool:
    """Whether these are capabilities of a client, written as they should be."""
    return is_object(value) and all(
        name in _CAPABILITIES and _is_capability(each, _CAPABILITIES[name])
        for name, each in value.items()
    )


def _is_capability(value: object, fields: Mapping[str, type] | None) -> bool:
    if not is_object(value):
        return False
    if fields is None:
        return all(is_object(each) for each in value.values())
    return all(
        type(each) is fields.get(name) and each in (True, False, {}) for name, each in value.items()
    )


def _object(pairs: list[tuple[str, Any]]) -> Json:
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError("Which of the two is meant?")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)
