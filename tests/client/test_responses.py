"""Conversations as they are read: order, filters, whose words."""

from datetime import UTC, datetime

import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import errors
from harmonica_mcp.client.responses import Participant
from harmonica_mcp.sandbox import Session
from tests.client.api import Reply, speaking_to


def said(role: str, content: str, minute: int) -> dict[str, object]:
    """A message of an hour in January."""
    return {
        "id": f"msg_{minute}",
        "role": role,
        "content": content,
        "created_at": f"2026-01-01T10:{minute:02}:00.000Z",
    }


JOINED = [
    said("user", "User shared the following context:\nName?: Ben", 0),
    said("user", "Let's begin.", 0),
]
PEOPLE: list[dict[str, object]] = [
    {"participant_id": "r3", "participant_name": "Late Lou", "active": True, "messages": []},
    {
        "participant_id": "r2",
        "participant_name": "Ben",
        "active": False,
        "messages": [*JOINED, said("assistant", "Hello.", 1), said("user", "Let's begin. Tea.", 2)],
    },
    {
        "participant_id": "r1",
        "participant_name": "Anna",
        "active": True,
        "messages": [said("user", "Tea.", 5), said("assistant", "Why?", 6), said("user", "So.", 7)],
    },
    {"participant_id": "r4", "participant_name": None, "active": True, "messages": []},
]


async def listed(**filters: object) -> list[Participant]:
    """The people of a session on an edition that ignores all filters."""
    client, _ = speaking_to(Reply(200, {"data": PEOPLE}))
    return await client.responses.list("hst_1", **filters)  # pyright: ignore[reportArgumentType]


async def test_people_come_in_the_order_in_which_they_joined() -> None:
    """The API's own order changes as people speak; whose joining is unknown come first."""
    assert [person.participant_id for person in await listed()] == ["r3", "r4", "r2", "r1"]


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({"name": "an"}, ["r1"]),
        ({"name": "ANNA"}, ["r1"]),
        ({"name": "nobody"}, []),
        ({"min_messages": 1}, ["r2", "r1"]),
        ({"min_messages": 2}, ["r1"]),
        ({"joined_since": datetime(2026, 1, 1, 10, 3, tzinfo=UTC)}, ["r3", "r4", "r1"]),
        ({"joined_since": datetime(2026, 1, 1, 10, 5, tzinfo=UTC)}, ["r3", "r4", "r1"]),
        ({"joined_since": datetime(2026, 1, 1, 10, 6, tzinfo=UTC)}, ["r3", "r4"]),
        ({"joined_since": datetime(2026, 1, 1, 10, 3)}, ["r3", "r4", "r1"]),  # noqa: DTZ001
    ],
)
async def test_filters_hold_on_every_edition(filters: dict[str, object], left: list[str]) -> None:
    """Editions that ignore the filters give the same as those that know them."""
    assert [person.participant_id for person in await listed(**filters)] == left


async def test_filters_are_sent_as_the_api_reads_them() -> None:
    """Times carry their zone; what is not asked for is not sent."""
    client, api = speaking_to(Reply(200, {"data": []}))
    await client.responses.list("hst_1", joined_since=datetime(2026, 1, 1), min_messages=2)  # noqa: DTZ001
    assert api.requests[0].query == {"since": "2026-01-01T00:00:00+00:00", "min_messages": "2"}
    await client.responses.list("hst_1", mode="list", name="Ann")
    assert api.requests[1].query == {"name": "Ann", "mode": "list"}


async def test_own_words_are_the_participants() -> None:
    """What the API writes in somebody's name when they join is not theirs."""
    [ben] = await listed(name="Ben")
    assert [message.own_words for message in ben.messages] == [False, False, False, True]


async def test_a_list_without_messages_still_counts_them() -> None:
    """In list mode the API's own count and times stand in for the messages."""
    person = {
        "participant_id": "r1",
        "participant_name": "Ann",
        "active": True,
        "message_count": 4,
        "first_message_at": "2026-01-01T10:00:00Z",
        "last_message_at": None,
    }
    client, _ = speaking_to(Reply(200, {"data": [person]}))
    [ann] = await client.responses.list("hst_1", mode="list", min_messages=4)
    assert ann.messages == []
    assert ann.first_message_at == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert await client.responses.list("hst_1", mode="list", min_messages=5) == []


