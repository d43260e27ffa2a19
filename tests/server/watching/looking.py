"""Somebody who waits for a session that others look at, too."""

from contextvars import ContextVar
from typing import Any

import anyio

from harmonica_mcp.client import HarmonicaClient
from tests.server.clock import now
from tests.server.people import People
from tests.server.wire import KEY, Stage, Wire

OTHER = "hm_live_" + "f" * 32
RESPONSES = "GET /sessions/{id}/responses"
MARK: ContextVar[str] = ContextVar("mark", default="nobody's")
"""Whose doing it is."""


def people(stage: Stage) -> People:
    """An active session with one person who talks."""
    session = stage.session("tool library")
    session.threads.clear()
    people = People(session)
    people.join("Ada", now())
    return people


def client(stage: Stage, key: str = KEY) -> HarmonicaClient:
    """Somebody who waits."""
    return HarmonicaClient(key, pool=stage.pool)


async def wait(stage: Stage, session: str, **more: Any) -> dict[str, Any]:
    """Wait by the tool on a connection of its own."""
    async with stage.connect() as wire:
        called = await wire.call("wait_for_participants", session_id=session, **more)
        return called.data


async def wait_briefly(stage: Stage, session: str) -> None:
    """A call that is over soon."""
    await wait(stage, session, joined=9, max_minutes=0.1)


async def quiet(looks: list[float]) -> None:
    """Nobody looks any more, for an hour."""
    looks.clear()
    await anyio.sleep(3600)
    assert looks == []


async def cancel(wire: Wire) -> None:
    """Cancel the request under way as hosts do."""
    params = {"requestId": wire._last, "reason": "the user lost patience"}  # pyright: ignore[reportPrivateUsage]
    await wire._send({"method": "notifications/cancelled", "params": params})  # pyright: ignore[reportPrivateUsage]


async def hopelessly(wire: Wire, session: str) -> None:
    """Wait for what never happens."""
    arguments = {"session_id": session, "joined": 9}
    await wire.request("tools/call", {"name": "wait_for_participants", "arguments": arguments})
