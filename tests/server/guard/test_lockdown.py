"""A server that is locked down: nothing that a single person said leaves it."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis.strategies import text

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.sandbox import Sandbox, Session
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.guard.lockdown import without_quotations
from harmonica_mcp.server.options import LOCKED_OUT, Options
from tests.server.examples import NAMES, examples_of
from tests.server.planted import texts
from tests.server.wire import ENVELOPE, KEY, Stage, connected

LEFT = [name for name in NAMES if name not in LOCKED_OUT]
# All at once, which takes long where much is opened and nothing closed.
QUOTED = re.compile(
    r"“[^”\n]*”|„[^“”\n]*[“”]|«[^»\n]*»|»[^«\n]*«|「[^」\n]*」|『[^』\n]*』|《[^》\n]*》|\"[^\"\n]*\""
    r"|\u2018[^\n]*?\u2019(?!\w)|(?m:^[ \t]*(?:[-*+] )?>.*$)"
)
OPTIONS = Options(toolsets=("all",), lockdown=True)


@pytest.fixture(scope="module")
def server() -> HarmonicaServer:
    """A locked server, built once."""
    return build_server(Pool(), None, OPTIONS)


@pytest.fixture
def locked(server: HarmonicaServer) -> Stage:
    """The locked server on a sandbox."""
    sandbox = Sandbox(requests_per_minute=100_000)
    pool = Pool("http://127.0.0.1", app=sandbox.app, requests_per_minute=100_000)
    server.callers = Callers(pool, ApiKey(KEY), lockdown=True)
    return Stage(server, sandbox, pool, ENVELOPE, KEY)


def sentences(stage: Stage) -> set[str]:
    """All that people said in sessions and meetings, and what reasons quote of it."""
    said = {
        message.content
        for session in stage.tenant.sessions.values()
        for thread in session.threads
        for message in thread.messages
        if message.content != "Let's begin."
    }
    for meeting in stage.tenant.meetings.values():
        said |= {utterance.text for utterance in meeting.utterances or []}
    return said


def with_quotes(stage: Stage) -> Session:
    """A session whose summary quotes what was said in several ways."""
    session = stage.whole
    one, two = [thread.messages[3].content for thread in session.threads[:2]]
    session.summary = f'They agreed.\n\n> {one}\n\n- Juna: “{one}” and "{two}", „{two}“.'
    return session


async def test_what_is_served(locked: Stage) -> None:
    """Tools that speak or only show what was said are not there, and cannot be called."""
    async with locked.connect() as wire:
        listed = [tool["name"] for tool in await wire.tools()]
        assert listed == LEFT
        for name in LOCKED_OUT:
            error = await wire.error("tools/call", {"name": name, "arguments": {}})
            assert "Unknown tool" in error["message"]
    assert not locked.sent


@pytest.mark.parametrize("tool", LEFT)
async def test_each_tool(locked: Stage, tool: str) -> None:
    """Nothing that a person said is in a tool's text, in its structured content or in its error."""
    with_quotes(locked)
    said = sentences(locked)
    for arguments in examples_of(locked, tool):
        async with locked.connect() as wire:
            called = await wire.call(tool, **arguments)
        shown = "\n".join(texts(json.loads(json.dumps(called.raw))))
        assert [sentence for sentence in said if sentence in shown] == []


async def test_what_is_left(locked: Stage) -> None:
    """Summaries lose their quotations, knowledge its evidence; counts stay."""
    session = with_quotes(locked)
    async with locked.connect() as wire:
        summary = await wire.call("get_summary", session_id=session.id)
        knowledge = await wire.call("extract_knowledge", session_id=session.id)
        status = await wire.call("get_session_status", session_id=session.id)
        detail = await wire.call("get_session", session_id=session.id)
    mark = "[withheld: this server is locked down]"
    assert summary.data["summary_words"] == (
        f"They agreed.\n\n{mark}\n\n- Juna: {mark} and {mark}, {mark}."
    )
    findings = knowledge.data["findings"]
    assert len(findings) > 10
    assert {finding["words"] for finding in findings} > {mark}
    assert all(not finding["evidence"] for finding in knowledge.data["findings"])
    assert status.data["joined"] == len(session.threads)
    assert detail.data["has_summary"]


