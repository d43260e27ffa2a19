"""What answers recommend, where not every tool is served."""

import pytest

from harmonica_mcp.client import ApiKey
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.toolsets import chosen_tools
from tests.server.conftest import MakeStage
from tests.server.examples import NAMES
from tests.server.gatherings import meeting
from tests.server.wire import KEY, Stage

EMPTY, WHOLE, ASKING = "Opening hours", "tool library", "new volunteers"


def offering(stage: Stage, options: Options) -> Stage:
    """Let the stage's server offer these tools only."""
    stage.server = HarmonicaServer(stage.pool, None, chosen_tools(options), options)
    stage.server.callers = Callers(stage.pool, ApiKey(KEY))
    return stage


@pytest.mark.parametrize(
    ("tool", "topic", "end"),
    [
        ("get_session", EMPTY, "\nNo summary yet."),
        ("get_session", WHOLE, "\nSummary and brief are there: get_summary, get_session_brief."),
        ("get_summary", EMPTY, " has no summary yet."),
        ("get_session_questions", EMPTY, " asks nothing beforehand."),
        ("get_session_questions", ASKING, '\n- question_id 2: "Which bench do you like best?"'),
    ],
)
async def test_a_reader_is_sent_to_no_tool_that_writes(
    make_stage: MakeStage, tool: str, topic: str, end: str
) -> None:
    """Where only reading tools are served, no answer sends an agent to one that it lacks."""
    stage = offering(make_stage(), Options(read_only=True))
    assert stage.whole
    async with stage.connect() as wire:
        names = {each["name"] for each in (await wire.result("tools/list"))["tools"]}
        called = await wire.call(tool, session_id=stage.session(topic).id)
    assert called.text.endswith(end)
    assert not [name for name in NAMES if name in called.text and name not in names]


@pytest.mark.parametrize(
    ("tools", "end"),
    [
        (("get_session_questions", "send_chat_message"), ": begin with send_chat_message."),
        (("get_session_questions",), "."),
    ],
)
async def test_a_beginning_with_what_is_served(
    make_stage: MakeStage, tools: tuple[str, ...], end: str
) -> None:
    """Who cannot join is told to begin with a chat turn, where that is served."""
    stage = offering(make_stage(), Options(tools=tools))
    async with stage.connect() as wire:
        called = await wire.call("get_session_questions", session_id=stage.session(EMPTY).id)
    assert called.text.endswith(f" asks nothing beforehand{end}")


@pytest.mark.parametrize(
    ("tool", "head"),
    [
        ("get_edit_history", "5 versions of session {id}; revision_id shows one whole."),
        ("get_meeting_restrictions", "1 suggestion not decided yet:"),
    ],
)
async def test_a_reader_of_what_can_be_changed(make_stage: MakeStage, tool: str, head: str) -> None:
    """What a reader cannot bring back or decide on is shown without the tool that does it."""
    stage = offering(make_stage(), Options(toolsets=("all",), read_only=True))
    session, record = stage.session(EMPTY), meeting(stage, "money")
    named = {"meeting_id": record.id} if "meeting" in tool else {"session_id": session.id}
    async with stage.connect() as wire:
        called = await wire.call(tool, **named)
    assert head.format(id=session.id) in called.text.split("\n")[:2]


async def test_a_summary_without_a_brief_at_hand(make_stage: MakeStage) -> None:
    """Of two results that are there, only the one is named that can be read."""
    stage = offering(make_stage(), Options(tools=("get_session", "get_summary")))
    async with stage.connect() as wire:
        called = await wire.call("get_session", session_id=stage.whole.id)
    assert called.text.endswith("\nSummary and brief are there: get_summary.")


async def test_a_resource_sends_to_no_tool_that_writes(make_stage: MakeStage) -> None:
    """A summary that is not there is told without the tool that would write it."""
    stage = offering(make_stage(), Options(read_only=True))
    async with stage.connect() as wire:
        uri = f"harmonica://sessions/{stage.session(EMPTY).id}/summary"
        error = (await wire.read(uri))["error"]
    assert error["message"] == "This session has no summary yet."
