"""What costs money or becomes public waits for the user's word."""

from typing import Any

import pytest

from tests.client import conftest
from tests.server.asking import Room

Clock = conftest.Clock
clock = conftest.clock

CAFE = "Fennmill repair café"
DAY = "Neighbourhood day"


def _arguments(room: Room, tool: str) -> dict[str, Any]:
    talk = room.session("spring repair day").id
    return {
        "ground_responses": {"session_id": talk, "max_cents": 1_000},
        "publish_sensemaking_topic": {"project": CAFE, "enabled": True, "slug": "fennmill"},
        "create_unconference_topic": {"project": DAY, "title": "Lamps"},
        "create_template": {"title": "Rounds", "is_public": True},
        "update_session": {"session_id": talk, "results_visibility": "public"},
    }[tool]


ASKED = {
    "ground_responses": "charges its owner 30 US cents; Harmonica does not tell their balance",
    "publish_sensemaking_topic": "/t/fennmill without an account, drawn from what people said in",
    "create_unconference_topic": 'The topic "Lamps" is written to the project\'s repository',
    "create_template": 'Everybody on Harmonica can see and use the template "Rounds"',
    "update_session": "What 3 persons said in session",
}


@pytest.mark.parametrize("tool", ASKED)
async def test_nothing_happens_when_the_user_declines(era: str, tool: str) -> None:
    """The user is told the effect in their words, and nothing with an effect is sent after a no."""
    room = Room(era, agrees=False)
    result = await room.call(tool, **_arguments(room, tool))
    assert ASKED[tool] in room.asked[0]
    assert result.data["state"] == "not_sent"
    assert room.writes == []


@pytest.mark.parametrize("tool", ASKED)
async def test_it_happens_once_the_user_agrees(era: str, tool: str) -> None:
    """After a yes it is asked no more, and done once."""
    room = Room(era, agrees=True)
    result = await room.call(tool, **_arguments(room, tool))
    assert result.data["state"] == "done"
    assert (len(room.asked), len(room.writes)) == (1, 1)


@pytest.mark.parametrize(
    ("tool", "changes"),
    [
        ("ground_responses", {"max_cents": 0}),
        ("publish_sensemaking_topic", {"enabled": False}),
        ("create_template", {"is_public": False}),
        ("update_session", {"results_visibility": "host"}),
    ],
)
async def test_what_needs_no_word_is_not_asked(
    era: str, tool: str, changes: dict[str, Any]
) -> None:
    """Withdrawing, keeping private, and what is refused anyway ask nobody."""
    room = Room(era, agrees=False)
    await room.call(tool, **_arguments(room, tool) | changes)
    assert room.asked == []


@pytest.mark.parametrize(
    ("visibility", "whom"), [("participants", "the participants"), ("public", "anyone")]
)
async def test_any_visibility_but_the_hosts_is_wider(era: str, visibility: str, whom: str) -> None:
    """Who could see it before is not known, so every value but `host` is asked about."""
    room = Room(era, agrees=False)
    session = room.session("spring repair day").id
    await room.call("update_session", session_id=session, results_visibility=visibility)
    assert f"becomes visible to {whom}." in room.asked[0]


async def test_widening_asks_only_where_somebody_has_spoken(era: str) -> None:
    """An empty session may be opened to all without a question: there is nothing to show."""
    room = Room(era, agrees=False)
    made = await room.call("create_session", topic="Empty", goal="None")
    wider = {"session_id": made.data["id"], "results_visibility": "public"}
    result = await room.call("update_session", **wider)
    assert (room.asked, result.data["state"]) == ([], "done")


async def test_a_public_template_is_asked_about_when_it_is_changed(era: str) -> None:
    """Opening an own template to everybody asks first."""
    room = Room(era, agrees=False)
    await room.call("create_template", title="Rounds")
    await room.call("update_template", template="Rounds", title="More rounds")
    assert room.asked == []
    await room.call("update_template", template="More rounds", is_public=True)
    assert "Everybody on Harmonica" in room.asked[0]


async def test_a_host_that_cannot_ask_is_told_what_to_do(era: str) -> None:
    """Without a way to ask, nothing is charged, and the operator's setting is named."""
    room = Room(era, agrees=None)
    result = await room.call("ground_responses", **_arguments(room, "ground_responses"))
    assert "charges its owner" in result.error
    assert "HARMONICA_CONFIRM=host" in result.error
    assert room.sandbox.effects.total() == 0


async def test_collecting_what_was_agreed_to_asks_nobody_again(era: str, clock: Clock) -> None:
    """A call that is made again to collect its result is joined, and not asked about once more."""
    room = Room(era, agrees=True)
    assert clock
    room.sandbox.faults.add("POST /sessions/{id}/grounding", delay_after=100)
    arguments = _arguments(room, "ground_responses")
    states: list[str] = []
    for _ in range(3):
        result = await room.call("ground_responses", **arguments)
        states.append(result.data["state"])
    assert states == ["running", "running", "done"]
    assert (len(room.asked), len(room.writes)) == (1, 1)


async def test_a_question_that_cannot_be_prepared_in_time(era: str) -> None:
    """Where Harmonica does not even tell the price in time, the call says so and does nothing."""
    room = Room(era, agrees=True, max_call_seconds=0.2)
    room.sandbox.faults.add("GET /sessions/{id}/grounding", delay=30)
    result = await room.call("ground_responses", **_arguments(room, "ground_responses"))
    assert "did not answer in time; nothing was changed" in result.error
    assert (room.asked, room.sandbox.effects.total()) == ([], 0)
