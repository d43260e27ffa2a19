"""Toolsets: from a plain async function to a lean, annotated tool."""

import functools
import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar, cast, get_type_hints

import anyio
from mcp.server.mcpserver import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver.tools import Tool
from mcp_types import CallToolResult, ToolAnnotations
from pydantic_core import to_jsonable_python

from harmonica_mcp.client._operation import Operation
from harmonica_mcp.client.errors import DryRun, TimedOut
from harmonica_mcp.server.call import Call, current_call
from harmonica_mcp.server.confirming import (
    CONFIRM,
    Agreed,
    Asks,
    Confirmation,
    Risk,
    agreement,
)
from harmonica_mcp.server.dry_run import WouldSend
from harmonica_mcp.server.guard import with_notice
from harmonica_mcp.server.result import Result, StillOpen
from harmonica_mcp.server.schema import lean, without_required
from harmonica_mcp.server.signature import Arguments, alias_of, filled_in, keyword, texts_of
from harmonica_mcp.server.work import Identity, Unfinished

_AGREED = "agreed"
_DECLINED = "Not done: your user declined. Nothing was sent."

ToolFunction = Callable[..., Awaitable[Result]]
Declared = TypeVar("Declared", bound=ToolFunction)


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool as its toolset declares it."""

    toolset: str
    function: ToolFunction
    title: str
    operations: tuple[str, ...]
    """The REST operations that do the tool's work."""
    lookups: tuple[str, ...]
    """Those that only find what an argument means, or what became of a lost answer.

    The first shows whether the tool's work was done.
    """
    hints: ToolAnnotations
    guidance: tuple[str, ...] = ()
    """Its toolset's sentences for the server's instructions."""
    risks: tuple[Risk, ...] = ()
    """What the user is asked about first, depending on the arguments."""
    asks: Asks | None = None
    then: str | None = None
    """What follows its first request with an effect, depending on the answer."""
    one_at_a_time: Callable[..., Hashable] | None = None
    """Of a caller's calls whose arguments give the same, only one goes on at a time."""
    view: str | None = None
    """The page that shows its results to people, where a host can."""

    @property
    def name(self) -> str:
        """The tool's name: its function's."""
        return self.function.__name__

    @property
    def description(self) -> str:
        """The function's docstring, its paragraphs without line ends."""
        paragraphs = (inspect.getdoc(self.function) or "").split("\n\n")
        return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)

    def build(self, *, dry_run: bool = False, apps: bool = True) -> Tool:
        """The tool as the SDK serves it.

        Args:
            dry_run: its answers are what would be sent.
            apps: its page is offered.
        """
        tool = Tool.from_function(
            _answering(self),
            title=self.title,
            description=self.description,
            annotations=self.hints,
            meta={"ui": {"resourceUri": self.view}} if apps and self.view else None,
        )
        tool.parameters = lean(tool.parameters)
        tool.fn_metadata = Arguments(
            arg_model=tool.fn_metadata.arg_model,
            # Results are models already; validating them again would only cost time.
            output_model=None,
            output_schema=self._output(lean(tool.fn_metadata.output_schema or {}), dry_run=dry_run),
            texts=texts_of(tool.parameters),
        )
        return tool

    @property
    def reads(self) -> bool:
        """Whether the tool changes nothing."""
        return bool(self.hints.read_only_hint)

    def _output(self, schema: dict[str, Any], *, dry_run: bool) -> dict[str, Any]:
        """Add how a call with an effect ended; all else is there only when it is done.

        What else is required is not said: every answer leaves out what it does not know.
        """
        schema = with_notice(without_required(schema))
        if self.reads:
            return schema
        own = dict(cast("dict[str, dict[str, Any]]", schema["properties"]))
        ends = dict.fromkeys(["done", "running", "not_sent", *own.pop("state", {}).get("enum", [])])
        if dry_run:
            own |= without_required(lean(WouldSend.model_json_schema()))["properties"]
            ends |= dict.fromkeys(own.pop("state")["enum"])
        states = {"type": "string", "enum": list(ends)}
        fields = {"state": states, "note": {"type": "string"}} | own
        return schema | {"properties": fields, "required": ["state"]}


