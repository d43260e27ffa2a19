"""Briefs and summaries as resources, in both eras."""

import logging
from typing import Any

import pytest

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.options import Options
from tests.server.answers import unreachable
from tests.server.conftest import MakeStage
from tests.server.wire import KEY, Json, Stage

AUDIENCE = {"audience": ["user", "assistant"]}
MARKED: Json = {"mimeType": "text/markdown", "_meta": {"harmonica/words": True}}


def content_of(response: Json) -> Json:
    """The only content of a resource that was read."""
    [content] = response["result"]["contents"]
    return content


async def test_templates(stage: Stage) -> None:
    """All are offered as Markdown, for people and models."""
    async with stage.connect() as wire:
        listed = (await wire.result("resources/templates/list"))["resourceTemplates"]
    assert [(each["name"], each["uriTemplate"]) for each in listed] == [
        ("session", "harmonica://sessions/{session_id}"),
        ("session_brief", "harmonica://sessions/{session_id}/brief"),
        ("session_summary", "harmonica://sessions/{session_id}/summary"),
        ("session_transcript", "harmonica://sessions/{session_id}/transcript{?cursor}"),
        ("project", "harmonica://projects/{project_id}"),
    ]
    for template in listed:
        assert template["mimeType"] == "text/markdown"
        assert template["annotations"] == AUDIENCE
        assert template["title"]
        assert template["description"]
    assert stage.sent == []


async def test_list(stage: Stage) -> None:
    """The newest sessions' briefs are listed by topic, for one request."""
    async with stage.connect() as wire:
        listed = (await wire.result("resources/list"))["resources"]
    assert {(each["uri"], each["name"], each["description"]) for each in listed} == {
        (f"harmonica://sessions/{each.id}/brief", each.topic, each.goal)
        for each in stage.tenant.sessions.values()
    }
    assert {each["mimeType"] for each in listed} == {"text/markdown"}
    assert stage.sent == ["GET /sessions"]


async def test_a_session_without_topic(stage: Stage) -> None:
    """A session whose topic is empty is listed by its id."""
    session = stage.session("tool library")
    session.topic = " "
    async with stage.connect() as wire:
        listed = (await wire.result("resources/list"))["resources"]
    assert session.id in {each["name"] for each in listed}


async def test_an_odd_id(stage: Stage) -> None:
    """An id with characters that a URI cannot hold is listed, and read under its URI."""
    session = stage.whole
    session.id = "a b?/é"
    async with stage.connect() as wire:
        listed = (await wire.result("resources/list"))["resources"]
    assert "harmonica://sessions/a%20b%3F%2F%C3%A9/brief" in {each["uri"] for each in listed}


@pytest.mark.parametrize(
    ("setting", "said"),
    [({"key": None}, "No Harmonica API key"), ({"app": unreachable}, "No connection")],
)
async def test_nothing_to_list(
    make_stage: MakeStage,
    caplog: pytest.LogCaptureFixture,
    setting: dict[str, Any],
    said: str,
) -> None:
    """Without a key, or with Harmonica down, the list is empty and the log says why."""
    stage = make_stage(**setting)
    async with stage.connect() as wire:
        assert (await wire.result("resources/list"))["resources"] == []
    [line] = [each for each in caplog.records if each.name.startswith("harmonica_mcp")]
    assert line.levelno == logging.WARNING
    assert line.getMessage().startswith(f"No resources listed: {said}")


async def test_brief(stage: Stage) -> None:
    """A brief is read as Markdown, cleaned."""
    session = stage.whole
    session.session_md = "# Brief\u202e\r\n\nAll \x1b[31mgood."
    uri = f"harmonica://sessions/{session.id}/brief"
    async with stage.connect() as wire:
        content = content_of(await wire.read(uri))
    assert content == MARKED | {"uri": uri, "text": "# Brief\n\nAll good."}
    assert stage.sent == ["GET /sessions/{id}/session-md"]


async def test_summary(stage: Stage) -> None:
    """A summary is read as Markdown, cleaned."""
    session = stage.whole
    session.summary = "All\u200b agreed."
    uri = f"harmonica://sessions/{session.id}/summary"
    async with stage.connect() as wire:
        content = content_of(await wire.read(uri))
    assert content == MARKED | {"uri": uri, "text": "All agreed."}
    assert stage.sent == ["GET /sessions/{id}/summary"]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            "brief",
            "This session has no brief yet; it is written with its summary: generate_summary.",
        ),
        ("summary", "This session has no summary yet: generate_summary writes one."),
    ],
)
async def test_not_there_yet(stage: Stage, kind: str, message: str) -> None:
    """What does not exist yet is not found, with the way to get it."""
    uri = f"harmonica://sessions/{stage.session('Opening hours').id}/{kind}"
    async with stage.connect() as wire:
        error = (await wire.read(uri))["error"]
    assert error == {"code": -32602, "message": message, "data": {"uri": uri}}


@pytest.mark.parametrize("kind", ["brief", "summary"])
async def test_of_another_tenant(stage: Stage, kind: str) -> None:
    """Another tenant's session is not found."""
    other = next(iter(stage.sandbox.tenant("hm_live_" + "f" * 32).sessions))
    async with stage.connect() as wire:
        error = (await wire.read(f"harmonica://sessions/{other}/{kind}"))["error"]
    assert error["code"] == -32602
    assert error["message"].startswith("There is no such thing here, or this key has no access")


