"""A server on a sandbox that lives by a clock that jumps."""

from collections.abc import AsyncGenerator, Iterator
from typing import Any

import pytest
import stamina

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import Callers
from tests.client import conftest
from tests.server.long_calls.line import Around, SetUp
from tests.server.wire import KEY, Stage

Clock = conftest.Clock
clock = conftest.clock


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    """Repeats and looks wait as they do in earnest; the clock jumps."""
    stamina.set_testing(False)
    yield
    stamina.set_testing(False)


@pytest.fixture
async def set_up(served: HarmonicaServer, era: str, clock: Clock) -> AsyncGenerator[SetUp]:
    """Set up the server on a sandbox that lives by the clock, with an app around it."""
    stages: list[Stage] = []

    def make(around: Around = lambda sandbox: sandbox.app, **pool: Any) -> Stage:
        sandbox = Sandbox(requests_per_minute=100_000, clock=clock.at_the_api)
        pool = {"requests_per_minute": 100_000, **pool}
        made = Pool("http://127.0.0.1", app=around(sandbox), **pool)
        served.callers = Callers(made, ApiKey(KEY))
        stages.append(Stage(served, sandbox, made, era, KEY))
        return stages[-1]

    yield make
    await served.callers.work.aclose()
    for stage in stages:
        await stage.sandbox.settled()
