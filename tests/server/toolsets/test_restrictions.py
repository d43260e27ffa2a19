"""get_meeting_restrictions, update_meeting_restrictions."""

import json
from typing import Any

import pytest

from tests.server.gatherings import RESTRICTED, meeting
from tests.server.host import call
from tests.server.wire import Called, Json, Stage

RESTRICT = "POST /meetings/{id}/restrictions"


async def test_restrictions(stage: Stage) -> None:
    """Restrictions stand in both forms, with suggestions in a fence and how to decide on them."""
    record = meeting(stage, "money")
    called = await call(stage, "get_meeting_restrictions", meeting_id=record.id)
    flagged = record.restrictions[1]
    assert called.data["forbidden"] == ["synthesis", "external_export", "sharing"]
    [candidate] = called.data["candidates"]
    assert candidate["candidate_event_id"] == flagged.id
    assert called.fenced == [f"candidate {flagged.id} (synthesis): {json.dumps(flagged.reason)}"]
    assert called.text.startswith(
        RESTRICTED + "1 suggestion to decide on with update_meeting_restrictions:\n"
    )
    assert f"\nMeeting {record.id}: 2 entries in the history.\n" in called.text


async def test_a_restriction_that_is_new(stage: Stage) -> None:
    """A restriction that Harmonica adds one day is told by its name."""
    body = {"effective_scopes": ["printing"]}
    stage.sandbox.faults.add("GET /meetings/{id}/restrictions", body=body)
    called = await call(stage, "get_meeting_restrictions", meeting_id="m1")
    assert called.text.startswith("RESTRICTED. You must NOT use it for (printing).\n")


async def test_no_restriction(stage: Stage) -> None:
    """A meeting without restrictions is told as that."""
    record = meeting(stage, "Planning")
    called = await call(stage, "get_meeting_restrictions", meeting_id=record.id)
    assert called.data["forbidden"] == called.data["candidates"] == []
    assert called.text == (
        f"No restriction is in force.\nMeeting {record.id}: 0 entries in the history."
    )


async def restrict(stage: Stage, title: str = "Planning", **more: Any) -> Called:
    """Change a meeting's restrictions."""
    given_: Json = {"meeting_id": meeting(stage, title).id, "reason": "Agreed in the meeting."}
    return await call(stage, "update_meeting_restrictions", **given_ | more)


async def test_set(stage: Stage) -> None:
    """The complete set is written, and shown as it is in force now."""
    called = await restrict(stage, scopes=["sharing"])
    event = meeting(stage, "Planning").restrictions[-1]
    assert (event.scopes, event.reason) == (("sharing",), "Agreed in the meeting.")
    assert called.data["forbidden"] == ["sharing"]
    assert called.text.startswith("RESTRICTED. You must NOT share it (sharing).\n")
    assert called.text.endswith("1 entry in the history.")
    assert stage.sandbox.effects == {"restriction recorded": 1}


async def test_lift(stage: Stage) -> None:
    """An empty set lifts what the owner set; what was only suggested stays until decided."""
    called = await restrict(stage, "money", scopes=[])
    assert called.data["forbidden"] == ["synthesis"]


@pytest.mark.parametrize(("decision", "forbids"), [("confirm", True), ("dismiss", False)])
async def test_decide(stage: Stage, decision: str, forbids: bool) -> None:
    """A suggestion is confirmed or dismissed, and is none any more."""
    flagged = meeting(stage, "money").restrictions[1]
    called = await restrict(stage, "money", candidate_event_id=flagged.id, decision=decision)
    assert ("synthesis" in called.data["forbidden"]) is forbids
    assert called.data["candidates"] == []
    again = await restrict(stage, "money", candidate_event_id=flagged.id, decision=decision)
    assert "Pending candidate not found" in again.error


@pytest.mark.parametrize(
    "given_",
    [
        {},
        {"decision": "confirm"},
        {"candidate_event_id": "e"},
        {"scopes": [], "candidate_event_id": "e", "decision": "confirm"},
    ],
)
async def test_one_or_the_other(stage: Stage, given_: Json) -> None:
    """Half a decision, or two at once, is refused; nothing is sent."""
    called = await restrict(stage, **given_)
    assert called.error == (
        "Give either scopes, or candidate_event_id with decision. Nothing was done."
    )
    assert RESTRICT not in stage.sent


@pytest.mark.parametrize(
    ("reason", "why"),
    [(" ", "reason must not be empty."), ("x" * 1_001, "reason has 1,001 characters; Harmonica")],
)
async def test_reasons_are_checked(stage: Stage, reason: str, why: str) -> None:
    """A reason that is kept for ever says something, and fits."""
    called = await restrict(stage, scopes=[], reason=reason)
    assert called.error.startswith(why)
    assert RESTRICT not in stage.sent


async def test_a_lost_restriction(stage: Stage) -> None:
    """After a lost answer the change is found in the history: written once, and said so."""
    stage.sandbox.faults.add(RESTRICT, drop="after")
    called = await restrict(stage, scopes=["sharing"])
    assert called.data["recovered"] is True
    assert called.text.endswith("found in the history: do not repeat it.")
    assert stage.sandbox.effects == {"restriction recorded": 1}


async def test_a_restriction_that_is_not_found(stage: Stage) -> None:
    """Where the history does not show it, it may still come: nothing is repeated."""
    stage.sandbox.faults.add(RESTRICT, drop="before")
    called = await restrict(stage, scopes=["sharing"])
    assert called.error.endswith("do not repeat it, check with get_meeting_restrictions.")
    assert stage.sent.count(RESTRICT) == 1
