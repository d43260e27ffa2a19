"""What costs money or becomes public waits for the user's word."""

from typing import Any

import pytest
from mcp.client import Client
from mcp.client.context import ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.options import Options
from tests.client import conftest

Clock = conftest.Clock
clock = conftest.clock

KEY = "hm_live_" + "0" * 32
MODES = {"2026-07-28": "auto", "2025-11-25": "legacy"}
CAFE = "Fennmill repair café"
DAY = "Neighbourhood day"


class Room:
    """A server on a sandbox whose host can ask its user, who always gives the same answer."""

    def __init__(self, *, agrees: bool) -> None:
        self.sandbox = Sandbox()
        self.asked: list[str] = []
        self.agrees = agrees
        pool = Pool("http://127.0.0.1", app=self.sandbox.app)
        self.server = build_server(pool, ApiKey(KEY), Options(toolsets=("all",)))

    def session(self, topic: str) -> str:
        """The id of the session with this topic."""
        sessions = self.sandbox.tenant(KEY).sessions.values()
        return next(s.id for s in sessions if topic in s.topic)

    async def _ask(self, _: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params.message)
        return ElicitResult(action="accept", content={"go_on": self.agrees})

    async def call(self, era: str, tool: str, arguments: dict[str, Any]) -> CallToolResult:
        """Call a tool once."""
        ask: Any = self._ask
        mode: Any = MODES[era]
        async with Client(self.server, mode=mode, elicitation_callback=ask) as client:
            return await client.call_tool(tool, arguments)


def _arguments(room: Room, tool: str) -> dict[str, Any]:
    talk = room.session("spring repair day")
    return {
        "ground_responses": {"session_id": talk, "max_cents": 1_000},
        "publish_sensemaking_topic": {"project": CAFE, "enabled": True, "slug": "fennmill"},
        "create_unconference_topic": {"project": DAY, "title": "Lamps"},
        "create_template": {"title": "Rounds", "is_public": True},
        "update_session": {"session_id": talk, "results_visibility": "public"},
    }[tool]


ASKED = {
    "ground_responses": "charges its owner",
    "publish_sensemaking_topic": "Anyone will be able to read a page",
    "create_unconference_topic": "often public",
    "create_template": "Everybody on Harmonica",
    "update_session": "becomes visible to anyone",
}


@pytest.mark.parametrize("tool", ASKED)
async def test_nothing_happens_when_the_user_declines(era: str, tool: str) -> None:
    """The user is told the effect in their words, and nothing with an effect is sent after a no."""
    room = Room(agrees=False)
    result = await room.call(era, tool, _arguments(room, tool))
    assert ASKED[tool] in room.asked[0]
    assert result.structured_content is not None
    assert result.structured_content["state"] == "not_sent"
    assert {sent.operation.split()[0] for sent in room.sandbox.requests} <= {"GET"}


@pytest.mark.parametrize("tool", ASKED)
async def test_it_happens_once_the_user_agrees(era: str, tool: str) -> None:
    """After a yes it is asked no more, and done once."""
    room = Room(agrees=True)
    result = await room.call(era, tool, _arguments(room, tool))
    assert not result.is_error, result.content
    assert len(room.asked) == 1
    writes = [s for s in room.sandbox.requests if not s.operation.startswith("GET")]
    assert len(writes) == 1


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
    room = Room(agrees=False)
    await room.call(era, tool, _arguments(room, tool) | changes)
    assert room.asked == []


async def test_widening_asks_only_where_somebody_has_spoken(era: str) -> None:
    """An empty session may be opened to all without a question: there is nothing to show."""
    room = Room(agrees=False)
    made = await room.call(era, "create_session", {"topic": "Empty", "goal": "None"})
    assert made.structured_content is not None
    wider = {"session_id": made.structured_content["id"], "results_visibility": "public"}
    result = await room.call(era, "update_session", wider)
    assert (room.asked, result.is_error) == ([], False)


async def test_a_public_template_is_asked_about_when_it_is_changed(era: str) -> None:
    """Opening an own template to everybody asks first."""
    room = Room(agrees=False)
    await room.call(era, "create_template", {"title": "Rounds"})
    await room.call(era, "update_template", {"template": "Rounds", "title": "More rounds"})
    assert room.asked == []
    await room.call(era, "update_template", {"template": "More rounds", "is_public": True})
    assert "Everybody on Harmonica" in room.asked[0]


async def test_a_host_that_cannot_ask_is_told_what_to_do(era: str) -> None:
    """Without a way to ask, nothing is charged, and the operator's setting is named."""
    room = Room(agrees=True)
    mode: Any = MODES[era]
    async with Client(room.server, mode=mode) as client:
        result = await client.call_tool("ground_responses", _arguments(room, "ground_responses"))
    [content] = result.content
    assert isinstance(content, TextContent)
    assert result.is_error
    assert "charges its owner" in content.text
    assert "HARMONICA_CONFIRM=host" in content.text
    assert room.sandbox.effects.total() == 0


async def test_collecting_what_was_agreed_to_asks_nobody_again(era: str, clock: Clock) -> None:
    """A call that is made again to collect its result is joined, and not asked about once more."""
    room = Room(agrees=True)
    assert clock
    room.sandbox.faults.add("POST /sessions/{id}/grounding", delay_after=100)
    arguments = _arguments(room, "ground_responses")
    states: list[str] = []
    for _ in range(3):
        result = await room.call(era, "ground_responses", arguments)
        assert result.structured_content is not None
        states.append(result.structured_content["state"])
    assert states == ["running", "running", "done"]
    assert len(room.asked) == 1
    assert len([s for s in room.sandbox.requests if s.operation.startswith("POST ")]) == 1


async def test_a_question_that_cannot_be_prepared_in_time(era: str) -> None:
    """Where Harmonica does not even tell the price in time, the call says so and does nothing."""
    room = Room(agrees=True)
    pool = Pool("http://127.0.0.1", app=room.sandbox.app)
    room.sandbox.faults.add("GET /sessions/{id}/grounding", delay=30)
    options = Options(toolsets=("all",), max_call_seconds=0.2)
    room.server = build_server(pool, ApiKey(KEY), options)
    result = await room.call(era, "ground_responses", _arguments(room, "ground_responses"))
    [content] = result.content
    assert isinstance(content, TextContent)
    assert "did not answer in time; nothing was changed" in content.text
    assert (room.asked, room.sandbox.effects.total()) == ([], 0)
