"""wait_for_participants, on a clock of the tests."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.sandbox import Sandbox, Session
from tests.server.clock import now, on_a_clock_of_its_own
from tests.server.conftest import MakeStage
from tests.server.people import People, say
from tests.server.wire import Called, Json, Stage

RESPONSES = "GET /sessions/{id}/responses"
MINUTE = 60.0


def seconds() -> float:
    """Since the test began."""
    return asyncio.get_running_loop().time()


class Timed(list[Json]):
    """Notifications, with the seconds at which they came."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def append(self, item: Json, /) -> None:
        """Note when it came."""
        self.at.append(seconds())
        super().append(item)


@dataclass
class Room:
    """An active session on a stage, with who is in it, and what is asked of it when."""

    stage: Stage
    session: Session
    people: People
    looks: list[float]
    progress: Timed = field(default_factory=Timed)

    async def wait(self, **more: Any) -> Called:
        """Wait on a connection of its own."""
        async with self.stage.connect() as wire:
            wire.progress = self.progress
            return await wire.call("wait_for_participants", session_id=self.session.id, **more)

    @property
    def idle(self) -> bool:
        """Whether nothing is watched any more."""
        return len(self.stage.server.callers.watching) == 0


MakeRoom = Callable[..., Room]


@pytest.fixture
def make_room(make_stage: MakeStage) -> MakeRoom:
    """Set up a session with so many people, on an edition with or without list mode."""

    def make(joined: int = 0, *, lists: bool = False, **pool: Any) -> Room:
        looks: list[float] = []

        def noting(sandbox: Sandbox) -> ASGIApp:
            async def app(scope: Scope, receive: Receive, send: Send) -> None:
                looks.append(seconds())
                query = scope["query_string"] if lists else b""
                await sandbox.app({**scope, "query_string": query}, receive, send)

            return app

        stage = make_stage(app=noting, **pool)
        stage.sandbox._world.clock = now  # pyright: ignore[reportPrivateUsage]
        session = stage.session("tool library")
        session.threads.clear()
        room = Room(stage, session, People(session), looks)
        room.people.join_all([f"P{number}" for number in range(joined)], now())
        return room

    return make


async def after(delay: float, do: Callable[[], object]) -> None:
    """Do something later."""
    await anyio.sleep(delay)
    do()


async def meanwhile(
    waiting: Coroutine[Any, Any, Called], *events: tuple[float, Callable[[], object]]
) -> Called:
    """Wait while things happen."""
    happening = [asyncio.create_task(after(delay, do)) for delay, do in events]
    called = await waiting
    await asyncio.gather(*happening)
    return called


@pytest.mark.parametrize(
    "target", [{"joined": 2}, {"finished": 1}, {"joined": 9, "finished": 1, "new_messages": 9}]
)
@on_a_clock_of_its_own
async def test_met_already(make_room: MakeRoom, target: Json) -> None:
    """What has happened already is answered at once, with one request."""
    room = make_room(2)
    room.session.threads[0].finished = True
    called = await room.wait(**target)
    assert called.data == {
        "session_id": room.session.id,
        "reached": True,
        "joined": 2,
        "finished": 1,
        "new_messages": 0,
        "changes": [],
    }
    assert called.text == (
        f"What you waited for has happened in session {room.session.id}: 2 joined, 1 finished, "
        "0 new messages."
    )
    assert (room.looks, room.idle) == ([0.0], True)


@on_a_clock_of_its_own
async def test_finishing(make_room: MakeRoom) -> None:
    """The call is answered at the first look after it happened, and says what changed."""
    room = make_room(2)

    def finish() -> None:
        say(room.session.threads[0], now())
        room.session.threads[0].finished = True

    called = await meanwhile(
        room.wait(finished=1),
        (6, lambda: room.people.join("Ann", now())),
        (6, lambda: say(room.session.threads[1], now())),
        (13, finish),
    )
    assert called.data["reached"] is True
    assert called.data["changes"] == [
        '"P0" has new messages, finished',
        '"P1" has new messages',
        '"Ann" joined',
    ]
    assert '- "P0" has new messages, finished\n' in called.text
    assert (called.data["joined"], called.data["new_messages"]) == (3, 2)
    assert room.looks == [0.0, 5.0, 12.5, 17.5]


