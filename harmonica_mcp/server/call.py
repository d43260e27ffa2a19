"""One tool call: when it must be answered, what it tells meanwhile, what it may still send."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
from mcp.server.mcpserver import Context

from harmonica_mcp.client._operation import Gate

if TYPE_CHECKING:
    from harmonica_mcp.server.work import Work

BEAT = 10.0
"""Seconds between two signs of life: hosts give a silent call up after 60."""


class Progress:
    """Tells the host how far a call is; the numbers only ever grow, as the protocol asks."""

    def __init__(self, context: Context[Any, Any]) -> None:
        self._context: Context[Any, Any] | None = context
        self._last = 0.0
        self._message = "Begun"

    @property
    def wanted(self) -> bool:
        """Whether the host asked for progress, and still waits for the call."""
        meta = self._context.request_context.meta if self._context else None
        return bool(meta and meta.get("progress_token") is not None)

    async def tell(
        self, message: str, done: float | None = None, total: float | None = None
    ) -> None:
        """Report `done` of `total`, or merely that something goes on."""
        self._last = max(self._last + 0.001, done or 0.0)
        if total is not None:
            total = max(total, self._last)
        self._message = message
        if self._context is not None:
            await self._context.report_progress(self._last, total, message)

    async def again(self) -> None:
        """Say once more what was said last."""
        await self.tell(self._message)

    def end(self) -> None:
        """Tell nobody any more: the call is over, what it began may go on."""
        self._context = None


@dataclass(slots=True)
class Call:
    """A call of a tool.

    Args:
        progress: where it tells how far it is.
        work: where what has an effect goes on when the call ends.
        caller: the digest of its key, empty without one.
        identity: its tool and the digest of its exact arguments.
        until: the moment of the event loop's clock by which it is answered.
    """

    progress: Progress
    work: "Work"
    caller: str = ""
    identity: tuple[str, str] = ("", "")
    until: float = float("inf")
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        # What has not left when the call is answered must never leave.
        self.gate = Gate(self.until)


_current: ContextVar[Call] = ContextVar("call")


def current_call() -> Call:
    """The call that this task works on."""
    return _current.get()


@asynccontextmanager
async def under_way(call: Call) -> AsyncGenerator[None]:
    """Make it the current call, with a sign of life at once and every ten seconds."""
    before = _current.set(call)
    beating = asyncio.create_task(_beat(call.progress)) if call.progress.wanted else None
    try:
        yield
    finally:
        call.progress.end()
        _current.reset(before)
        if beating:
            beating.cancel()
            with suppress(asyncio.CancelledError):
                await beating


async def _beat(progress: Progress) -> None:
    while True:
        await progress.again()
        await anyio.sleep(BEAT)
