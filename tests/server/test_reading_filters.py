"""Choosing what is asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.reading import Filters, View, moment
from tests.server.talks import BEGUN, message, page, people_of, said_on

TALK = people_of(
    [
        ("Ada", ["Hello.", "What do you lack?", "More LIGHT, in the café", "Why?", "It is dark."]),
        ("Bo", ["Light is fine.", "And space?"]),
        (None, ["Nothing."]),
    ]
)


def ids(filters: Filters) -> list[str]:
    """The ids of what fits, without the part that all share."""
    return [said.id.removeprefix("msg_000") for said in said_on(page(TALK, filters=filters))]


@pytest.mark.parametrize("wanted", ["da", "DA", "00000000-0000-4000-8000-000000000000"])
def test_one_participant(wanted: str) -> None:
    """A part of the name in any case, or the whole id, chooses."""
    shown = page(TALK, filters=Filters(participant=wanted))
    assert [voice.name for voice in shown.participants] == ["Ada"]


@pytest.mark.parametrize("wanted", ["Zoë", "zoe\u0308", "ZOË K"])
def test_a_participant_with_hidden_characters(wanted: str) -> None:
    """Who came with characters that nobody sees is found by the name that is shown."""
    people = people_of([("\u200bZo\u202ee\u0308\tK", ["Hello."])])
    [voice] = page(people, filters=Filters(participant=wanted)).participants
    assert voice.name == "Zoe\u0308 K"


@pytest.mark.parametrize(
    ("query", "view", "found"),
    [
        ("light", "dialogue", ["00001", "00002", "10000"]),
        ("light", "participants_only", ["00002", "10000"]),
        ("LIGHT more", "participants_only", ["00002"]),
        ("light space", "dialogue", []),
        ("why", "dialogue", []),
        ("CAFE\u0301", "participants_only", ["00002"]),
        (" ", "participants_only", ["00000", "00002", "00004", "10000", "20000"]),
    ],
)
def test_words(query: str, view: View, found: list[str]) -> None:
    """Own messages with all the words fit, in any case; a dialogue shows what they answer."""
    assert ids(Filters(view, query=query)) == found


def test_an_answer_to_an_answer() -> None:
    """A message that fits is told once, also where the next one fits too."""
    people = people_of([("Ada", ["x", "?", "x"])])
    twice = [Participant(participant_id="p", messages=[message("a", "x"), message("b", "x", 1)])]
    assert [said.id for said in said_on(page(twice, filters=Filters(query="x")))] == ["a", "b"]
    assert len(said_on(page(people, filters=Filters(query="x")))) == 3


def test_the_outline_of_a_search() -> None:
    """An outline of a search counts what fits."""
    shown = page(TALK, filters=Filters("outline", query="light"))
    assert [(voice.name, voice.own_messages) for voice in shown.participants] == [
        ("Ada", 1),
        ("Bo", 1),
    ]


def test_since() -> None:
    """Later messages fit, of those who joined long before too; of an answer also the question."""
    since = BEGUN + timedelta(minutes=1)
    assert ids(Filters(since=since)) == ["00002", "00003", "00004", "10001"]
    assert ids(Filters(query="light", since=since)) == ["00001", "00002"]
    rows = page(TALK, filters=Filters("outline", since=since)).participants
    assert [(voice.name, voice.own_messages) for voice in rows] == [("Ada", 2), ("Bo", 0)]


def test_least() -> None:
    """Who wrote fewer own messages is left out."""
    names = [voice.name for voice in page(TALK, filters=Filters(min_messages=2)).participants]
    assert names == ["Ada"]


def test_without_times() -> None:
    """What has no time stays where it is, and counts as said with what stands before it."""
    people = [
        Participant(
            participant_id="p",
            messages=[
                Message(id="c", role="user", content=b"one"),
                message("b", "two", 5),
                Message(id="a", role="user", content=b"three"),
            ],
        )
    ]
    assert [said.id for said in said_on(page(people))] == ["c", "b", "a"]
    later = Filters(since=BEGUN)
    assert [said.id for said in said_on(page(people, filters=later))] == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (None, None),
        ("2026-05-04T11:00:00+02:00", BEGUN),
        ("2026-05-04T09:00:00", BEGUN),
        ("2026-05-04", datetime(2026, 5, 4, tzinfo=UTC)),
    ],
)
def test_moments(text: str | None, meant: datetime | None) -> None:
    """A time is read with its zone, without one as UTC."""
    assert moment("since", text) == meant


@pytest.mark.parametrize("text", ["", "yesterday", "0001-01-01T00:00:00+10:00"])
def test_no_moments(text: str) -> None:
    """What is no time is refused by name."""
    with pytest.raises(InvalidInput, match="since must be a time like"):
        moment("since", text)


def test_words_stand_before_their_answer() -> None:
    """Where both have one time, words stand before the facilitator's answer, whatever their ids."""
    said = [
        message("c", "It is too dark here."),
        message("b", "What would help?", role="assistant"),
        message("a", "Lamps.", 1),
    ]
    for order in (said, said[::-1]):
        shown = page([Participant(participant_id="p", messages=order)])
        assert [each.id for each in said_on(shown)] == ["c", "b", "a"]
