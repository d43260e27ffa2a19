"""An office where time jumps, and two deeds for it."""

import asyncio
import gc
from collections.abc import AsyncGenerator

import pytest

from tests.client import conftest
from tests.server.work.office import Deed, Office

Clock = conftest.Clock
clock = conftest.clock


@pytest.fixture
async def office(clock: Clock) -> AsyncGenerator[Office]:
    """An office where time jumps; at its end nothing was forgotten about."""
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    assert clock.passed == 0
    office = Office()
    yield office
    await office.work.aclose()
    assert office.empty
    del office
    # What a test leaves behind is young.
    gc.collect(1)
    assert complaints == []


@pytest.fixture
def deed() -> Deed:
    """A deed that may be sent and end at once."""
    deed = Deed()
    deed.may_send.set()
    deed.may_end.set()
    return deed


@pytest.fixture
def long() -> Deed:
    """A deed that is sent at once and ends when the test says so."""
    deed = Deed()
    deed.may_send.set()
    return deed
