"""Following each call: how it ended, how long it took, what it asked Harmonica for."""

import asyncio
import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar, cast

import anyio
from mcp.server.mcpserver.exceptions import ResourceError, ToolError, UnexpectedToolError
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, InputRequiredResult
from pydantic import ValidationError

from harmonica_mcp.client import HarmonicaError
from harmonica_mcp.client._observing import Exchange, Observer

UNKNOWN = "unknown"
"""Stands for a name that the server does not know: what was typed is nobody's business."""

_SHOWN = 8
_WORD = re.compile(r"(?<!^)(?=[A-Z])")

Kind = Literal["tool", "resource", "prompt"]
T = TypeVar("T")


@dataclass(slots=True)
class Seen:
    """A call as operators may see it."""

    kind: Kind
    name: str
    """A tool's or prompt's name, or which kind of resource: one of a fixed set."""
    caller: str = ""
    """The beginning of the digest of its key, empty without one."""
    outcome: str = ""
    """How it ended: a state such as `done`, or what went wrong."""
    seconds: float = 0.0
    requests: int = 0
    """How many requests to Harmonica it sent itself."""
    status: int | None = None
    """The HTTP status of the last one."""
    waited: float = 0.0
    """Seconds for which it waited for the request budget."""

    def answered(self, result: T) -> T:
        """Take the outcome from the result of a tool, and pass it on."""
        if isinstance(result, InputRequiredResult):
            self.outcome = "asked"
        if isinstance(result, CallToolResult):
            told = cast("dict[str, Any]", result.structured_content or {})
            state = told.get("state")
            # What else is called a state, such as a session's, is none of the call's.
            self.outcome = str(state) if state in _STATES else ""
        return result


_STATES = frozenset({"done", "running", "not_sent", "dry_run"})
_seen: ContextVar[Seen | None] = ContextVar("seen", default=None)


class Listener:
    """Is told of calls."""

    def began(self, seen: Seen) -> None:
        """A call began."""

    def ended(self, seen: Seen) -> None:
        """A call ended; all of it is known."""


@dataclass(slots=True)
class Calls(Observer):
    """Follows calls, counts the requests that each sends, and tells listeners."""

    listeners: list[Listener] = field(default_factory=list[Listener])

    @contextmanager
    def follow(self, kind: Kind, name: str, digest: str = "") -> Generator[Seen]:
        """Follow one call; an outcome that nobody states is `done`, or the error's name."""
        seen = Seen(kind, name, digest[:_SHOWN])
        before = _seen.set(seen)
        begun = anyio.current_time()
        for listener in self.listeners:
            listener.began(seen)
        try:
            yield seen
        except BaseException as error:
            seen.outcome = seen.outcome or outcome_of(error)
            raise
        finally:
            _seen.reset(before)
            seen.outcome = seen.outcome or "done"
            seen.seconds = anyio.current_time() - begun
            for listener in self.listeners:
                listener.ended(seen)

    @contextmanager
    def sending(self, exchange: Exchange) -> Generator[None]:
        """Count a request for the call that sends it."""
        seen = _seen.get()
        try:
            yield
        finally:
            if seen:
                seen.requests += 1
                seen.status = exchange.status


def waited(seconds: float) -> None:
    """Note that the current call waits for the request budget."""
    if seen := _seen.get():
        seen.waited += seconds


def outcome_of(error: BaseException) -> str:
    """What went wrong, as a name of a fixed set."""
    cause = error.__cause__ if isinstance(error, ToolError | ResourceError) else error
    match cause:
        case HarmonicaError():
            return _WORD.sub("_", type(cause).__name__).lower()
        case ValidationError() if not isinstance(error, UnexpectedToolError):
            return "invalid_input"
        case MCPError() | ToolError() | None:
            return "refused"
        case asyncio.CancelledError():
            return "cancelled"
        case _:
            return "crashed"
