"""A new summary of a grounded session can charge its owner: it waits for the user's word."""

from tests.server.asking import Room


def _grounded(room: Room) -> str:
    session = room.session("tool library")
    next(thread for thread in session.threads if thread.spoken()).grounded = True
    return session.id


async def test_a_new_summary_of_a_grounded_session_is_asked_about(era: str) -> None:
    """It may charge the owner again: the price as it stands is told."""
    room = Room(era, agrees=False)
    called = await room.call("generate_summary", session_id=_grounded(room))
    [question] = room.asked
    assert "is grounded, and a new summary grounds it again" in question
    assert "by now " in question
    assert "0 US cents" in question
    assert "does not tell their balance beforehand" in question
    assert (called.data["state"], room.writes) == ("not_sent", [])
    room.agrees = True
    assert (await room.call("generate_summary", session_id=_grounded(room))).data["exists"]


async def test_a_host_that_cannot_ask_grounds_nothing_anew(era: str) -> None:
    """Without a question it is refused; the operator's setting lets the host's approval count."""
    refused = Room(era, agrees=None)
    error = (await refused.call("generate_summary", session_id=_grounded(refused))).error
    assert "HARMONICA_CONFIRM=host" in error
    assert refused.writes == []
    trusted = Room(era, agrees=None, confirm="host")
    called = await trusted.call("generate_summary", session_id=_grounded(trusted))
    assert called.data["state"] == "done"


async def test_other_summaries_ask_nobody(era: str) -> None:
    """Where nothing is grounded, nothing is stale, or grounding is not offered, nobody is asked."""
    room = Room(era, agrees=False)
    plain = room.session("tool library").id
    assert (await room.call("generate_summary", session_id=plain)).data["state"] == "done"
    _grounded(room)
    fresh = await room.call("generate_summary", session_id=plain, only_if_stale=True)
    assert fresh.data["fresh"] is True
    room.sandbox.faults.add("GET /sessions/{id}/grounding", status=405, times=5)
    assert (await room.call("generate_summary", session_id=plain)).data["state"] == "done"
    assert room.asked == []


async def test_a_price_that_cannot_be_read_is_asked_about(era: str) -> None:
    """Where the price makes no sense, the session may be grounded: the question says so."""
    room = Room(era, agrees=False)
    room.sandbox.faults.add("GET /sessions/{id}/grounding", body={"total": 3}, times=5)
    await room.call("generate_summary", session_id=room.session("tool library").id)
    [question] = room.asked
    assert "may be grounded" in question
    assert "a price that cannot be read" in question
