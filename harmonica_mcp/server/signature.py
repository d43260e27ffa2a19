"""A tool's parameters: how they are given, by whom, and under which name."""

import inspect
from typing import Any, get_args

from mcp.server.mcpserver import Resolve
from mcp.server.mcpserver.utilities.func_metadata import FuncMetadata
from pydantic.fields import FieldInfo


class Arguments(FuncMetadata):
    """Lists and objects may come as JSON text, as some hosts send them; a text stays as it is."""

    texts: frozenset[str]

    def pre_parse_json(self, data: dict[str, Any]) -> dict[str, Any]:
        """Read JSON where no text is asked for; the SDK would do it for optional texts too."""
        given = {name: value for name, value in data.items() if name in self.texts}
        return super().pre_parse_json(data) | given


def texts_of(parameters: dict[str, Any]) -> frozenset[str]:
    """The parameters of a schema that take a text."""
    fields: dict[str, dict[str, Any]] = parameters["properties"]
    return frozenset(name for name, field in fields.items() if field.get("type") == "string")


def keyword(
    name: str, hint: object, default: object = inspect.Parameter.empty
) -> inspect.Parameter:
    """A parameter that is given by name."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=hint, default=default)


def filled_in(hint: object) -> bool:
    """Whether the server gives it, and not the caller."""
    return any(isinstance(part, Resolve) for part in get_args(hint))


def alias_of(hint: object) -> str | None:
    """The name under which an argument is given that Python could not call so."""
    aliases = (part.alias for part in get_args(hint) if isinstance(part, FieldInfo))
    return next((alias for alias in aliases if alias), None)
