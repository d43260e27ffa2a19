"""list_meetings."""

from dataclasses import replace

import pytest

from tests.server.gatherings import meeting
from tests.server.host import call
from tests.server.wire import Json, Stage

LIST = "GET /meetings"


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


@pytest.mark.parametrize(
    ("total", "left", "more"), [(3, 3, "3 more: call again"), (None, 0, "More: call again")]
)
async def test_an_empty_page_that_leads_on(
    stage: Stage, total: int | None, left: int, more: str
) -> None:
    """Where Harmonica filters after paging, both forms lead on from a page that holds nothing."""
    where = {"total": total, "next_cursor": "after-20"}
    stage.sandbox.faults.add(LIST, body={"data": [], "pagination": where})
    called = await call(stage, "list_meetings", status="ready")
    assert (called.data["next_cursor"], called.data["left"]) == ("after-20", left)
    assert called.text == f"0 meetings:\n{more} with cursor after-20."


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
