"""Identical calls are one; others keep out of its way."""

import asyncio

import anyio
import pytest

from tests.client.conftest import Clock
from tests.server.work.office import LIMIT, Deed, Office, cancelled, settled, under_way


async def test_joining(office: Office, long: Deed) -> None:
    """Identical calls at the same time are one, and all of them are answered."""
    async with under_way(office, long) as first:
        second = asyncio.create_task(office.ask(long))
        await settled()
        long.may_end.set()
        assert await first == await second == 1
    assert long.sent == 1
    assert office.empty


async def test_a_joiner_outlives_the_first_caller(office: Office) -> None:
    """Where the first caller goes before anything was sent, it is sent for the one who joined."""
    deed = Deed()
    first, second = (asyncio.create_task(office.ask(deed)) for _ in range(2))
    await settled()
    await cancelled(first)
    deed.may_send.set()
    deed.may_end.set()
    assert await second == 1
    assert (deed.begun, deed.sent) == (1, 1)


async def test_a_joiner_that_leaves_takes_nothing_with_it(office: Office) -> None:
    """Where who joined goes, the first caller is served as if nothing had been."""
    deed = Deed()
    first, second = (asyncio.create_task(office.ask(deed)) for _ in range(2))
    await settled()
    await cancelled(second)
    deed.may_send.set()
    deed.may_end.set()
    assert await first == 1


async def test_a_joiner_brings_its_own_time(office: Office, clock: Clock) -> None:
    """Something may be sent as long as any of its callers has time for it."""
    deed = Deed()
    first = asyncio.create_task(office.ask(deed))
    await anyio.sleep(LIMIT - 1)
    second = asyncio.create_task(office.ask(deed))
    assert await first == "not_sent"
    await anyio.sleep(20)
    deed.may_send.set()
    deed.may_end.set()
    assert await second == 1
    assert clock.passed < 2 * LIMIT


@pytest.mark.parametrize(
    ("who", "what"), [("you", "hello"), ("me", "goodbye")], ids=["caller", "words"]
)
async def test_who_is_not_identical(office: Office, long: Deed, who: str, what: str) -> None:
    """Another caller, or other words, neither join nor collect: they are calls of their own."""
    async with under_way(office, long) as first:
        other = asyncio.create_task(office.ask(long, what, call=office.call(who)))
        await settled()
        long.may_end.set()
        assert (await first, await other) == (1, 2)
    assert await office.ask(long, "running") == 3


async def test_nobody_collects_what_is_anothers(office: Office, long: Deed, deed: Deed) -> None:
    """A result that waits is given to its own caller only."""
    assert await office.ask(long) == "running"
    long.may_end.set()
    await settled()
    deed.begun = 70
    assert await office.ask(deed, call=office.call("you")) == 71
    assert await office.ask(deed, "goodbye") == 72
    assert await office.ask(deed) == 1


async def test_one_turn_at_a_time(office: Office, long: Deed, deed: Deed) -> None:
    """Other words in a turn that is running are refused and never sent; afterwards they go."""
    async with under_way(office, long, turn="Ada"):
        assert await office.ask(deed, "more", turn="Ada") == "not_sent"
        assert await office.ask(deed, "more", turn="Ben") == 1
        long.may_end.set()
        await settled()
        assert await office.ask(deed, "more", turn="Ada") == 2
