"""How a declared tool answers the SDK's calls: in time, in both forms, joined where it must be."""

import functools
import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

from mcp.server.mcpserver import AcceptedElicitation, ElicitationResult
from mcp_types import CallToolResult
from pydantic_core import to_jsonable_python

from harmonica_mcp.client.errors import DryRun
from harmonica_mcp.server.call import Call, current_call
from harmonica_mcp.server.confirming import CONFIRM, Agreed, Asks, Confirmation, agreement
from harmonica_mcp.server.dry_run import WouldSend
from harmonica_mcp.server.result import StillOpen
from harmonica_mcp.server.signature import Filled, alias_of, filled_in, keyword, taking
from harmonica_mcp.server.work import Identity, Unfinished

if TYPE_CHECKING:
    from harmonica_mcp.server.registry import ToolSpec

_AGREED = "agreed"
_DECLINED = "Not done: your user declined. Nothing was sent."


def _goes_on(agreed: ElicitationResult[Agreed] | None) -> bool:
    return agreed is None or (isinstance(agreed, AcceptedElicitation) and agreed.data.go_on)


async def _perform(
    spec: "ToolSpec", given: dict[str, Any], arguments: dict[str, Any]
) -> CallToolResult:
    call = current_call()

    async def begin() -> CallToolResult:
        return (await spec.function(**arguments)).to_mcp(state="done")

    try:
        return await call.work.perform(
            call,
            _identity(spec, call, given),
            _collected if call.joins else begin,
            (call.caller, spec.one_at_a_time(**arguments)) if spec.one_at_a_time else None,
            next(iter(spec.lookups), ""),
        )
    except Unfinished as unfinished:
        return StillOpen(state=unfinished.state, note=unfinished.note).to_mcp()
    except DryRun as unsent:
        return WouldSend.of(unsent.planned, call.would_ask, spec.then).to_mcp()


def _identity(spec: "ToolSpec", call: Call, given: Mapping[str, Any]) -> Identity:
    """What tells calls apart: caller, tool and arguments as the tool gets them, however spelt."""
    exact = json.dumps(to_jsonable_python(given), sort_keys=True)
    return call.caller, spec.name, hashlib.sha256(exact.encode()).hexdigest()


async def _collected() -> CallToolResult:
    """Stand in for a call about which nobody was asked, because it only was to join another."""
    raise Unfinished("not_sent", "Not sent: another call collected it. Call again.")


def answering(spec: "ToolSpec") -> Callable[..., Awaitable[CallToolResult]]:
    """Let the function answer both forms of its result in time, under a signature for the SDK."""
    function = spec.function
    hints = get_type_hints(function, include_extras=True)
    hints["return"] = Annotated[CallToolResult, hints["return"]]
    told = {n: hints[n] for n in inspect.signature(function).parameters if not filled_in(hints[n])}
    called = {alias: name for name, hint in told.items() if (alias := alias_of(hint))}
    # What is asked first may use the same: then the SDK fills both in from one graph.
    filled = Filled({} if spec.asks else hints)

    @functools.wraps(function)
    async def answer(**arguments: Any) -> CallToolResult:
        current_call().resume()
        arguments = {called.get(name, name): value for name, value in arguments.items()}
        arguments.pop(CONFIRM, None)
        if not _goes_on(arguments.pop(_AGREED, None)):
            return StillOpen(state="not_sent", note=_DECLINED).to_mcp()
        given = {name: value for name, value in arguments.items() if name in told}
        arguments = await filled.into(arguments)
        if spec.reads:
            return (await current_call().in_time(function(**arguments))).to_mcp()
        return await _perform(spec, given, arguments)

    parameters = [
        parameter.replace(annotation=hints[parameter.name])
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in filled.names
    ]
    parameters += filled.takes()
    if spec.asks:
        parameters += _asked(spec, spec.asks, told)
    taking(answer, parameters, hints["return"])
    return answer


def _asked(spec: "ToolSpec", asks: Asks, told: Mapping[str, Any]) -> list[inspect.Parameter]:
    """The parameters for the user's answer: hidden, and where naming is enough one to be given."""
    named = not all(risk.needs_a_person for risk in spec.risks)
    agreed = agreement(asks, told, functools.partial(_identity, spec), named=named)
    confirm = [keyword(CONFIRM, Confirmation, default=None)] if named else []
    return [*confirm, keyword(_AGREED, agreed)]
