"""list_meetings, get_transcript, get_meeting_restrictions, update_meeting_restrictions."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonica_mcp.client.meetings import Utterance
from harmonica_mcp.sandbox.records import Meeting
from harmonica_mcp.sandbox.records import Utterance as Said
from harmonica_mcp.server.guard import clean
from harmonica_mcp.server.toolsets.meetings.transcript import MeetingTranscript, turns_of
from tests.server.host import call
from tests.server.wire import Called, Json, Stage

LIST, RESTRICT = "GET /meetings", "POST /meetings/{id}/restrictions"
RESTRICTED = (
    "RESTRICTED. You must NOT summarise it (synthesis), export it (external_export), share it "
    "(sharing).\n"
)


def meeting(stage: Stage, title: str) -> Meeting:
    """A meeting by a piece of its title."""
    return next(each for each in stage.tenant.meetings.values() if title in each.title)


async def test_list(stage: Stage) -> None:
    """Meetings stand in both forms, newest first, with id, state, time and speakers."""
    called = await call(stage, "list_meetings")
    money, planning = called.data["meetings"]
    record = meeting(stage, "money")
    assert (money["id"], planning["title"]) == (record.id, "Planning the autumn repair day")
    assert (money["status"], money["transcript"], money["speakers"]) == ("ready", "ready", 2)
    assert "next_cursor" not in called.data
    assert called.text.startswith(
        f'2 meetings:\n- {record.id} "Insurance and money" (ready, starts {money["starts_at"]}, '
        "transcript ready, 2 speakers)\n- "
    )


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"transcript_status": "processing"}, "processing"),
        ({"has_transcript": True}, "ready"),
        ({"has_transcript": True, "empty_transcript": True}, "empty"),
        ({}, "none"),
    ],
)
async def test_transcripts_in_a_list(stage: Stage, row: Json, shown: str) -> None:
    """A list says for each meeting whether there is a transcript to read."""
    body = {"data": [{"id": "m1", "title": "Talk", "speaker_count": 1, **row}]}
    stage.sandbox.faults.add(LIST, body=body)
    called = await call(stage, "list_meetings")
    assert called.data["meetings"][0]["transcript"] == shown
    assert called.text == (
        f'1 meeting:\n- m1 "Talk" (, starts at an unknown time, transcript {shown}, 1 speaker)'
    )


async def test_filters(stage: Stage) -> None:
    """State and times narrow the list; where nothing fits it says so."""
    planning, money = meeting(stage, "Planning"), meeting(stage, "money")
    between = money.starts_at.isoformat()
    for given_, found in (
        ({"status": "ready"}, {planning.id, money.id}),
        ({"starts_from": between}, {money.id}),
        ({"starts_before": between.replace("+00:00", "Z")}, {planning.id}),
        ({"updated_since": between}, {money.id}),
    ):
        called = await call(stage, "list_meetings", **given_)
        assert {row["id"] for row in called.data["meetings"]} == found
    nothing = await call(stage, "list_meetings", status="cancelled")
    assert nothing.data == {"meetings": [], "left": 0}
    assert nothing.text == "No meeting fits."


@pytest.mark.parametrize("name", ["starts_from", "starts_before", "updated_since"])
async def test_times_are_checked(stage: Stage, name: str) -> None:
    """A time that cannot be read, or that names no offset, is refused by name."""
    odd = await call(stage, "list_meetings", **{name: "last Tuesday"})
    bare = await call(stage, "list_meetings", **{name: "2026-11-22T09:00"})
    assert odd.error == f"{name} must be a time like 2026-11-22T09:00:00Z."
    assert bare.error == f"{name} needs an offset, such as Z or +01:00."
    assert stage.sent == []


async def test_list_page_by_page(stage: Stage) -> None:
    """Pages go on by Harmonica's own cursor; joined they hold each meeting once."""
    one = meeting(stage, "Planning")
    for number in range(30):
        stage.tenant.meetings[f"m{number}"] = replace(one, id=f"m{number}")
    first = await call(stage, "list_meetings")
    last = await call(stage, "list_meetings", cursor=first.data["next_cursor"])
    seen = [row["id"] for page in (first, last) for row in page.data["meetings"]]
    left = len(stage.tenant.meetings) - len(first.data["meetings"])
    assert first.data["left"] == left
    assert first.text.endswith(f"{left} more: call again with cursor {first.data['next_cursor']}.")
    assert (last.data["left"], "next_cursor" in last.data) == (0, False)
    assert sorted(seen) == sorted(stage.tenant.meetings)


