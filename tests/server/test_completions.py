"""What is offered for arguments while a person types, in both eras."""

from datetime import timedelta

import pytest

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.labels import id_and_title, label
from harmonica_mcp.server.options import Options
from tests.server.completing import (
    BRIEF,
    INVITE,
    PROJECT,
    QUICK,
    asked,
    completion,
    newest_first,
    offered,
)
from tests.server.wire import KEY, Json, Stage


async def test_sessions_for_prompts(stage: Stage) -> None:
    """A prompt's session is chosen by topic with its id, newest first; one request to Harmonica."""
    # The API puts first what was updated last.
    oldest = min(stage.tenant.sessions.values(), key=lambda each: each.created_at)
    oldest.updated_at += timedelta(days=400)
    async with stage.connect() as wire:
        found = await completion(wire, INVITE)
    assert found == {"values": newest_first(stage), "total": 4, "hasMore": False}
    assert stage.sent == ["GET /sessions"]


async def test_what_is_chosen_is_understood(stage: Stage) -> None:
    """What is offered for a session can be given to the prompt as it is."""
    async with stage.connect() as wire:
        for value in await offered(wire, INVITE):
            given = {"name": "invite", "arguments": {"session_id": value}}
            answer = await wire.result("prompts/get", given)
            found, topic = id_and_title(value)
            assert f'Session {found} "{topic}", ' in answer["messages"][0]["content"]["text"]


@pytest.mark.parametrize(
    ("typed", "count"),
    [("REPAIR", 2), ("day spring", 1), ("  ", 4), ("hst_", 2), ("zzz", 0), ("tool zzz", 0)],
)
async def test_filter(stage: Stage, typed: str, count: int) -> None:
    """Every word that was typed is looked for in title and id, in any case and order."""
    async with stage.connect() as wire:
        found = await completion(wire, INVITE, typed=typed)
        ids = await offered(wire, BRIEF, typed=typed)
    fitting = [each for each in newest_first(stage) if set_of(typed) <= set_in(each, typed)]
    assert found["values"] == fitting
    assert len(fitting) == found["total"] == count
    assert ids == [id_and_title(each)[0] for each in fitting]


def set_of(typed: str) -> set[str]:
    """The words of a text."""
    return set(typed.lower().split())


def set_in(text: str, typed: str) -> set[str]:
    """Those words that a text holds."""
    return {word for word in set_of(typed) if word in text.lower()}


async def test_a_chosen_value_fits_itself(stage: Stage) -> None:
    """When a host asks again with the chosen value in the field, that one is offered."""
    async with stage.connect() as wire:
        for value in newest_first(stage):
            assert await offered(wire, INVITE, typed=value) == [value]


async def test_resources_take_ids(stage: Stage) -> None:
    """For an address ids are offered, found by title all the same."""
    async with stage.connect() as wire:
        session = stage.session("spring repair day")
        assert await offered(wire, BRIEF, typed="spring") == [session.id]
        found = await offered(wire, PROJECT, "project_id", "repair")
        [project] = [each for each in stage.tenant.projects.values() if "repair" in each.title]
        assert found == [project.id]
        read = await wire.read(BRIEF["uri"].replace("{session_id}", session.id))
    assert "result" in read


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("template_id", "retro", "Retrospective (id retrospective)"),
        ("group", "fenn", "Fennmill repair café (id -1004200000001)"),
        ("project_id", "repair", "Fennmill repair café (id {})"),
    ],
)
async def test_templates_groups_projects(stage: Stage, name: str, typed: str, value: str) -> None:
    """Templates, groups and projects are chosen by title; one request each."""
    async with stage.connect() as wire:
        found = await offered(wire, QUICK, name, typed)
    [project] = [each for each in stage.tenant.projects.values() if "repair" in each.title]
    assert found == [value.format(project.id)]
    assert len(stage.sent) == 1


async def test_channels(stage: Stage) -> None:
    """Where the choices are ours, nobody is asked."""
    async with stage.connect() as wire:
        assert await offered(wire, INVITE, "channel", "tele") == ["Telegram"]
        assert len(await offered(wire, INVITE, "channel")) == 4
    assert stage.sent == []


