"""A session that somebody waits for, with what happens meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import anyio

from harmonica_mcp.sandbox import Session
from tests.server.people import People
from tests.server.wire import Called, Json, Stage

RESPONSES = "GET /sessions/{id}/responses"
MINUTE = 60.0


def seconds() -> float:
    """Since the test began."""
    return asyncio.get_running_loop().time()


class Timed(list[Json]):
    """Notifications, with the seconds at which they came."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def append(self, item: Json, /) -> None:
        """Note when it came."""
        self.at.append(seconds())
        super().append(item)


@dataclass
class Room:
    """An active session on a stage, with who is in it, and what is asked of it when."""

    stage: Stage
    session: Session
    people: People
    looks: list[float]
    progress: Timed = field(default_factory=Timed)

    async def wait(self, **more: Any) -> Called:
        """Wait on a connection of its own."""
        async with self.stage.connect() as wire:
            wire.progress = self.progress
            return await wire.call("wait_for_participants", session_id=self.session.id, **more)

    @property
    def idle(self) -> bool:
        """Whether nothing is watched any more."""
        return len(self.stage.server.callers.watching) == 0


MakeRoom = Callable[..., Room]


async def after(delay: float, do: Callable[[], object]) -> None:
    """Do something later."""
    await anyio.sleep(delay)
    do()


async def meanwhile(
    waiting: Coroutine[Any, Any, Called], *events: tuple[float, Callable[[], object]]
) -> Called:
    """Wait while things happen."""
    happening = [asyncio.create_task(after(delay, do)) for delay, do in events]
    called = await waiting
    await asyncio.gather(*happening)
    return called
