"""Prompts: what is given to them, and what they bring along."""

import json

import anyio
import pytest

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.prompts import offers
from tests.redteam.attacks import CASES, outside, pieces
from tests.server.answers import unreachable
from tests.server.conftest import MakeStage
from tests.server.examples import NAMES, SPECS
from tests.server.prompts.prompting import ALL, GIVEN, SOFTLY, got
from tests.server.wire import ENVELOPE, KEY, Json, Stage


@pytest.mark.parametrize("name", ALL)
async def test_every_prompt(stage: Stage, name: str) -> None:
    """Each is answered in one message: what to do, what was given, what its tool says."""
    arguments = {
        each.name: GIVEN.get(each.name, stage.whole.id)
        for each in offers(NAMES)[name].arguments
        if each.name in GIVEN or each.name == "session_id"
    }
    async with stage.connect() as wire:
        text = await got(wire, name, **arguments)
        carried = [each for each in offers(NAMES)[name].carries if each.argument in arguments]
        for each in carried:
            answer = (await wire.call(each.tool, session_id=stage.whole.id)).text
            lines = {line for line in answer.split("\n") if "words" not in line}
            assert lines <= set(text.split("\n"))
    assert text.startswith("# ")
    for argument, value in arguments.items():
        assert f'- {argument}: "{value}"\n' in text
    assert bool(carried) is ("session_id" in arguments)
    assert SOFTLY not in text
    assert text.endswith("\n\nBegin now, as described at the top.")


async def test_nothing_is_given(stage: Stage) -> None:
    """Without arguments, or with empty ones, nothing is said to be given and nothing is read."""
    async with stage.connect() as wire:
        answer = await wire.result("prompts/get", {"name": "design_session"})
        empty = await got(wire, "design_session", intent=" ", language="")
    assert answer["messages"][0]["content"]["text"] == empty
    assert "What I give you" not in empty
    assert stage.sent == []


@pytest.mark.parametrize("reference", ["id", "topic", "link", "label"])
async def test_sessions_by_any_name(stage: Stage, reference: str) -> None:
    """A session may be given by id, topic, link, or as it was chosen from a completion."""
    session = stage.session("tool library")
    given = {
        "id": session.id,
        "topic": "TOOL library",
        "link": f"https://app.harmonica.chat/chat?s={session.id}",
        "label": f"A tool library (id {session.id})",
    }[reference]
    async with stage.connect() as wire:
        text = await got(wire, "check_session", session_id=given)
    assert f"Session {session.id} " in text
    assert (f'- session_id: {session.id} ("A tool library")\n' in text) is (reference == "label")
    assert stage.sent.count("GET /sessions") == (reference == "topic")


async def test_projects(stage: Stage) -> None:
    """What is to be read of a project comes along as well."""
    project = next(each for each in stage.tenant.projects.values() if "repair" in each.title)
    async with stage.connect() as wire:
        text = await got(wire, "decisions_and_actions", project_id=project.title)
        both = await got(
            wire,
            "decisions_and_actions",
            project_id=f"{project.title} (id {project.id})",
            session_id=stage.whole.id,
        )
    for session in project.session_ids:
        assert session in text
    assert "## What get_summary answers" not in text
    assert "## What get_summary answers" in both
    assert "## What get_project answers" in both


async def test_harmonica_is_down(make_stage: MakeStage) -> None:
    """When nothing can be read, the prompt still comes, and says what to do instead."""
    stage = make_stage(app=unreachable)
    async with stage.connect() as wire:
        text = await got(wire, "session_summary", session_id="hst_1")
    assert text.startswith("# What came out of this session?\n")
    assert (
        f"## What get_summary answers\n\n{SOFTLY}No connection to Harmonica could be made; nothing "
        "was sent, try again. Call it yourself, or ask me."
    ) in text


async def test_several_sessions_fit(stage: Stage) -> None:
    """When a topic means several sessions, the prompt names them."""
    async with stage.connect() as wire:
        text = await got(wire, "check_session", session_id="ai")
    assert f"{SOFTLY}Several sessions fit: " in text


async def test_harmonica_does_not_answer(make_stage: MakeStage, era: str) -> None:
    """A prompt does not wait for long, and nothing goes on behind it."""
    stage = make_stage()
    stage.sandbox.faults.add("GET /sessions/{id}/summary", delay=30)
    pool = Pool("http://127.0.0.1", app=stage.sandbox.app)
    server = HarmonicaServer(pool, ApiKey(KEY), SPECS, Options(max_call_seconds=0.4))
    async with Stage(server, stage.sandbox, pool, era, KEY).connect() as wire:
        with anyio.fail_after(20):
            text = await got(wire, "session_summary", session_id="hst_1")
    assert f"{SOFTLY}Harmonica did not answer in time. Call it yourself" in text


async def test_long_summaries(stage: Stage) -> None:
    """What comes along is kept within 2,000 tokens and says how to read on."""
    session = stage.whole
    session.summary = "\n".join(f"Point {number}: more light." for number in range(2_000))
    async with stage.connect() as wire:
        text = await got(wire, "session_summary", session_id=session.id)
    brought = text.partition("## What get_summary answers")[2]
    assert 1_500 < len(brought.encode()) / 4 < 2_300
    assert "More: call get_summary with cursor " in brought


@pytest.mark.parametrize("era", [ENVELOPE])
@pytest.mark.parametrize("case", [each for each in CASES if each["where"] in {"summary", "topic"}])
async def test_strangers_words_stay_data(stage: Stage, case: Json) -> None:
    """What strangers wrote stands in a prompt inside the fence or in quotation marks, counted."""
    session = stage.whole
    setattr(session, case["where"], case["text"])
    prompt = {"summary": "session_summary", "topic": "edit_session"}[case["where"]]
    async with stage.connect() as wire:
        text = await got(wire, prompt, session_id=session.id)
    own = text.partition("## What get_")
    seen = outside(own[2])
    assert not any(piece in seen for piece in pieces(case))
    assert "\u202e" not in text
    assert ("like instructions to an agent" in text) is case["flagged"]


async def test_lockdown(era: str) -> None:
    """A locked server's prompts bring along summaries without quotations, as its tools do."""
    sandbox = Sandbox(requests_per_minute=100_000)
    pool = Pool("http://127.0.0.1", app=sandbox.app, requests_per_minute=100_000)
    server = build_server(pool, ApiKey(KEY), Options(lockdown=True))
    stage = Stage(server, sandbox, pool, era, KEY)
    session = stage.whole
    said = session.threads[0].messages[3].content
    session.summary = f"They agreed: “{said}”"
    async with stage.connect() as wire:
        text = await got(wire, "session_summary", session_id=session.id)
    assert json.dumps("They agreed: [withheld: this server is locked down]") in text
    assert said not in text


def test_called_without_a_host(served: HarmonicaServer) -> None:
    """A prompt can be asked for in Python, without a host."""
    answer = anyio.run(served.get_prompt, "design_session")
    assert len(answer.messages) == 1
