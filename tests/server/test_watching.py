"""Looking at a session for all who wait for it, on a clock of the tests."""

import asyncio
import gc
import itertools
from collections.abc import Callable
from contextlib import nullcontext, suppress
from contextvars import ContextVar
from typing import Any

import anyio
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.client import HarmonicaClient, errors
from harmonica_mcp.sandbox import Sandbox, key_digest
from harmonica_mcp.server.call import Call
from harmonica_mcp.server.watching import Watching
from tests.server.clock import now, on_a_clock_of_its_own
from tests.server.conftest import MakeStage
from tests.server.people import People, say
from tests.server.wire import KEY, Stage, Wire

OTHER = "hm_live_" + "f" * 32
RESPONSES = "GET /sessions/{id}/responses"
_mark: ContextVar[str] = ContextVar("mark", default="nobody's")


@pytest.fixture
def looks() -> list[float]:
    """When the session was looked at."""
    return []


@pytest.fixture
def stage(make_stage: MakeStage, looks: list[float]) -> Stage:
    """A stage that notes when it is asked."""

    def noting(sandbox: Sandbox) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            assert _mark.get() == "nobody's", "asked in the context of a caller"
            looks.append(asyncio.get_running_loop().time())
            await sandbox.app(scope, receive, send)

        return app

    stage = make_stage(app=noting)
    stage.sandbox._world.clock = now  # pyright: ignore[reportPrivateUsage]
    return stage


@pytest.fixture
def watching(stage: Stage) -> Watching:
    """What is watched on the stage."""
    return stage.server.callers.watching


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


@on_a_clock_of_its_own
async def test_the_first_leaves(stage: Stage, looks: list[float], watching: Watching) -> None:
    """The looking is nobody's own: it goes on without the call that began it, and keeps none."""
    room = people(stage)
    earlier = [each for each in gc.get_objects() if type(each) is Call]
    _mark.set("the first caller's")
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


async def hopelessly(wire: Wire, session: str) -> None:
    """Wait for what never happens."""
    arguments = {"session_id": session, "joined": 9}
    await wire.request("tools/call", {"name": "wait_for_participants", "arguments": arguments})


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
