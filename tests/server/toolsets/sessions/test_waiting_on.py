"""wait_for_participants, on a clock of the tests: going on in another call, and failing."""

import anyio
import pytest

from tests.server.clock import now, on_a_clock_of_its_own
from tests.server.conftest import MakeStage
from tests.server.people import say
from tests.server.toolsets.sessions.waiting import MINUTE, RESPONSES, MakeRoom, meanwhile, seconds
from tests.server.wire import Json


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
