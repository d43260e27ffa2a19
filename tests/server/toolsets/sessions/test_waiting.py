"""wait_for_participants, on a clock of the tests: what ends the wait, and what is told."""

import pytest

from tests.server.clock import now, on_a_clock_of_its_own
from tests.server.people import say
from tests.server.toolsets.sessions.waiting import MakeRoom, meanwhile
from tests.server.wire import Json


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