class Toolset:
    """Tools that are switched on together."""

    def __init__(self, name: str, purpose: str, guidance: Sequence[str] = ()) -> None:
        """Name the set.

        Args:
            name: as settings call it.
            purpose: in a few words.
            guidance: sentences for the server's instructions; tools they name stand in backticks.
        """
        self.name = name
        self.purpose = purpose
        self.guidance = guidance
        self.tools: list[ToolSpec] = []

    def tool(
        self,
        title: str,
        operations: Sequence[Operation],
        *,
        lookups: Sequence[Operation] = (),
        reads: bool = False,
        replaces: bool = False,
        repeatable: bool = False,
        risks: tuple[Risk, ...] = (),
        asks: Asks | None = None,
        then: str | None = None,
        one_at_a_time: Callable[..., Hashable] | None = None,
        view: str | None = None,
    ) -> Callable[[Declared], Declared]:
        """Declare a function as a tool of this set; its docstring is the description.

        Args:
            title: for people.
            operations: the REST operations that it may send to do its work.
            lookups: those that it may send besides; the first shows whether its work was done.
            reads: changes nothing.
            replaces: overwrites or removes something that people made.
            repeatable: doing it twice is the same as doing it once.
            risks: what the user is asked about first, where the arguments call for it.
            asks: what to ask, from the arguments.
            then: what follows its first request with an effect, as a dry run tells it.
            one_at_a_time: from the arguments; a caller's calls that give the same never overlap.
            view: the page that shows its results.
        """
        hints = ToolAnnotations(
            read_only_hint=reads,
            destructive_hint=replaces,
            idempotent_hint=reads or repeatable,
            # Every answer may hold words of people whom nobody has vetted.
            open_world_hint=True,
        )

        def declare(function: Declared) -> Declared:
            spec = ToolSpec(
                toolset=self.name,
                function=function,
                title=title,
                operations=tuple(map(str, operations)),
                lookups=tuple(map(str, lookups)),
                hints=hints,
                guidance=tuple(self.guidance),
                risks=risks,
                asks=asks,
                then=then,
                one_at_a_time=one_at_a_time,
                view=view,
            )
            self.tools.append(spec)
            return function

        return declare


def _goes_on(agreed: ElicitationResult[Agreed] | None) -> bool:
    return agreed is None or (isinstance(agreed, AcceptedElicitation) and agreed.data.go_on)


async def _read(reading: Awaitable[Result]) -> CallToolResult:
    call = current_call()
    with anyio.move_on_at(call.until):
        return (await reading).to_mcp()
    raise TimedOut("Harmonica did not answer in time; nothing was changed, try again.")


async def _perform(
    spec: ToolSpec, given: dict[str, Any], arguments: dict[str, Any]
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


def _identity(spec: ToolSpec, call: Call, given: Mapping[str, Any]) -> Identity:
    """What tells calls apart: caller, tool and arguments as the tool gets them, however spelt."""
    exact = json.dumps(to_jsonable_python(given), sort_keys=True)
    return call.caller, spec.name, hashlib.sha256(exact.encode()).hexdigest()


async def _collected() -> CallToolResult:
    """Stand in for a call about which nobody was asked, because it only was to join another."""
    raise Unfinished("not_sent", "Not sent: another call collected it. Call again.")


def _answering(spec: ToolSpec) -> Callable[..., Awaitable[CallToolResult]]:
    """Let the function answer both forms of its result in time, under its own signature."""
    function = spec.function
    hints = get_type_hints(function, include_extras=True)
    hints["return"] = Annotated[CallToolResult, hints["return"]]
    told = {n: hints[n] for n in inspect.signature(function).parameters if not filled_in(hints[n])}
    called = {alias: name for name, hint in told.items() if (alias := alias_of(hint))}

    @functools.wraps(function)
    async def answer(**arguments: Any) -> CallToolResult:
        current_call().resume()
        arguments = {called.get(name, name): value for name, value in arguments.items()}
        arguments.pop(CONFIRM, None)
        if not _goes_on(arguments.pop(_AGREED, None)):
            return StillOpen(state="not_sent", note=_DECLINED).to_mcp()
        if spec.reads:
            return await _read(function(**arguments))
        given = {name: value for name, value in arguments.items() if name in told}
        return await _perform(spec, given, arguments)

    signature = inspect.signature(function)
    parameters = [p.replace(annotation=hints[p.name]) for p in signature.parameters.values()]
    if spec.asks:
        named = not all(risk.needs_a_person for risk in spec.risks)
        identify = functools.partial(_identity, spec)
        hints[_AGREED] = agreement(spec.asks, told, identify, named=named)
        if named:
            hints[CONFIRM] = Confirmation
            parameters.append(keyword(CONFIRM, Confirmation, default=None))
        parameters.append(keyword(_AGREED, hints[_AGREED]))
    answer.__annotations__ = hints
    vars(answer)["__signature__"] = signature.replace(
        parameters=parameters, return_annotation=hints["return"]
    )
    return answer
