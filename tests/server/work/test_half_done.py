"""Work in several parts: what happens to the rest when something comes in between."""

import asyncio
from collections.abc import Awaitable, Callable

import anyio
import pytest
from mcp_types import CallToolResult

from harmonica_mcp.client import errors
from harmonica_mcp.server.call import Call
from harmonica_mcp.server.work import Unfinished
from tests.client.conftest import Clock
from tests.server.work.office import TEN_MINUTES, Office, cancelled, done


async def test_what_is_half_done_waits(office: Office, clock: Clock) -> None:
    """After its caller's end nothing more is begun; calling again lets the rest follow, once."""
    parts: list[float] = []

    def in_parts(call: Call) -> Callable[[], Awaitable[CallToolResult]]:
        async def begin() -> CallToolResult:
            for _ in range(3):
                await call.gate.opened()
                call.gate.leave()
                parts.append(clock.passed)
                await anyio.sleep(30)
            return done(len(parts))

        return begin

    async def ask() -> CallToolResult:
        call = office.call()
        return await office.work.perform(call, ("me", "seed", ""), in_parts(call))

    with pytest.raises(Unfinished, match="Still running"):
        await ask()
    await anyio.sleep(300)
    assert parts == [0, pytest.approx(30)]
    assert await ask() == done(3)
    assert parts[2] == pytest.approx(345)
    assert office.empty


async def test_what_is_half_done_is_dropped_in_the_end(office: Office) -> None:
    """Where nobody asks for the rest within ten minutes it ends, and a later call begins anew."""
    begun = 0

    async def ask() -> CallToolResult:
        call = office.call()

        async def begin() -> CallToolResult:
            nonlocal begun
            begun += 1
            for _ in range(2):
                await call.gate.opened()
                call.gate.leave()
                await anyio.sleep(30)
            return done(begun)

        return await office.work.perform(call, ("me", "seed", ""), begin)

    first = asyncio.create_task(ask())
    await anyio.sleep(1)
    await cancelled(first)
    await anyio.sleep(TEN_MINUTES - 1)
    assert not office.empty
    await anyio.sleep(60)
    assert office.empty
    assert begun == 1


LATER = [
    errors.BudgetSpent("Nothing was sent, try again in 20 seconds."),
    errors.RateLimited("Nothing was done, try again in 20 seconds.", status=429),
    errors.TurnRunning("Nothing was sent, try again in 20 seconds."),
]


def refused(
    error: Exception, *parts: float
) -> Callable[[Call], Callable[[], Awaitable[CallToolResult]]]:
    """Something of which so many parts are done, each in so many seconds, and the next refused."""

    def of(call: Call) -> Callable[[], Awaitable[CallToolResult]]:
        async def begin() -> CallToolResult:
            for seconds in parts:
                call.gate.leave()
                await anyio.sleep(seconds)
            with call.gate.undone_if_refused():
                call.gate.leave()
                raise error

        return begin

    return of


@pytest.mark.parametrize("error", LATER)
async def test_refused_for_now(office: Office, error: Exception) -> None:
    """Where nothing was done for want of a place in line, the state says so, and until when."""
    call = office.call()
    with pytest.raises(Unfinished, match="in 20 seconds") as caught:
        await office.work.perform(call, ("me", "say", ""), refused(error)(call))
    assert caught.value.state == "not_sent"
    assert office.empty


@pytest.mark.parametrize("error", LATER[:2])
async def test_refused_when_half_done(office: Office, error: Exception) -> None:
    """Where a part was done already it is not called unsent; the error says what is missing."""
    call = office.call()
    with pytest.raises(type(error)):
        await office.work.perform(call, ("me", "say", ""), refused(error, 1)(call))


@pytest.mark.parametrize("error", LATER[:2])
async def test_a_refusal_is_not_kept(office: Office, error: Exception) -> None:
    """Where the rest was refused and nobody was there to hear it, asking again begins anew."""
    call = office.call(seconds=1)
    with pytest.raises(Unfinished):
        await office.work.perform(call, ("me", "say", ""), refused(error, 30)(call))
    await anyio.sleep(30)
    assert office.empty
