"""Toolsets: from a plain async function to a lean, annotated tool."""

import inspect
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar, Unpack, cast

from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations

from harmonica_mcp.client._operation import Operation
from harmonica_mcp.server.answering import answering
from harmonica_mcp.server.confirming import Asks, Risk
from harmonica_mcp.server.dry_run import WouldSend
from harmonica_mcp.server.guard import with_notice
from harmonica_mcp.server.result import Result
from harmonica_mcp.server.schema import lean, without_required
from harmonica_mcp.server.signature import Arguments, texts_of

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
            answering(self),
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


class Declaration(TypedDict, total=False):
    """What few tools are declared with."""

    risks: tuple[Risk, ...]
    """What the user is asked about first, where the arguments call for it."""
    asks: Asks | None
    """What to ask, from the arguments."""
    then: str | None
    """What follows its first request with an effect, as a dry run tells it."""
    one_at_a_time: Callable[..., Hashable] | None
    """From the arguments; a caller's calls that give the same never overlap."""
    view: str | None
    """The page that shows its results."""


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
        **more: Unpack[Declaration],
    ) -> Callable[[Declared], Declared]:
        """Declare a function as a tool of this set; its docstring is the description.

        Args:
            title: for people.
            operations: the REST operations that it may send to do its work.
            lookups: those that it may send besides; the first shows whether its work was done.
            reads: changes nothing.
            replaces: overwrites or removes something that people made.
            repeatable: doing it twice is the same as doing it once.
            more: see `Declaration`.
        """
        hints = ToolAnnotations(
            read_only_hint=reads,
            destructive_hint=replaces,
            idempotent_hint=reads or repeatable,
            # Every answer may hold words of people whom nobody has vetted.
            open_world_hint=True,
        )
        sent, sent_besides = tuple(map(str, operations)), tuple(map(str, lookups))
        guidance = tuple(self.guidance)

        def declare(function: Declared) -> Declared:
            spec = ToolSpec(self.name, function, title, sent, sent_besides, hints, guidance, **more)
            self.tools.append(spec)
            return function

        return declare