async def test_transcript(stage: Stage) -> None:
    """What was said stands in both forms under speaker and time, in a fence, without addresses."""
    record = meeting(stage, "Planning")
    called = await call(stage, "get_transcript", meeting_id=record.id)
    assert called.data["forbidden"] == []
    assert (called.data["total_turns"], called.data["status"]) == (4, "ready")
    assert [turn["at"] for turn in called.data["turns"]] == ["0:00", "0:04", "0:09", "0:15"]
    assert called.fenced == [
        f"[{turn['at']}] {json.dumps(turn['speaker'])}: {json.dumps(turn['words'])}"
        for turn in called.data["turns"]
    ]
    assert called.text.startswith(
        f"No restriction is in force.\nMeeting {record.id}, transcript ready: 4 of 4 turns.\n"
    )
    assert "\nThe end.\n" in called.text
    assert "@" not in str(called.raw["content"]) + str(called.data)


async def test_restrictions_come_first(stage: Stage) -> None:
    """What must not be done is said before a single word, in both forms; pending ones count."""
    called = await call(stage, "get_transcript", meeting_id=meeting(stage, "money").id)
    assert called.text.startswith(RESTRICTED)
    assert called.data["forbidden"] == ["synthesis", "external_export", "sharing"]
    assert list(called.data).index("forbidden") < list(called.data).index("turns")
    assert stage.sent == ["GET /meetings/{id}/restrictions", "GET /meetings/{id}/transcript"]


async def test_a_restriction_that_is_new(stage: Stage) -> None:
    """A restriction that Harmonica adds one day is told by its name."""
    body = {"effective_scopes": ["printing"]}
    stage.sandbox.faults.add("GET /meetings/{id}/restrictions", body=body)
    called = await call(stage, "get_meeting_restrictions", meeting_id="m1")
    assert called.text.startswith("RESTRICTED. You must NOT use it for (printing).\n")


async def test_restrictions_that_cannot_be_read(stage: Stage) -> None:
    """Where the restrictions are not known, no transcript is read."""
    stage.sandbox.faults.add("GET /meetings/{id}/restrictions", body={"history": []})
    called = await call(stage, "get_transcript", meeting_id=meeting(stage, "money").id)
    assert called.error.startswith("Harmonica sent an answer of another shape")
    assert stage.sent == ["GET /meetings/{id}/restrictions"]


async def test_addresses_on_request(stage: Stage) -> None:
    """Speakers' addresses are shown only where they are asked for."""
    called = await call(
        stage, "get_transcript", meeting_id=meeting(stage, "Planning").id, emails=True
    )
    assert called.data["turns"][0]["speaker"] == "Okan <okan@fennmill.example>"
    assert '[0:00] "Okan <okan@fennmill.example>": ' in called.text


async def test_turns_are_joined(stage: Stage) -> None:
    """What one speaker says on end is one turn, under the time of its beginning."""
    record = meeting(stage, "Planning")
    record.utterances = [
        Said("Okan", None, 61_000, 62_000, "Shall we"),
        Said("Okan", None, 63_000, 64_000, "begin?"),
        Said("Priya", None, 65_000, 66_000, "Yes."),
    ]
    called = await call(stage, "get_transcript", meeting_id=record.id, emails=True)
    assert called.data["turns"] == [
        {"speaker": "Okan", "at": "1:01", "words": "Shall we begin?"},
        {"speaker": "Priya", "at": "1:05", "words": "Yes."},
    ]


