"""A clock that jumps instead of waiting, and a sandbox that lives by it."""

import asyncio
import selectors
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool
from harmonica_mcp.sandbox import Sandbox, Session
from tests.client.api import KEY, URL


@dataclass
class Clock:
    """Time that passes only while everybody waits, and then at once.

    The event loop, the repeats' stop watch, the request budget and the sandbox all live by it.
    """

    started: float = field(default_factory=time.monotonic)
    passed: float = 0.0
    wrong_by: float = 0.0
    """How far this machine's own clock is from the API's, in seconds."""

    def monotonic(self) -> float:
        """The stop watch of this machine."""
        return self.started + self.passed

    def wall(self) -> float:
        """This machine's clock."""
        return 1_700_000_000.0 + self.passed + self.wrong_by

    def at_the_api(self) -> datetime:
        """The API's clock."""
        return datetime.fromtimestamp(1_700_000_000.0 + self.passed, UTC)


class _Jumping:
    """A selector that never waits: it moves the clock on instead."""

    def __init__(self, inner: selectors.BaseSelector, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Give what is ready; where nothing is, let the time pass that would be waited."""
        if not timeout or timeout < 0:
            return self._inner.select(timeout)
        ready = self._inner.select(0)
        if not ready:
            self._clock.passed += timeout
        return ready

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


@pytest.fixture
async def clock(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Clock]:
    """Time that jumps, for tests that speak to an app in memory."""
    clock = Clock()
    loop = asyncio.get_running_loop()
    with monkeypatch.context() as patch:
        patch.setattr(loop, "_selector", _Jumping(vars(loop)["_selector"], clock))
        patch.setattr(time, "monotonic", clock.monotonic)
        patch.setattr(time, "time", clock.wall)
        yield clock


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[Sandbox]:
    """A sandbox that lives by the clock and is at rest at the end."""
    sandbox = Sandbox(URL, clock=clock.at_the_api)
    yield sandbox
    await sandbox.settled()


@pytest.fixture
def harmonica(sandbox: Sandbox) -> HarmonicaClient:
    """A client of the sandbox."""
    return HarmonicaClient(KEY, pool=Pool(URL, app=sandbox.app))


@pytest.fixture
def tea(sandbox: Sandbox) -> Session:
    """An active session that cross-pollinates, with people in mid-conversation."""
    sessions = sandbox.tenant(KEY).sessions.values()
    return next(each for each in sessions if each.settings["cross_pollination"])
