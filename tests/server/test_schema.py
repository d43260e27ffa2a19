"""Lean schemas."""

from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from harmonica_mcp.server.schema import lean


class Inner(BaseModel):
    """Something inside."""

    title: str | None = Field(default=None, description="A field with a noisy name")
    format: list[int] = []


class Colour(Enum):
    """A choice."""

    RED = "red"


class Outer(BaseModel):
    """Something with all kinds of fields."""

    one: Inner
    maybe: Inner | None = None
    many: Annotated[list[Inner] | None, Field(description="Several")] = None
    choice: Literal["a"] | None = None
    choices: Literal["a", "b"] = "b"
    colour: Colour = Colour.RED
    count: Annotated[int, Field(ge=1)] = 5


INNER: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "description": "A field with a noisy name"},
        "format": {"type": "array", "items": {"type": "integer"}, "default": []},
    },
}


def test_lean() -> None:
    """References are inlined, null folded away, noise and docstrings dropped; meaning stays."""
    schema = lean(Outer.model_json_schema())
    assert schema == {
        "type": "object",
        "required": ["one"],
        "properties": {
            "one": INNER,
            "maybe": INNER,
            "many": {"type": "array", "items": INNER, "description": "Several"},
            "choice": {"type": "string", "enum": ["a"]},
            "choices": {"type": "string", "enum": ["a", "b"], "default": "b"},
            "colour": {
                "type": "string",
                "enum": ["red"],
                "default": "red",
            },
            "count": {"type": "integer", "minimum": 1, "default": 5},
        },
    }


def test_the_original_stays() -> None:
    """The schema that was given is not changed."""
    given = Outer.model_json_schema()
    lean(given)
    assert given == Outer.model_json_schema()


def test_objects_have_properties() -> None:
    """An object without fields says so, because some hosts ask for the word."""
    assert lean({"type": "object", "title": "Empty"}) == {"type": "object", "properties": {}}
