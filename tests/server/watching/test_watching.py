"""Looking at a session for all who wait for it, on a clock of the tests."""

import itertools
from typing import Any

import anyio
import pytest

from harmonica_mcp.client import errors
from harmonica_mcp.sandbox import key_digest
from harmonica_mcp.server.watching import Watching
from tests.server.clock import now, on_a_clock_of_its_own
from tests.server.people import say
from tests.server.watching.looking import OTHER, client, people, wait
from tests.server.wire import KEY, Stage


@on_a_clock_of_its_own
async def test_shared(stage: Stage, looks: list[float], watching: Watching) -> None:
    """Many waiters of one key and session cost no more requests than one, and all learn of it."""
    room = people(stage)
    answers: list[dict[str, Any]] = []

    async def waiter(number: int) -> None:
        answers.append(await wait(stage, room.session.id, finished=1 + number % 2, joined=9))

    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(waiter, number)
        await anyio.sleep(7)
        assert len(watching) == 1
        room.session.threads[0].finished = True
    assert [answer["reached"] for answer in answers] == [True] * 5 + [False] * 5
    assert {answer["finished"] for answer in answers} == {1}
    # What was seen at 12.5 makes looking faster again; then it slows down.
    assert looks == [0.0, 5.0, 12.5, 17.5, 25.0, 36.25]
    assert len(watching) == 0


@on_a_clock_of_its_own
async def test_slower(stage: Stage, looks: list[float], watching: Watching) -> None:
    """The longer nothing changes the slower it looks, at most every half minute; news hurry it."""
    room = people(stage)
    with watching.watch(client(stage), room.session.id) as waiter:
        await waiter.news()
        with anyio.move_on_after(300):
            await waiter.news()
        pauses = [after - before for before, after in itertools.pairwise(looks)]
        assert pauses[:5] == [5, 7.5, 11.25, 16.875, 25.3125]
        assert set(pauses[5:]) == {30.0}
        assert waiter.pace == 30
        say(room.session.threads[0], now())
        await waiter.news()
        assert waiter.pace == 5


@on_a_clock_of_its_own
async def test_joining_late(stage: Stage, looks: list[float], watching: Watching) -> None:
    """Who joins later gets a look of its own time, neither an old one nor one for each."""
    room = people(stage)
    with watching.watch(client(stage), room.session.id) as first:
        await first.news()
        with anyio.move_on_after(120):
            await first.news()
        say(room.session.threads[0], now())
        looks.clear()
        with watching.watch(client(stage), room.session.id) as second:
            assert (await second.news()).messages == (await first.news()).messages
            assert looks == [120.0]
            await anyio.sleep(2)
            with watching.watch(client(stage), room.session.id) as third:
                assert (await third.news()).people[0].name == "Ada"
            assert looks == [120.0]


@on_a_clock_of_its_own
async def test_not_across_keys(stage: Stage, watching: Watching) -> None:
    """Each key looks for itself, and sees only what it may."""
    room = people(stage)
    with (
        watching.watch(client(stage), room.session.id) as mine,
        watching.watch(client(stage, OTHER), room.session.id) as theirs,
    ):
        assert len(watching) == 2
        assert (await mine.news()).joined == 1
        with pytest.raises(errors.Forbidden):
            await theirs.news()
    assert {each.key_digest for each in stage.sandbox.requests} == {
        key_digest(KEY),
        key_digest(OTHER),
    }
