"""Who a participant is at a moment, and where they stand in lists."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonica_mcp.client.responses import Responses
from harmonica_mcp.server.guard import quote_whole
from harmonica_mcp.server.status import Person, micros, people_of, short
from harmonica_mcp.server.watching import Seen

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
moments = st.integers(0, 5_000).map(lambda minutes: NOON + timedelta(minutes=minutes))


@st.composite
def persons(draw: st.DrawFn) -> Person:
    """Somebody who joined and perhaps spoke since."""
    first = draw(st.none() | moments)
    last = first and first + timedelta(minutes=draw(st.integers(0, 60)))
    identity = draw(st.uuids().map(str))
    return Person(identity, "P", draw(st.booleans()), draw(st.integers(0, 9)), first, last)


@given(st.lists(persons()), moments)
def test_before(people: list[Person], moment: datetime) -> None:
    """Of an earlier time only those are known who had joined, and what they had said by then."""
    before = Seen(people).before(micros(moment)).people
    assert [p.id for p in before] == [p.id for p in people if (p.first_at or moment) <= moment]
    said_later = {p.id for p in people if p.last_at and p.last_at > moment}
    assert all((p.messages < 0) is (p.id in said_later) for p in before)


@given(st.text(), st.integers(8, 200))
def test_short(text: str, size: int) -> None:
    """A text is cut to a size in bytes as JSON, and only where it must be."""
    shown = short(text, size)
    assert len(quote_whole(shown).encode()) <= size
    assert "\n" not in shown
    assert shown == short(text, 10_000) or shown.endswith("…")


@pytest.mark.parametrize(("moment", "number"), [(None, 0), (datetime(1969, 1, 1, tzinfo=UTC), 0)])
def test_micros(moment: datetime | None, number: int) -> None:
    """No time, and none that a session could have, count as the beginning of all."""
    assert micros(moment) == number


def test_times_of_a_conversation() -> None:
    """Where the API tells first and last times these count, otherwise those of the messages."""
    said = [{"role": "user", "content": "Yes.", "created_at": "2026-03-14T12:00:00Z"}]
    told = {"participant_id": "a", "messages": said, "last_message_at": "2026-03-14T13:00:00Z"}
    [person] = people_of(Responses.model_validate({"data": [told]}).data)
    assert (person.first_at, person.last_at) == (NOON, NOON + timedelta(hours=1))
    assert (person.messages, person.finished, person.name) == (1, True, "")