async def test_a_conversation_is_read_back(harmonica: HarmonicaClient, tea: Session) -> None:
    """What two people said stands under their names, with the facilitator's answers."""
    await harmonica.chat.send(tea.id, "Green.", participant_name="Zoë")
    reply = await harmonica.chat.send(tea.id, "With milk.", participant_name="Zoë")
    [zoe] = await harmonica.responses.list(tea.id, name="Zoë")
    assert [message.role for message in zoe.messages] == ["user", "assistant"] * 2
    assert zoe.messages[-1].content == reply.message.content
    assert zoe.active


async def test_a_text_of_ones_own_is_stored_trimmed(
    harmonica: HarmonicaClient, tea: Session
) -> None:
    """A response is stored without the spaces around it, and nobody answers it."""
    stored = await harmonica.responses.add(tea.id, "  Green.\n")
    assert (stored.content, stored.session_id, stored.recovered) == ("Green.", tea.id, False)
    [own] = await harmonica.responses.list(tea.id, name="Sandbox Host")
    assert [message.content for message in own.messages] == ["Green."]


async def test_a_closed_session_takes_no_words(harmonica: HarmonicaClient, tea: Session) -> None:
    """Chat, joining and responses are refused with one and the same class."""
    tea.status = "completed"
    for call in (
        harmonica.responses.add(tea.id, "Green."),
        harmonica.chat.send(tea.id, "Green.", participant_name="Ann"),
        harmonica.chat.join(tea.id, participant_name="Ann"),
    ):
        with pytest.raises(errors.SessionClosed):
            await call


@pytest.mark.parametrize("words", ["", "\ufeff \n", "x" * 10_001, "a\x00"])
async def test_what_cannot_be_stored_is_refused(words: str) -> None:
    """Blank, endless and unstorable texts never leave."""
    client, api = speaking_to(Reply(201, {"session_id": "hst_1"}))
    with pytest.raises(errors.InvalidInput):
        await client.responses.add("hst_1", words)
    assert api.requests == []


async def test_a_scratchpad_is_mapped_step_by_step(
    harmonica: HarmonicaClient, tea: Session
) -> None:
    """A run yields the state after each step until all is mapped."""
    for number in range(12):
        await harmonica.chat.send(tea.id, f"Thought {number}.", participant_name="Ann")
    assert (await harmonica.scratchpad.step(tea.id, "status")).status == "empty"
    states = [state async for state in harmonica.scratchpad.run(tea.id)]
    assert [state.status for state in states] == ["partial"] * (len(states) - 1) + ["completed"]
    assert len(states) > 1
    again = [state async for state in harmonica.scratchpad.run(tea.id, "update")]
    assert [state.status for state in again] == ["completed"]
    assert again[0].batches_processed == 0


async def test_odd_messages_are_forgiven() -> None:
    """Nulls and numbers where texts belong, and people without a list of messages, are read."""
    messages = [
        {"id": 5, "role": None, "content": None, "created_at": None, "new": 1},
        {"id": "m", "role": "user", "content": 12.5},
        {"content": "Tea \U0001f375"},
    ]
    people = [
        {"participant_id": 7, "participant_name": 8, "active": None, "messages": messages},
        {"participant_name": None, "messages": None},
    ]
    client, _ = speaking_to(Reply(200, {"data": people}))
    odd, silent = await client.responses.list("hst_1")
    assert [message.content for message in odd.messages] == ["", "12.5", "Tea \U0001f375"]
    assert (odd.participant_id, odd.participant_name, odd.active) == ("7", "8", False)
    assert silent.messages == []


@pytest.mark.parametrize("content", [True, [], {"a": 1}])
async def test_a_message_of_another_shape_is_unexpected(content: object) -> None:
    """What cannot have been said is an odd answer, not a text."""
    people = [{"participant_name": "Ann", "messages": [{"content": content}]}]
    client, _ = speaking_to(Reply(200, {"data": people}))
    with pytest.raises(errors.UnexpectedAnswer):
        await client.responses.list("hst_1")