async def test_a_session_without_results(locked: Stage) -> None:
    """What is not there is not withheld."""
    async with locked.connect() as wire:
        detail = await wire.call("get_session", session_id=locked.session("Opening").id)
        summary = await wire.call("get_summary", session_id=locked.session("Opening").id)
    assert not detail.data["has_summary"]
    assert not summary.data["exists"]


async def test_resources(locked: Stage) -> None:
    """Only summaries can be read, without their quotations; nothing else is offered."""
    session = with_quotes(locked)
    async with locked.connect() as wire:
        listed = await wire.result("resources/list")
        templates = (await wire.result("resources/templates/list"))["resourceTemplates"]
        read = await wire.read(f"harmonica://sessions/{session.id}/summary")
        others = [
            await wire.read(f"harmonica://{rest}")
            for rest in (
                f"sessions/{session.id}",
                f"sessions/{session.id}/brief",
                f"sessions/{session.id}/transcript",
                f"projects/{next(iter(locked.tenant.projects))}",
            )
        ]
    assert listed["resources"] == []
    assert {each["uriTemplate"] for each in templates} == {
        "harmonica://sessions/{session_id}/summary"
    }
    assert "withheld" in read["result"]["contents"][0]["text"]
    assert not any(each in json.dumps(read, ensure_ascii=False) for each in sentences(locked))
    assert all("locked down" in other["error"]["message"] for other in others)


async def test_instructions(era: str) -> None:
    """The instructions say so, and name no tool that is not there."""
    server = build_server(Pool(), None, OPTIONS)
    told = server.instructions or ""
    assert "This server is locked down" in told
    assert not [name for name in LOCKED_OUT if name in told]
    assert "locked down" not in (build_server(Pool()).instructions or "")
    async with connected(server, era) as wire:
        assert (await wire.result("resources/list"))["resources"] == []


async def test_words_cannot_be_reached_behind_the_tools(locked: Stage) -> None:
    """Even a tool that asks for words gets none: its client withholds or refuses them."""
    callers = Callers(locked.pool, ApiKey(KEY), lockdown=True)
    api: Any = callers.client(None)
    session = locked.whole
    said = sentences(locked)
    people = await api.responses.list(session.id)
    assert [len(person.messages) for person in people] == [
        len(thread.messages) for thread in session.threads
    ]
    assert not said & {message.content for person in people for message in person.messages}
    plain = await Callers(locked.pool, ApiKey(KEY)).client(None).responses.list(session.id)
    assert [[m.own_words for m in p.messages] for p in people] == [
        [m.own_words for m in p.messages] for p in plain
    ]
    meeting = next(iter(locked.tenant.meetings))
    for words in (
        api.chat.send(session.id, "Hello", participant_name="Ada"),
        api.responses.add(session.id, "Hello"),
        api.results.brief(session.id),
        api.meetings.transcript(meeting),
    ):
        with pytest.raises(InvalidInput, match="locked down"):
            await words
    assert api.chat.participant_id(session.id, "Ada").startswith("mcp-")


@pytest.mark.parametrize(
    "text",
    [
        "They said “{}”.",
        '"{}" was heard.',
        "„{}“",
        "« {} »",
        "»{}«",
        "「{}」",
        "\u2018{}\u2019",
        "Text\n> {}\nText",
        "- > {}",
    ],
)
def test_quotations(text: str) -> None:
    """A quotation in any usual marks, and a quoted line, is replaced; the rest stays."""
    quoted = text.format("we don't want it")
    without = without_quotations(quoted)
    assert "want" not in without
    assert without.count("withheld") == 1


@given(text('“”„«»「」『』《》"\u2018\u2019 \n->x', max_size=12))
def test_any_quotations(text: str) -> None:
    """Of any marks in any order the first that opens counts, up to what closes it in its line."""
    assert without_quotations(text, "§") == QUOTED.sub("§", text)


def test_no_quotation() -> None:
    """Apostrophes, inches, comparisons and what is not closed are no quotations."""
    text = 'Ada\u2019s lamp isn\u2019t 5" wide; “ and “ stay open; a > b'
    assert without_quotations(text) == text