@pytest.mark.parametrize("lists", [False, True])
@pytest.mark.parametrize("target", [{}, {"new_messages": 1}, {"joined": 9, "new_messages": 1}])
@on_a_clock_of_its_own
async def test_new_messages(make_room: MakeRoom, lists: bool, target: Json) -> None:
    """New words end the wait, also where nothing is said to wait for."""
    room = make_room(1, lists=lists)
    called = await meanwhile(room.wait(**target), (7, lambda: say(room.session.threads[0], now())))
    # An edition with list mode says how many messages there are, not whose.
    assert called.data["new_messages"] == (2 if lists else 1)
    assert called.data["changes"] == ['"P0" has new messages']
    assert called.data["reached"] is True


@on_a_clock_of_its_own
async def test_other_changes(make_room: MakeRoom) -> None:
    """Who talks again, finished before they were seen, or was taken out is told as well."""
    room = make_room(3)
    room.session.threads[0].finished = True

    def change() -> None:
        room.session.threads[0].finished = False
        del room.session.threads[1]
        room.people.join(None, now()).finished = True

    called = await meanwhile(room.wait(finished=3, max_minutes=0.5), (1, change))
    assert sorted(called.data["changes"]) == [
        '"(no name)" joined, finished',
        '"P0" talks again',
        '"P1" is not listed any more',
    ]


@on_a_clock_of_its_own
async def test_many_changes(make_room: MakeRoom) -> None:
    """Of many changes the first twenty are named; long names are cut."""
    room = make_room()
    names = ["🧑‍🌾" * 200 for _ in range(50)]
    called = await meanwhile(room.wait(joined=1), (1, lambda: room.people.join_all(names, now())))
    assert len(called.data["changes"]) == 21
    assert called.data["changes"][-1] == "and 30 more"
    assert len(called.text.encode()) < 4_000


@on_a_clock_of_its_own
async def test_going_on(make_room: MakeRoom) -> None:
    """When the call's time is up it answers; the cursor carries baseline, minutes and pace on."""
    room = make_room(2)
    first = await meanwhile(
        room.wait(new_messages=3, max_minutes=2), (1, lambda: say(room.session.threads[0], now()))
    )
    assert seconds() == pytest.approx(44)
    assert (first.data["reached"], first.data["new_messages"]) == (False, 1)
    assert f"It has not happened yet in session {room.session.id}" in first.text
    assert first.text.endswith(f"Go on waiting with cursor {first.data['next_cursor']}.")
    room.looks.clear()

    # Between two calls nobody looks, and nothing is missed.
    await anyio.sleep(100)
    room.people.join("Gap", now(), 1)
    say(room.session.threads[1], now())
    room.session.threads[1].finished = True
    second = await room.wait(new_messages=9, cursor=first.data["next_cursor"])
    assert second.data["new_messages"] == 3
    assert second.data["changes"] == ['"P1" has new messages, finished', '"Gap" joined']
    assert [look - 144 for look in room.looks] == pytest.approx([0, 17, 43], abs=1)

    third = await room.wait(new_messages=9, cursor=second.data["next_cursor"])
    assert seconds() == pytest.approx(100 + 120, abs=1)
    assert third.data["changes"] == []
    assert "next_cursor" not in third.data
    assert third.text.count("\n") == 0


@on_a_clock_of_its_own
async def test_a_moment(make_room: MakeRoom) -> None:
    """However short it is to wait, one look is taken."""
    room = make_room(2)
    called = await room.wait(joined=3, max_minutes=0.0001)
    assert (called.data["joined"], called.data["reached"]) == (2, False)
    assert "next_cursor" not in called.data
    assert len(room.looks) == 1


