"""Deeds with an effect, the office that does them, and what tests wait for."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
from mcp_types import CallToolResult

from harmonica_mcp.server.call import Call, Progress
from harmonica_mcp.server.work import Unfinished, Work

LIMIT = 45.0
TEN_MINUTES = 600.0


def done(number: int) -> CallToolResult:
    """What came of it."""
    return CallToolResult(content=[], structured_content={"number": number})


@dataclass
class Deed:
    """Something with an effect, which begins, is sent and ends when the test lets it."""

    begun: int = 0
    sent: int = 0
    may_send: anyio.Event = field(default_factory=anyio.Event)
    was_sent: anyio.Event = field(default_factory=anyio.Event)
    may_end: anyio.Event = field(default_factory=anyio.Event)
    error: Exception | None = None

    def of(self, call: Call) -> Callable[[], Awaitable[CallToolResult]]:
        """The deed as a call begins it."""

        async def begin() -> CallToolResult:
            self.begun += 1
            number = self.begun
            await self.may_send.wait()
            call.gate.leave()
            self.sent += 1
            self.was_sent.set()
            await self.may_end.wait()
            if self.error:
                raise self.error
            return done(number)

        return begin


@dataclass
class Office:
    """The work, and calls of it."""

    work: Work = field(default_factory=Work)

    def call(self, who: str = "me", seconds: float = LIMIT) -> Call:
        """A call that has just arrived."""
        until = anyio.current_time() + seconds
        return Call(Progress(cast("Any", None)), self.work, caller=who, until=until)

    async def ask(
        self, deed: Deed, what: str = "hello", *, call: Call | None = None, turn: str | None = None
    ) -> int | str:
        """Call, and give the number that it answers or the state in which it left the deed."""
        call = call or self.call()
        try:
            identity = (call.caller, "say", what)
            answer = await self.work.perform(call, identity, deed.of(call), turn)
        except Unfinished as unfinished:
            return unfinished.state
        assert answer.structured_content
        return answer.structured_content["number"]

    @property
    def empty(self) -> bool:
        """Whether nothing is held any more."""
        return not self.work._jobs and not self.work._tasks  # pyright: ignore[reportPrivateUsage]


@asynccontextmanager
async def under_way(office: Office, deed: Deed, **more: Any) -> AsyncGenerator[asyncio.Task[Any]]:
    """A call that is under way, its request sent."""
    task = asyncio.create_task(office.ask(deed, **more))
    await deed.was_sent.wait()
    yield task
    if not task.done():
        task.cancel()
    await asyncio.wait([task])


async def cancelled(task: asyncio.Task[Any]) -> None:
    """Cancel a call and wait until its caller is gone."""
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def settled() -> None:
    """Let everything happen that can happen now."""
    for _ in range(20):
        await asyncio.sleep(0)
