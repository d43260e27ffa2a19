"""When nobody waits any more, or looking fails, on a clock of the tests."""

import asyncio
import gc
from collections.abc import Callable
from contextlib import nullcontext, suppress
from typing import Any

import anyio
import pytest

from harmonica_mcp.client import errors
from harmonica_mcp.server.call import Call
from harmonica_mcp.server.watching import Watching
from tests.server.clock import now, on_a_clock_of_its_own
from tests.server.watching.looking import (
    MARK,
    RESPONSES,
    cancel,
    client,
    hopelessly,
    people,
    quiet,
    wait_briefly,
)
from tests.server.wire import Stage


@on_a_clock_of_its_own
async def test_the_first_leaves(stage: Stage, looks: list[float], watching: Watching) -> None:
    """The looking is nobody's own: it goes on without the call that began it, and keeps none."""
    room = people(stage)
    earlier = [each for each in gc.get_objects() if type(each) is Call]
    MARK.set("the first caller's")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(wait_briefly, stage, room.session.id)
        await anyio.sleep(1)
        with watching.watch(client(stage), room.session.id) as second:
            await second.news()
            await anyio.sleep(60)
            gc.collect()
            left = [each for each in gc.get_objects() if type(each) is Call]
            assert all(any(each is known for known in earlier) for each in left)
            room.join("Bo", now())
            assert (await second.news()).joined == 2
    assert len(watching) == 0
    await quiet(looks)


@pytest.mark.parametrize("left", [0, 1])
@on_a_clock_of_its_own
async def test_cancelled(stage: Stage, looks: list[float], watching: Watching, left: int) -> None:
    """A cancelled call waits no longer; with the last one the looking ends."""
    room = people(stage)
    async with anyio.create_task_group() as tasks, stage.connect() as wire:
        with watching.watch(client(stage), room.session.id) if left else nullcontext():
            tasks.start_soon(hopelessly, wire, room.session.id)
            await anyio.sleep(6)
            assert len(watching) == 1
            await cancel(wire)
            await anyio.sleep(1)
            assert len(watching) == left
            looks.clear()
            await anyio.sleep(100)
            assert bool(looks) is bool(left)
        tasks.cancel_scope.cancel()
    await quiet(looks)


@on_a_clock_of_its_own
async def test_disconnected(stage: Stage, looks: list[float], watching: Watching) -> None:
    """When the host closes the connection the waiting ends."""
    room = people(stage)
    async with stage.connect() as wire, anyio.create_task_group() as tasks:
        tasks.start_soon(hopelessly, wire, room.session.id)
        await anyio.sleep(6)
        assert len(watching) == 1
        await wire.send_line.aclose()
        await anyio.sleep(1)
        assert len(watching) == 0
        await quiet(looks)
        tasks.cancel_scope.cancel()


@on_a_clock_of_its_own
async def test_nothing_leaks(stage: Stage, looks: list[float], watching: Watching) -> None:
    """After many waits, each ended its own way, no watch and no task is left."""
    room = people(stage)
    stage.sandbox.faults.add(RESPONSES, status=403)
    before = asyncio.all_tasks()
    for number in range(30):
        with (
            anyio.move_on_after(1 + number),
            suppress(errors.Forbidden),
            watching.watch(client(stage), room.session.id) as waiter,
        ):
            while True:
                await waiter.news()
    await anyio.sleep(1)
    assert asyncio.all_tasks() == before
    assert len(watching) == 0
    await quiet(looks)


@pytest.mark.parametrize("failure", [errors.Unauthorized("No.", status=401), RuntimeError("Oh")])
@on_a_clock_of_its_own
async def test_a_look_that_fails(
    stage: Stage, watching: Watching, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However looking fails, all who wait learn it at once; who comes then is looked for anew."""
    room = people(stage)
    with (
        watching.watch(client(stage), room.session.id) as first,
        watching.watch(client(stage), room.session.id) as second,
    ):
        await first.news()
        await second.news()
        with monkeypatch.context() as patch:
            patch.setattr("harmonica_mcp.client.responses.Conversations.list", raising(failure))
            for waiter in (first, second):
                with pytest.raises(type(failure)):
                    await waiter.news()
            assert asyncio.get_running_loop().time() == 5
        with watching.watch(client(stage), room.session.id) as third:
            assert (await third.news()).joined == 1
            assert len(watching) == 1
        assert len(watching) == 0


def raising(failure: Exception) -> Callable[..., Any]:
    """A look that fails."""

    async def look(*_: object, **__: object) -> None:
        raise failure

    return look


@on_a_clock_of_its_own
async def test_nobody_left_to_tell(
    stage: Stage, watching: Watching, caplog: pytest.LogCaptureFixture
) -> None:
    """A failure that no waiter is there to hear is not logged as forgotten."""
    room = people(stage)
    with watching.watch(client(stage), room.session.id) as waiter:
        await waiter.news()
        room.session.access = "none"
        await anyio.sleep(60)
    gc.collect()
    await anyio.sleep(1)
    assert caplog.records == []


@on_a_clock_of_its_own
async def test_faults_slow_it_down(stage: Stage, looks: list[float], watching: Watching) -> None:
    """After a passing fault it looks again later and later, and not before it may."""
    room = people(stage)
    stage.sandbox.faults.add(RESPONSES, status=500, times=8)
    later = {"retry-after": "50"}
    stage.sandbox.faults.add(RESPONSES, status=429, headers=later)
    with watching.watch(client(stage), room.session.id) as waiter:
        await waiter.news()
    # A crash is asked once more at once by the client itself.
    assert looks == [0.0, 0.0, 7.5, 7.5, 18.75, 18.75, 35.625, 35.625, 60.9375, 110.9375]
