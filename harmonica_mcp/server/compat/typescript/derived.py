"""Arguments of an official tool that are those of ours."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from harmonica_mcp.server.registry import ToolFunction
from harmonica_mcp.server.result import Result
from harmonica_mcp.server.signature import filled_in, taking


def with_ours(
    ours: ToolFunction, order: str, **renamed: str
) -> Callable[[ToolFunction], ToolFunction]:
    """Let a function take arguments of our tool besides those that it declares itself.

    It gets them under our names, in `**ours`, to hand them on as they are.

    Args:
        ours: our tool's function.
        order: the names of all arguments, as the official server lists them.
        renamed: our names of arguments by their official ones.
    """
    theirs = inspect.signature(ours).parameters

    def declare(function: ToolFunction) -> ToolFunction:
        signature = inspect.signature(function)
        own = signature.parameters

        @functools.wraps(function)
        async def takes(**given: Any) -> Result:
            named = {renamed.get(name, name): value for name, value in given.items()}
            return await function(**named)

        parameters = [each for each in own.values() if filled_in(each.annotation)]
        for name in order.split():
            found = own.get(name) or theirs[renamed.get(name, name)]
            parameters.append(found.replace(name=name, kind=inspect.Parameter.KEYWORD_ONLY))
        taking(takes, parameters, signature.return_annotation)
        return takes

    return declare