async def test_what_can_be_anything(stage: Stage) -> None:
    """Free texts, and arguments that are not there, have no completions."""
    nothing: Json = {"values": [], "total": 0, "hasMore": False}
    transcript = {"type": "ref/resource", "uri": f"{BRIEF['uri'][:-5]}transcript{{?cursor}}"}
    async with stage.connect() as wire:
        for ref, name in ((INVITE, "language"), (INVITE, "colour"), (BRIEF, "project_id")):
            assert await completion(wire, ref, name, "a") == nothing
        assert await completion(wire, transcript, "cursor", "a") == nothing
    assert stage.sent == []


async def test_what_is_not_there(stage: Stage) -> None:
    """A prompt or resource template that there is not is an error that names those that are."""
    async with stage.connect() as wire:
        prompt = {"type": "ref/prompt", "name": "sing"}
        error = await wire.error("completion/complete", asked(prompt, "session_id", ""))
        assert (error["code"], error["message"][:35]) == (
            -32602,
            "Unknown prompt: 'sing'. There are: ",
        )
        resource = {"type": "ref/resource", "uri": "file:///etc/passwd"}
        error = await wire.error("completion/complete", asked(resource, "session_id", ""))
        assert error["code"] == -32602
        assert error["message"].startswith("Unknown resource template. There are: harmonica://sess")


async def test_more_than_fits(stage: Stage) -> None:
    """With more than a hundred, a hundred are offered, and it is said that there are more."""
    items = [
        {"id": f"hst_{number}", "topic": f"Talk {number}", "created_at": None}
        for number in range(100)
    ]
    page: Json = {"data": items, "pagination": {"total": 250, "limit": 100, "offset": 0}}
    stage.sandbox.faults.add("GET /sessions", body=page)
    many = [{"id": f"own-{number}", "title": f"Own {number}"} for number in range(120)]
    stage.sandbox.faults.add("GET /templates", body={"data": many})
    async with stage.connect() as wire:
        sessions = await completion(wire, INVITE)
        some = await completion(wire, INVITE, typed="talk 42")
        templates = await completion(wire, QUICK, "template_id")
        few = await completion(wire, QUICK, "template_id", "own-119")
    assert len(sessions["values"]) == 100
    assert (sessions["hasMore"], sessions.get("total")) == (True, None)
    assert some == {"values": ["Talk 42 (id hst_42)"], "hasMore": True}
    assert len(templates["values"]) == 100
    assert (templates["hasMore"], templates["total"]) == (True, 120)
    assert few == {"values": ["Own 119 (id own-119)"], "hasMore": False, "total": 1}


async def test_arguments_that_are_not_offered(era: str) -> None:
    """What is not taken with these tools is not completed, nor what lockdown withholds."""
    sandbox = Sandbox()
    pool = Pool("http://127.0.0.1", app=sandbox.app)
    server = build_server(pool, ApiKey(KEY), Options(lockdown=True))
    stage = Stage(server, sandbox, pool, era, KEY)
    async with stage.connect() as wire:
        assert await offered(wire, QUICK, "project_id") == []
        error = await wire.error("completion/complete", asked(BRIEF, "session_id", ""))
        assert error["message"] == (
            "Unknown resource template. There are: harmonica://sessions/{session_id}/summary."
        )
        summary = {"type": "ref/resource", "uri": "harmonica://sessions/{session_id}/summary"}
        assert len(await offered(wire, summary)) == 4


async def test_names_without_titles(stage: Stage) -> None:
    """What has no title can be told by its id, and a long title is cut."""
    groups = [{"group_id": "-1001"}, {"group_id": "-1002", "group_name": "long\n" * 60}]
    stage.sandbox.faults.add("GET /integrations/telegram/groups", body={"data": groups})
    async with stage.connect() as wire:
        nameless, long = await offered(wire, QUICK, "group")
    assert nameless == "(no title) (id -1001)"
    assert long == f"{('long ' * 20)[:99]}… (id -1002)"


@pytest.mark.parametrize(
    "text", ["", "hst_1", "Retro (id)", "Retro (id a b)", "(id hst_1)", "(2026)"]
)
def test_other_texts_are_no_labels(text: str) -> None:
    """A text that was typed is taken as it is."""
    assert id_and_title(text) == (text, "")


@pytest.mark.parametrize("title", ["Retro", "Retro (id x)", "A\nB", "Retro (2026)"])
def test_labels(title: str) -> None:
    """A label gives its id and title back."""
    assert id_and_title(label(title, "hst_1")) == ("hst_1", title.replace("\n", " "))
