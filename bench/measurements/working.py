"""Clients over HTTP that make calls for a while, each as fast as it is answered."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from bench.http_clients import Client
from bench.stub import SUMMARIZED
from bench.wire import Failed, Json

CALLS: tuple[Json, ...] = (
    {"name": "list_sessions", "arguments": {}},
    {"name": "get_summary", "arguments": {"session_id": SUMMARIZED}},
)
_OPENING = 32
_PATIENCE = 120.0


@dataclass
class Work:
    """What came of it."""

    times: list[float] = field(default_factory=list[float])
    answered: Counter[str] = field(default_factory=Counter[str])
    failed: list[str] = field(default_factory=list[str])
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Calls answered in a second."""
        return len(self.times) / self.seconds


async def work(clients: Sequence[Client], seconds: float) -> Work:
    """Let all of them call for so long; what is under way then is waited for."""
    done = Work()
    began = time.perf_counter()

    async def one(client: Client) -> None:
        calls = 0
        done.answered[client.key] += 0
        while not calls or time.perf_counter() < began + seconds:
            asked = time.perf_counter()
            try:
                async with asyncio.timeout(_PATIENCE):
                    await client.ask("tools/call", CALLS[calls % len(CALLS)])
            except (Failed, OSError, EOFError) as error:
                done.failed.append(f"{type(error).__name__}: {error}")
                return
            calls += 1
            done.times.append((time.perf_counter() - asked) * 1000)
            done.answered[client.key] += 1

    await asyncio.gather(*map(one, clients))
    done.seconds = time.perf_counter() - began
    return done


async def each(clients: Sequence[Client], do: Callable[[Client], Awaitable[object]]) -> None:
    """Do something with every client, not with all at once."""
    places = asyncio.Semaphore(_OPENING)

    async def one(client: Client) -> None:
        async with places, asyncio.timeout(_PATIENCE):
            await do(client)

    await asyncio.gather(*map(one, clients))
