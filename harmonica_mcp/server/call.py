"""One tool call: when it must be answered, what it tells meanwhile, what it may still send."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
from mcp.server.mcpserver import Context

from harmonica_mcp.client._operation import Gate
from harmonica_mcp.client.errors import TimedOut

if TYPE_CHECKING:
    from harmonica_mcp.server.work import Work

T = TypeVar("T")

BEAT = 10.0
"""Seconds between two signs of life: hosts give a silent call up after 60."""
KEPT = 600.0
"""Seconds for which what is uncollected, or half done, waits for its caller to ask again."""


class Progress:
    """Tells the host how far a call is; the numbers only ever grow, as the protocol asks."""

    def __init__(self, context: Context[Any, Any]) -> None:
        self._context: Context[Any, Any] | None = context
        self._last = 0.0
        self._message = "Begun"
        self._others: list[Progress] = []

    @property
    def wanted(self) -> bool:
        """Whether the host asked for progress, and still waits for the call."""
        meta = self._context.request_context.meta if self._context else None
        return bool(meta and meta.get("progress_token") is not None)

    async def tell(
        self, message: str, done: float | None = None, total: float | None = None
    ) -> None:
        """Report `done` of `total`, or merely that something goes on."""
        self._message = message
        await self._send(done, total)
        for other in self._others:
            await other.tell(message, done, total)

    async def again(self) -> None:
        """Say once more what was said last."""
        await self._send()

    def tell_also(self, other: "Progress") -> None:
        """Tell a call that joined this one all that is told from now on."""
        if other is not self:
            self._others.append(other)
            other.begin_with(self._message)

    def begin_with(self, message: str) -> None:
        """Take over what was said before, to be said with the next sign of life."""
        self._message = message

    async def _send(self, done: float | None = None, total: float | None = None) -> None:
        self._last = max(self._last + 0.001, done or 0.0)
        if total is not None:
            total = max(total, self._last)
        if self._context is not None:
            await self._context.report_progress(self._last, total, self._message)

    def end(self) -> None:
        """Tell nobody any more: the call is over, what it began may go on."""
        self._context = None


Settle = Callable[[bool], Awaitable[None]]
"""Told whether whoever made a call has heard the answer, as far as can be known here."""


async def _heard(settle: Settle) -> None:
    await settle(True)


@dataclass(slots=True)
class Call:
    """A call of a tool.

    Args:
        progress: where it tells how far it is.
        work: where what has an effect goes on when the call ends.
        caller: the digest of its key, empty without one.
        until: the moment of the event loop's clock by which it is answered.
        answered: settles what the call leaves behind when its answer is on its way.
        dry_run: shows what would be sent, and asks its user nothing.
        served: names of the tools that its server offers.
    """

    progress: Progress
    work: "Work"
    caller: str = ""
    until: float = float("inf")
    answered: Callable[[Settle], Awaitable[None]] = _heard
    dry_run: bool = False
    served: Collection[str] = ()
    gate: Gate = field(init=False)
    asked_at: float | None = None
    """When its user was asked something."""
    would_ask: str | None = None
    """What its user would have been asked, were it no dry run."""
    joins: bool = False
    """Whether nobody was asked, because an identical call goes on or waits to be collected."""

    def __post_init__(self) -> None:
        # What has not left when the call is answered must never leave.
        self.gate = Gate(self.until, KEPT)

    def resume(self) -> None:
        """Go on after a question to the user: that time is not the call's."""
        if self.asked_at is not None:
            self.until += anyio.current_time() - self.asked_at
            self.gate.move(self.until)
            self.asked_at = None

    async def in_time(self, reading: Awaitable[T]) -> T:
        """What is read, if that is there before the call must be answered.

        Raises:
            TimedOut: It is not.
        """
        with anyio.move_on_at(self.until):
            return await reading
        raise TimedOut("Harmonica did not answer in time; nothing was changed, try again.")


_current: ContextVar[Call] = ContextVar("call")


def current_call() -> Call:
    """The call that this task works on."""
    return _current.get()


def is_served(tool: str) -> bool:
    """Whether the server of this call offers a tool: no other is to be recommended."""
    return tool in current_call().served


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
            beating.add_done_callback(_let_go)
            # Not awaited: a cancellation that came in between would lose an answer that counts as
            # heard.
            beating.cancel()


def _let_go(beating: asyncio.Task[None]) -> None:
    """What it failed with is nothing to the answer."""
    if not beating.cancelled():
        beating.exception()


async def _beat(progress: Progress) -> None:
    while True:
        await progress.again()
        await anyio.sleep(BEAT)