@on_a_clock_of_its_own
async def test_short_calls(make_room: MakeRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where calls are answered within a second, waiting goes on call by call to its end."""
    room = make_room(1)
    monkeypatch.setattr(room.stage.server, "_max_seconds", 1.0)
    calls, more = 0, {}
    while True:
        called = await room.wait(joined=2, max_minutes=0.1, **more)
        calls += 1
        if "next_cursor" not in called.data:
            break
        more = {"cursor": called.data["next_cursor"]}
    assert seconds() == pytest.approx(6, abs=1)
    assert calls == pytest.approx(6, abs=1)


@on_a_clock_of_its_own
async def test_another_cursor(make_room: MakeRoom) -> None:
    """A cursor that was altered or is another session's is refused; nothing is sent."""
    room = make_room()
    elsewhere = room.stage.session("Opening hours").id
    called = await room.wait(joined=99)
    cursor = called.data["next_cursor"]
    room.looks.clear()
    async with room.stage.connect() as wire:
        for session, given in ((elsewhere, cursor), (room.session.id, cursor[:-2] + "AA")):
            refused = await wire.call(
                "wait_for_participants", session_id=session, joined=99, cursor=given
            )
            assert "cursor is not valid here" in refused.error
    assert room.looks == []


@on_a_clock_of_its_own
async def test_progress(make_room: MakeRoom) -> None:
    """Every change is told at once, and something at least every 15 seconds."""
    room = make_room(1)
    await meanwhile(room.wait(joined=3), (7, lambda: room.people.join("Ann", now())))
    told = [(at, each["message"]) for at, each in zip(room.progress.at, room.progress, strict=True)]
    assert (0.0, "Begun") in told
    assert (0.0, "1 joined, 0 finished, 1 message") in told
    assert (12.5, "2 joined, 0 finished, 1 message") in told
    gaps = [b - a for a, b in zip(room.progress.at, [*room.progress.at[1:], 44.0], strict=True)]
    assert max(gaps) <= 15
    numbers = [each["progress"] for each in room.progress]
    assert numbers == sorted(set(numbers))


@on_a_clock_of_its_own
async def test_no_key(make_stage: MakeStage) -> None:
    """Without a key nothing is waited for."""
    stage = make_stage(key=None)
    async with stage.connect() as wire:
        called = await wire.call("wait_for_participants", session_id="hst_1", joined=1)
    assert called.error.startswith("No Harmonica API key is set")
    assert seconds() == 0


@on_a_clock_of_its_own
async def test_refused(make_room: MakeRoom) -> None:
    """A refusal ends the wait with its sentence."""
    room = make_room()
    error = {"error": {"code": "forbidden", "message": "Access denied"}}
    called = await meanwhile(
        room.wait(joined=1),
        (7, lambda: room.stage.sandbox.faults.add(RESPONSES, status=403, body=error)),
    )
    assert called.error.startswith("There is no such thing here, or this key has no access to it")
    assert seconds() == 12.5
    assert room.idle


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429, "headers": {"retry-after": "9"}, "times": 2},
        {"status": 500, "times": 3},
        {"status": 503, "times": 6},
        {"drop": "before", "times": 6},
    ],
)
@on_a_clock_of_its_own
async def test_passing_fault(make_room: MakeRoom, fault: Json) -> None:
    """What passes does not end the wait, whenever it comes."""
    for begin in (0, 7):
        room = make_room()
        started = seconds()
        called = await meanwhile(
            room.wait(joined=1),
            (begin, lambda room=room: room.stage.sandbox.faults.add(RESPONSES, **fault)),
            (begin + 1, lambda room=room: room.people.join("Ann", now())),
        )
        assert called.data["reached"] is True
        assert seconds() - started < 44
        assert room.stage.sandbox.faults.pending == []


@on_a_clock_of_its_own
async def test_outage(make_room: MakeRoom) -> None:
    """Where Harmonica cannot be asked at all, the call says so and how to go on."""
    room = make_room()
    room.stage.sandbox.faults.add(RESPONSES, status=503, times=10_000)
    called = await room.wait(joined=1)
    assert called.error == "Harmonica could not be asked just now: call again with these arguments."
    assert seconds() == pytest.approx(44)
    assert len(room.looks) < 40
    assert room.idle


@on_a_clock_of_its_own
async def test_budget(make_room: MakeRoom) -> None:
    """Looks keep within the key's request budget."""
    room = make_room(requests_per_minute=2)
    called = await room.wait(joined=1)
    while seconds() < 10 * MINUTE:
        called = await room.wait(joined=1, cursor=called.data["next_cursor"])
    for look in room.looks:
        assert sum(look <= other < look + MINUTE for other in room.looks) <= 4
    assert len(room.looks) <= 2 * 11
