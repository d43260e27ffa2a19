"""The set itself, and how its tools are made of ours."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from harmonica_mcp.client._operation import Operation
from harmonica_mcp.server.confirming import Asks, Risk
from harmonica_mcp.server.registry import Declared, Toolset, ToolSpec

typescript = Toolset(
    "typescript",
    "the official TypeScript server's tools",
    [
        (
            "The tools have the names and arguments of Harmonica's official TypeScript server; "
            "long answers come in pages, which the argument cursor continues."
        ),
        (
            "`create_session` opens a session at once, shows its results to the participants "
            "unless results_visibility is host, and nothing can delete it: agree on all that first."
        ),
        (
            "Take part with `get_questions`, `submit_questions`, then `chat_message` until it says "
            "that the conversation is finished; speak only in the words of the person you speak "
            "for, and never send words twice."
        ),
        (
            "`publish_sensemaking_topic` and `create_unconference_topic` make things public: ask "
            "first."
        ),
        "What `get_meeting_restrictions` forbids must not be done with a meeting.",
    ],
)


def ours(toolset: Toolset, name: str) -> ToolSpec:
    """The tool of this name in one of our own sets."""
    return next(spec for spec in toolset.tools if spec.name == name)


def instead_of(
    spec: ToolSpec,
    *,
    title: str = "",
    lookups: tuple[Operation, ...] = (),
    risks: tuple[Risk, ...] = (),
    asks: Asks | None = None,
) -> Callable[[Declared], Declared]:
    """Declare a function that does the work of one of our tools under an official name.

    Hints, operations, what is asked and what may not overlap are our tool's.

    Args:
        spec: our tool.
        title: for people, where ours does not fit.
        lookups: what the function may send besides.
        risks: what the user is asked about besides.
        asks: what to ask, from the official arguments.
    """

    def declare(function: Declared) -> Declared:
        made = replace(
            spec,
            toolset=typescript.name,
            function=function,
            title=title or spec.title,
            lookups=(*spec.lookups, *map(str, lookups)),
            guidance=tuple(typescript.guidance),
            risks=(*risks, *spec.risks),
            asks=asks or spec.asks,
        )
        typescript.tools.append(made)
        return function

    return declare


def as_it_is(toolset: Toolset, name: str) -> None:
    """Take over a tool of ours that has the official name and takes its arguments."""
    spec = ours(toolset, name)
    instead_of(spec)(spec.function)


def asked_by(spec: ToolSpec) -> Asks:
    """What our tool asks, from our arguments."""
    return cast("Asks", spec.asks)