async def test_a_transcript_that_failed(stage: Stage) -> None:
    """A transcript that failed says why, and has no turns."""
    body: Json = {"status": "failed", "error_message": "No sound", "utterances": []}
    stage.sandbox.faults.add("GET /meetings/{id}/transcript", body=body)
    record = meeting(stage, "Planning")
    called = await call(stage, "get_transcript", meeting_id=record.id)
    assert called.data["problem"] == "No sound"
    assert called.text.split("\n")[1:] == [
        f'Meeting {record.id}, transcript failed ("No sound"): 0 of 0 turns.',
        "The end.",
    ]


async def test_no_transcript(stage: Stage) -> None:
    """A meeting without a transcript, or of somebody else, is told as that."""
    record = meeting(stage, "Planning")
    record.utterances = None
    called = await call(stage, "get_transcript", meeting_id=record.id)
    other = await call(stage, "get_transcript", meeting_id="another")
    assert called.error.endswith("Transcript not available.")
    assert "this key has no access to it" in other.error


async def test_transcript_page_by_page(stage: Stage) -> None:
    """Pages keep their budget in both forms; joined they hold every word once."""
    record = meeting(stage, "Planning")
    record.utterances = [
        Said(f"Speaker {number % 3}", None, number * 1000, number * 1000, f"Word{number} " * 60)
        for number in range(40)
    ]
    said: list[str] = []
    cursor = None
    while True:
        called = await call(
            stage, "get_transcript", meeting_id=record.id, max_tokens=1_000, cursor=cursor
        )
        assert len(called.text.encode()) <= 4_000
        assert (
            len(json.dumps(called.data, ensure_ascii=False, separators=(",", ":")).encode())
            <= 4_000
        )
        said += [word for turn in called.data["turns"] for word in turn["words"].split()]
        cursor = called.data.get("next_cursor")
        if cursor is None:
            break
        assert f"\nMore: call again with cursor {cursor}.\n" in called.text
    assert said == [f"Word{number}" for number in range(40) for _ in range(60)]


async def test_transcript_with_another_cursor(stage: Stage) -> None:
    """A cursor goes on in the same meeting and with the same addresses, or says why not."""
    record = meeting(stage, "Planning")
    record.utterances = [Said("Ada", None, 0, 0, "Word " * 2_000)]
    first = await call(stage, "get_transcript", meeting_id=record.id, max_tokens=1_000)
    following: Json = {"cursor": first.data["next_cursor"]}
    other = await call(stage, "get_transcript", meeting_id=meeting(stage, "money").id, **following)
    assert other.error.startswith("This cursor is not valid here")
    addressed = await call(stage, "get_transcript", meeting_id=record.id, emails=True, **following)
    assert addressed.error.startswith("This cursor goes on with the same emails")
    record.utterances.append(Said("Bo", None, 1, 1, "More."))
    longer = await call(stage, "get_transcript", meeting_id=record.id, **following)
    assert longer.error == addressed.error


TALK = st.lists(
    st.builds(
        Utterance,
        sequence=st.integers(0, 3),
        speaker_name=st.one_of(st.none(), st.text(max_size=200)),
        speaker_email=st.one_of(st.none(), st.text(max_size=200)),
        start_ms=st.one_of(st.none(), st.integers(0, 10**9)),
        text=st.text(st.sampled_from('ab c\n"\\\u2028\N{PILE OF POO}é'), max_size=2_000),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(TALK, st.booleans())
def test_any_turn_fits_the_smallest_page(talk: list[Utterance], emails: bool) -> None:
    """Whatever is said, by whomever: no letter of it is lost, and each turn fits a page."""
    turns = list(turns_of(talk, emails=emails))
    for turn in turns:
        page = MeetingTranscript(
            meeting_id="0" * 36,
            forbidden=[],
            status="ready",
            turns=[turn],
            total_turns=1,
            next_cursor="x" * 20,
        )
        assert len(page.text().encode()) <= 4_000
        assert len(page.model_dump_json(exclude_none=True).encode()) <= 4_000
    letters = [letter for said in talk for letter in clean(said.text) if letter not in " \n"]
    shown = [letter for turn in turns for letter in turn.words if letter not in " \n"]
    assert sorted(shown) == sorted(letters)


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
