"""Every tool of the catalogue, and arguments with which each does its work on a stage."""

from collections.abc import Callable
from typing import Any

from harmonica_mcp.server.registry import ToolSpec
from harmonica_mcp.server.toolsets import TOOLSETS
from tests.server.wire import Json, Stage

SPECS: list[ToolSpec] = [spec for toolset in TOOLSETS for spec in toolset.tools]
"""All tools there are; tests about every tool run over these."""

NAMES = [spec.name for spec in SPECS]

_ARGUMENTS: dict[str, Callable[[Stage], Any]] = {
    "session_id": lambda stage: stage.whole.id,
    "participant_name": lambda _: "Ada",
    "content": lambda _: "More light in the workshop would help me.",
    "topic": lambda _: "Light in the workshop",
    "goal": lambda _: "Decide where new lamps go.",
    "answers": lambda _: [],
}

_MORE: dict[str, Json] = {"update_session": {"topic": "Lamps in the workshop"}}

KEYLESS: frozenset[str] = frozenset({"list_public_sessions"})
"""Tools that need no key."""


_SCHEMAS: dict[str, Json] = {spec.name: spec.build().parameters for spec in SPECS}


def schema_of(name: str) -> Json:
    """The input schema of a tool, as it is served."""
    return _SCHEMAS[name]


def arguments_for(stage: Stage, name: str) -> Json:
    """The arguments that a tool needs, and what it needs besides to do something."""
    schema = schema_of(name)
    required = {
        field: _ARGUMENTS[field](stage) if field in _ARGUMENTS else of_type(schema, field)
        for field in schema.get("required", [])
    }
    return required | _MORE.get(name, {})


def of_type(schema: Json, field: str) -> Any:
    """A value that fits a field's schema."""
    shape = schema["properties"][field]
    if "enum" in shape:
        return shape["enum"][0]
    plain = {"string": "example", "boolean": False, "array": [], "object": {}}
    return plain.get(shape["type"], shape.get("minimum", 1))


def wrong_for(schema: Json, field: str) -> Any:
    """A value that does not fit a field's schema, with a mark that no error may repeat."""
    lists = schema["properties"][field]["type"] in {"array", "object"}
    return "unrepeatable" if lists else {"unrepeatable": ["unrepeatable"]}
