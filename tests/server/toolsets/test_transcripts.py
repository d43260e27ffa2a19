"""get_transcript."""

import json
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from harmonica_mcp.client.meetings import Utterance
from harmonica_mcp.sandbox.records import Utterance as Said
from harmonica_mcp.server.guard import clean
from harmonica_mcp.server.toolsets.meetings.transcript import (
    MeetingTranscript,
    pieces_of,
    turns_of,
)
from tests.server.gatherings import RESTRICTED, meeting
from tests.server.host import call
from tests.server.wire import Json, Stage


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
        "No restriction is in force.\n"
        f"Meeting {record.id}, transcript ready: 4 of 4 turns, 0 left.\n"
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
        f'Meeting {record.id}, transcript failed ("No sound"): 0 of 0 turns, 0 left.',
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


def numbered(number: int) -> Said:
    """Sixty words that are told from all others."""
    return Said(f"Speaker {number % 3}", None, number * 1000, number * 1000, f"Word{number} " * 60)


async def pages(stage: Stage, meeting_id: str, between: Callable[[], None]) -> list[str]:
    """All words of all pages, with something happening between them."""
    said: list[str] = []
    cursor = None
    while True:
        called = await call(
            stage, "get_transcript", meeting_id=meeting_id, max_tokens=1_000, cursor=cursor
        )
        assert len(called.text.encode()) <= 4_000
        data = json.dumps(called.data, ensure_ascii=False, separators=(",", ":"))
        assert len(data.encode()) <= 4_000
        said += [word for turn in called.data["turns"] for word in turn["words"].split()]
        cursor = called.data.get("next_cursor")
        left = called.data["left"]
        assert f" turns, {left} left." in called.text
        assert bool(left) is bool(cursor)
        if cursor is None:
            return said
        assert f"\nMore: call again with cursor {cursor}.\n" in called.text
        between()


async def test_transcript_page_by_page(stage: Stage) -> None:
    """Pages keep their budget in both forms; joined they hold every word once."""
    record = meeting(stage, "Planning")
    record.utterances = list(map(numbered, range(40)))
    first = await call(stage, "get_transcript", meeting_id=record.id, max_tokens=1_000)
    assert first.data["left"] == first.data["total_turns"] - len(first.data["turns"]) > 0
    said = await pages(stage, record.id, lambda: None)
    assert said == [f"Word{number}" for number in range(40) for _ in range(60)]


async def test_a_transcript_that_grows(stage: Stage) -> None:
    """What is added between two pages comes after all else, and moves nothing."""
    record = meeting(stage, "Planning")
    record.utterances = utterances = list(map(numbered, range(10)))

    def more() -> None:
        if len(utterances) < 20:
            utterances.append(numbered(len(utterances)))

    said = await pages(stage, record.id, more)
    assert len(utterances) > 10
    assert said == [f"Word{number}" for number in range(len(utterances)) for _ in range(60)]


async def test_transcript_with_another_cursor(stage: Stage) -> None:
    """A cursor goes on in the same meeting only, with or without addresses."""
    record = meeting(stage, "Planning")
    record.utterances = [Said("Ada", "ada@fennmill.example", 0, 0, "Word " * 2_000)]
    first = await call(stage, "get_transcript", meeting_id=record.id, max_tokens=1_000)
    following: Json = {"cursor": first.data["next_cursor"]}
    other = await call(stage, "get_transcript", meeting_id=meeting(stage, "money").id, **following)
    assert other.error.startswith("This cursor is not valid here")
    addressed = await call(stage, "get_transcript", meeting_id=record.id, emails=True, **following)
    assert addressed.data["turns"][0]["speaker"] == "Ada <ada@fennmill.example>"
    words = [
        word
        for page in (first, addressed)
        for turn in page.data["turns"]
        for word in turn["words"].split()
    ]
    assert len(words) == 2_000


TALK = st.lists(
    st.builds(
        Utterance,
        sequence=st.integers(0, 3) | st.just(2**80),
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
    turns = [turn for _, turn in turns_of(pieces_of(talk, emails=emails))]
    for turn in turns:
        page = MeetingTranscript(
            meeting_id="0" * 36,
            forbidden=[],
            status="ready",
            turns=[turn],
            total_turns=99_999,
            left=99_999,
            next_cursor="x" * 60,
        )
        assert len(page.text().encode()) <= 4_000
        assert len(page.model_dump_json(exclude_none=True).encode()) <= 4_000
    letters = [letter for said in talk for letter in clean(said.text) if letter not in " \n"]
    shown = [letter for turn in turns for letter in turn.words if letter not in " \n"]
    assert sorted(shown) == sorted(letters)