@pytest.mark.parametrize("kind", ["brief", "summary"])
@pytest.mark.parametrize("odd", ["a%2Fb", "..", "%2E%2E", "%00", "a%20b", "%C3%A9", "x" * 200, ""])
async def test_malformed_ids(stage: Stage, kind: str, odd: str) -> None:
    """What cannot be an id is not found, and nothing is sent."""
    uri = f"harmonica://sessions/{odd}/{kind}"
    async with stage.connect() as wire:
        error = (await wire.read(uri))["error"]
    assert error["code"] == -32602
    assert error["data"] == {"uri": uri}
    assert stage.sent == []


async def test_unknown_uris(stage: Stage) -> None:
    """A URI that is none of ours is not found."""
    async with stage.connect() as wire:
        for uri in (
            "harmonica://sessions/hst_1/other",
            "file:///etc/passwd",
            "harmonica://x/hst_1/brief",
        ):
            error = (await wire.read(uri))["error"]
            assert (error["code"], error["data"]) == (-32602, {"uri": uri})
    assert stage.sent == []


@pytest.mark.parametrize("kind", ["brief", "summary"])
async def test_without_a_key(make_stage: MakeStage, kind: str) -> None:
    """Without a key, reading says how to get and set one."""
    stage = make_stage(key=None)
    async with stage.connect() as wire:
        error = (await wire.read(f"harmonica://sessions/hst_1/{kind}"))["error"]
    assert error["code"] == -32603
    assert "HARMONICA_API_KEY" in error["message"]


async def test_harmonica_does_not_answer(make_stage: MakeStage, era: str) -> None:
    """Reading ends with the call's time, and says so."""
    stage = make_stage()
    stage.sandbox.faults.add("GET /sessions/{id}/summary", delay=30)
    pool = Pool("http://127.0.0.1", app=stage.sandbox.app)
    server = HarmonicaServer(pool, ApiKey(KEY), [], Options(max_call_seconds=0.2))
    async with Stage(server, stage.sandbox, pool, era, KEY).connect() as wire:
        error = (await wire.read("harmonica://sessions/hst_1/summary"))["error"]
    assert error["code"] == -32603
    assert error["message"] == "Harmonica did not answer in time: try again."


@pytest.mark.parametrize("kind", ["brief", "summary"])
async def test_harmonica_is_down(make_stage: MakeStage, kind: str) -> None:
    """A failure of Harmonica keeps its sentence."""
    stage = make_stage(app=unreachable)
    async with stage.connect() as wire:
        error = (await wire.read(f"harmonica://sessions/hst_1/{kind}"))["error"]
    assert error["code"] == -32603
    assert error["message"] == (
        "No connection to Harmonica could be made; nothing was sent, try again."
    )


async def test_session(stage: Stage) -> None:
    """A session's overview tells its texts, each quoted, and where its results are read."""
    session = stage.whole
    session.context = "Line one\n# no heading\u202e"
    async with stage.connect() as wire:
        text = content_of(await wire.read(f"harmonica://sessions/{session.id}"))["text"]
    assert text.startswith(f"# {session.topic}\n\nSession {session.id}, active, ")
    assert f"## Goal\n\n> {session.goal}\n" in text
    assert "## Context\n\n> Line one\n> # no heading\n" in text
    for kind in ("summary", "brief", "transcript"):
        assert f"- [{kind}](harmonica://sessions/{session.id}/{kind})\n" in text
    assert stage.sent == ["GET /sessions/{id}"]


async def test_session_without_results(stage: Stage) -> None:
    """An overview links only what is there; a time that is not known is told as such."""
    session = stage.session("Opening hours")
    body = session.full() | {"created_at": None, "context": None}
    stage.sandbox.faults.add("GET /sessions/{id}", body=body)
    async with stage.connect() as wire:
        text = content_of(await wire.read(f"harmonica://sessions/{session.id}"))["text"]
    assert "created at an unknown time." in text
    assert "## Context" not in text
    assert text.endswith(f"\n\n- [transcript](harmonica://sessions/{session.id}/transcript)\n")


async def test_transcript(stage: Stage) -> None:
    """A transcript shows everybody's messages with id and time, each quoted; pages are linked."""
    session = stage.session("Opening hours")
    for thread in session.threads:
        thread.messages[-1].content = "long\n# words " * 800
    uri = f"harmonica://sessions/{session.id}/transcript"
    pages: list[str] = []
    following = uri
    async with stage.connect() as wire:
        while following:
            pages.append(content_of(await wire.read(following))["text"])
            _, _, link = pages[-1].partition("[Next page](")
            following = link.removesuffix(")\n")
        refused = await wire.read(f"{uri}?cursor=altered")
    assert len(pages) > 1
    assert following == ""
    assert pages[0].startswith(f"# Session {session.id}: ")
    for thread in session.threads:
        assert f"\n\n## {thread.name}\n\n" in "".join(pages)
        for message in thread.messages:
            assert f"[{message.id}] " in "".join(pages)
    assert not any(line.startswith("# words") for page in pages for line in page.splitlines())
    assert refused["error"]["message"].startswith("This cursor is not valid here")


async def test_project(stage: Stage) -> None:
    """A project tells what it is and links its sessions."""
    project = next(each for each in stage.tenant.projects.values() if "repair" in each.title)
    project.description = "For\nall."
    async with stage.connect() as wire:
        text = content_of(await wire.read(f"harmonica://projects/{project.id}"))["text"]
        project.description = None
        short = content_of(await wire.read(f"harmonica://projects/{project.id}"))["text"]
    assert text.startswith(f"# {project.title}\n\nProject {project.id}, ")
    assert "\n\n> For\n> all.\n\n## Sessions\n\n" in text
    assert "> " not in short
    assert stage.sent == ["GET /projects/{id}"] * 2
