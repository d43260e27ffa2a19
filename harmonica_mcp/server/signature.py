"""A tool's parameters: how they are given, by whom, and under which name."""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, get_args

from mcp.server.mcpserver import Context, Resolve
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
    return _resolver(hint) is not None


def _resolver(hint: object) -> Callable[..., Any] | None:
    return next((part.fn for part in get_args(hint) if isinstance(part, Resolve)), None)


_CONTEXT = "mcp_context"


class Filled:
    """The parameters that the server gives, filled in without the SDK's graph of resolvers.

    That graph is made for questions to the user, and costs each call a tenth of a millisecond.

    Args:
        hints: the types of a function's parameters.
    """

    def __init__(self, hints: Mapping[str, Any]) -> None:
        resolvers = {name: _resolver(hint) for name, hint in hints.items()}
        self._resolvers = {
            name: (fn, bool(inspect.signature(fn).parameters))
            for name, fn in resolvers.items()
            if fn
        }

    @property
    def names(self) -> Collection[str]:
        """Their names."""
        return self._resolvers.keys()

    def takes(self) -> list[inspect.Parameter]:
        """What the SDK is to give for it: the call's context."""
        return [keyword(_CONTEXT, Context[Any, Any])] if self._resolvers else []

    async def into(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """The arguments with what the server gives, instead of the context that it is made from."""
        if not self._resolvers:
            return arguments
        context = arguments.pop(_CONTEXT)
        own = {
            name: await (fn(context) if takes_it else fn())
            for name, (fn, takes_it) in self._resolvers.items()
        }
        return arguments | own


def taking(
    function: Callable[..., Any], parameters: Sequence[inspect.Parameter], returned: object
) -> None:
    """Let a function say that it takes these, however it is written."""
    function.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": returned}
    vars(function)["__signature__"] = inspect.Signature(parameters, return_annotation=returned)


def alias_of(hint: object) -> str | None:
    """The name under which an argument is given that Python could not call so."""
    aliases = (part.alias for part in get_args(hint) if isinstance(part, FieldInfo))
    return next((alias for alias in aliases if alias), None)
