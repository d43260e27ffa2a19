"""What needs the user's word is done only with it."""

from typing import Annotated, Any

import pytest
from mcp.client import Client
from mcp.client.context import ClientRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    CallToolResult,
    ElicitRequestParams,
    ElicitResult,
    InputRequiredResult,
    TextContent,
)
from pydantic import Field

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.options import Confirm, Options
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result
from harmonica_mcp.server.work import Work

MODES = {"2026-07-28": "auto", "2025-11-25": "legacy"}


def _text(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


class Done(Result):
    """Something that was done."""

    thing: str

    def text(self) -> str:
        """Say so."""
        return f"Done with {self.thing}."


class Room:
    """A server with one tool of each kind, and what its user is asked."""

    def __init__(self, answer: str | bool | None, confirm: Confirm = "ask") -> None:
        self.done: list[str] = []
        self.asked: list[str] = []
        self.answer = answer
        tools = Toolset("room", "tests")

        async def _pays(thing: str) -> list[Question]:
            return [Question(Risk.SPENDS, f"It costs 10 cents for {thing}.")] if thing else []

        async def _removes(thing: str) -> list[Question]:
            return [Question(Risk.REMOVES, f"{thing} is lost.", thing)]

        @tools.tool("Pay", [], risks=(Risk.SPENDS,), asks=_pays)
        async def pay(thing: Annotated[str, Field(description="What")]) -> Done:
            """Pay for something."""
            self.done.append(thing)
            return Done(thing=thing)

        @tools.tool("Remove", [], risks=(Risk.REMOVES,), asks=_removes)
        async def remove(thing: Annotated[str, Field(description="What")]) -> Done:
            """Remove something."""
            self.done.append(thing)
            return Done(thing=thing)

        async def _both(thing: str) -> list[Question]:
            return [*await _pays(thing), *await _removes(thing), *await _removes("Table")]

        @tools.tool("Swap", [], risks=(Risk.SPENDS, Risk.REMOVES), asks=_both)
        async def swap(thing: Annotated[str, Field(description="What")]) -> Done:
            """Pay for something, and remove it with a table."""
            self.done.append(thing)
            return Done(thing=thing)

        assert pay, (remove, swap)
        self.server = HarmonicaServer(Pool(), None, tools.tools, Options(confirm=confirm))

    async def _ask(self, _: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        self.asked.append(params.message)
        if isinstance(self.answer, bool):
            return ElicitResult(action="accept", content={"go_on": self.answer})
        if self.answer == "nothing":
            return ElicitResult(action="accept", content={})
        return ElicitResult(action="decline" if self.answer == "decline" else "cancel")

    def connect(self, era: str) -> Client:
        """Connect a host that can ask, or one that cannot."""
        ask: Any = None if self.answer is None else self._ask
        return Client(self.server, mode=MODES[era], elicitation_callback=ask)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("tool", ["pay", "remove", "swap"])
async def test_it_is_done_with_the_users_word(era: str, tool: str) -> None:
    """The user is told the effect; once they agree it is done, once."""
    room = Room(answer=True)
    async with room.connect(era) as client:
        result = await client.call_tool(tool, {"thing": "Lamp"})
    assert result.structured_content == {"state": "done", "thing": "Lamp"}
    assert room.done == ["Lamp"]
    assert len(room.asked) == 1
    assert "Lamp" in room.asked[0]


@pytest.mark.parametrize("answer", [False, "decline", "cancel"])
async def test_it_is_not_done_without(era: str, answer: str | bool) -> None:
    """Whoever says no, or closes the question, has nothing done."""
    room = Room(answer=answer)
    async with room.connect(era) as client:
        result = await client.call_tool("pay", {"thing": "Lamp"})
    assert result.structured_content is not None
    assert result.structured_content["state"] == "not_sent"
    assert "your user declined" in result.structured_content["note"]
    assert room.done == []


async def test_an_answer_that_says_nothing(era: str) -> None:
    """A host that sends neither yes nor no has nothing done, and is told so without internals."""
    room = Room(answer="nothing")
    async with room.connect(era) as client:
        result = await client.call_tool("pay", {"thing": "Lamp"})
    assert result.is_error
    assert isinstance(result.content[0], TextContent)
    assert result.content[0].text.startswith("Not done: what this host sent as your user's answer")
    assert room.done == []


async def test_nothing_to_ask(era: str) -> None:
    """A call that calls for no question asks none."""
    room = Room(answer=False)
    async with room.connect(era) as client:
        result = await client.call_tool("pay", {"thing": ""})
    assert not result.is_error
    assert (room.asked, room.done) == ([], [""])


async def test_a_host_that_cannot_ask_spends_nothing(era: str) -> None:
    """Where the host has no way to ask, money needs the operator's setting, which it names."""
    room = Room(answer=None)
    async with room.connect(era) as client:
        result = await client.call_tool("pay", {"thing": "Lamp"})
    assert result.is_error
    assert "It costs 10 cents for Lamp." in _text(result)
    assert "HARMONICA_CONFIRM=host" in _text(result)
    assert room.done == []


async def test_the_hosts_own_approval_counts_where_the_operator_says_so(era: str) -> None:
    """With the operator's setting a host that cannot ask goes on with its own approval."""
    room = Room(answer=None, confirm="host")
    async with room.connect(era) as client:
        result = await client.call_tool("pay", {"thing": "Lamp"})
    assert not result.is_error
    assert room.done == ["Lamp"]


async def test_removing_needs_the_name_where_nobody_can_be_asked(era: str) -> None:
    """Without a question the thing's exact name confirms; anything else is refused and told."""
    room = Room(answer=None)
    async with room.connect(era) as client:
        for wrong in ({}, {"confirm": "yes"}, {"confirm": "true"}):
            refused = await client.call_tool("remove", {"thing": "Lamp", **wrong})
            assert refused.is_error
            assert 'confirm="Lamp"' in _text(refused)
        assert room.done == []
        result = await client.call_tool("remove", {"thing": "Lamp", "confirm": "Lamp"})
    assert not result.is_error
    assert room.done == ["Lamp"]


async def test_several_effects_are_one_question(era: str) -> None:
    """A call with several effects asks once, and says all of them."""
    room = Room(answer=True)
    async with room.connect(era) as client:
        await client.call_tool("swap", {"thing": "Lamp"})
    assert room.asked == ["It costs 10 cents for Lamp. Lamp is lost. Table is lost. Go on?"]


async def test_several_effects_where_nobody_can_be_asked(era: str) -> None:
    """Money needs the operator's setting besides the names, and the names are said together."""
    call = {"thing": "Lamp", "confirm": "Lamp,  Table"}
    room, trusting = Room(answer=None), Room(answer=None, confirm="host")
    async with room.connect(era) as client:
        assert "HARMONICA_CONFIRM=host" in _text(await client.call_tool("swap", call))
    async with trusting.connect(era) as client:
        refused = await client.call_tool("swap", {"thing": "Lamp"})
        assert _text(refused).endswith('then call again with confirm="Lamp, Table".')
        assert not (await client.call_tool("swap", call)).is_error
    assert (room.done, trusting.done) == ([], ["Lamp"])


async def _always(_: Work, __: object) -> bool:
    return True


async def test_what_was_collected_by_another_call_is_not_begun_unasked(
    era: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that only was to join another is told to call again where that one is gone."""
    room = Room(answer=True)
    monkeypatch.setattr(Work, "knows", _always)
    async with room.connect(era) as client:
        result = await client.call_tool("pay", {"thing": "Lamp"})
    assert result.structured_content is not None
    assert result.structured_content["state"] == "not_sent"
    assert "Call again" in result.structured_content["note"]
    assert (room.asked, room.done) == ([], [])


async def _asked(client: Client, thing: str) -> dict[str, Any]:
    """Ask by hand; what has to be sent with the next call."""
    asked = await client.session.call_tool("pay", {"thing": thing}, allow_input_required=True)
    assert isinstance(asked, InputRequiredResult)
    agreed = ElicitResult(action="accept", content={"go_on": True})
    answers = dict.fromkeys(asked.input_requests or {}, agreed)
    return {"input_responses": answers, "request_state": asked.request_state}


async def test_an_answer_counts_once() -> None:
    """The same answer sent again does nothing a second time."""
    room = Room(answer=True)
    async with room.connect("2026-07-28") as client:
        answer = await _asked(client, "Lamp")
        await client.session.call_tool("pay", {"thing": "Lamp"}, **answer)
        with pytest.raises(MCPError, match="requestState"):
            await client.session.call_tool("pay", {"thing": "Lamp"}, **answer)
    assert room.done == ["Lamp"]


async def test_an_answer_counts_for_the_exact_arguments() -> None:
    """An answer about one thing does nothing to another."""
    room = Room(answer=True)
    async with room.connect("2026-07-28") as client:
        answer = await _asked(client, "Lamp")
        with pytest.raises(MCPError, match="requestState"):
            await client.session.call_tool("pay", {"thing": "Yacht"}, **answer)
    assert room.done == []
