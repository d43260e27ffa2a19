"""What is offered for arguments while a person types, in both eras."""

import logging
from datetime import timedelta
from typing import Any

import anyio
import pytest

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.completions import SECONDS, Choices, Kept
from harmonica_mcp.server.labels import id_and_title, label
from harmonica_mcp.server.options import Options
from tests.server.clock import on_a_clock_of_its_own
from tests.server.conftest import MakeStage
from tests.server.examples import SPECS
from tests.server.test_every_tool import unreachable
from tests.server.wire import KEY, Json, Stage, Wire

INVITE: Json = {"type": "ref/prompt", "name": "invite"}
QUICK: Json = {"type": "ref/prompt", "name": "quick_session"}
BRIEF: Json = {"type": "ref/resource", "uri": "harmonica://sessions/{session_id}/brief"}
PROJECT: Json = {"type": "ref/resource", "uri": "harmonica://projects/{project_id}"}
OTHER = "hm_live_" + "f" * 32


def asked(ref: Json, name: str, typed: str) -> Json:
    """The parameters of a request for completions."""
    return {"ref": ref, "argument": {"name": name, "value": typed}}


async def completion(wire: Wire, ref: Json, name: str = "session_id", typed: str = "") -> Json:
    """What is offered."""
    return (await wire.result("completion/complete", asked(ref, name, typed)))["completion"]


async def offered(wire: Wire, ref: Json, name: str = "session_id", typed: str = "") -> list[str]:
    """The values that are offered."""
    return (await completion(wire, ref, name, typed))["values"]


def newest_first(stage: Stage) -> list[str]:
    """The labels of the tenant's sessions, newest first."""
    sessions = sorted(
        stage.tenant.sessions.values(), key=lambda each: each.created_at, reverse=True
    )
    return [f"{each.topic} (id {each.id})" for each in sessions]


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


async def test_typing_costs_one_request(stage: Stage) -> None:
    """However fast somebody types, Harmonica is asked once, for prompts and resources together."""
    async with stage.connect() as wire:
        for typed in ("", "s", "sp", "spr", "spring"):
            await completion(wire, INVITE, typed=typed)
            await completion(wire, BRIEF, typed=typed)
    assert stage.sent == ["GET /sessions"]


async def test_at_the_same_time() -> None:
    """Who asks before the first answer is there waits for it; when the first gives up, goes on."""
    kept, begun, found = Kept(), 0, [0]

    async def ask() -> Choices:
        nonlocal begun
        begun += 1
        await anyio.sleep(0 if begun > 1 else 1_000)
        return Choices(whole=False)

    async def get(caller: str) -> None:
        found.append(len((await kept.get(caller, "session_id", ask)).known))

    async with anyio.create_task_group() as tasks:
        first = anyio.CancelScope()

        async def give_up() -> None:
            with first:
                await get("a")

        tasks.start_soon(give_up)
        await anyio.wait_all_tasks_blocked()
        for _ in range(4):
            tasks.start_soon(get, "a")
        await anyio.wait_all_tasks_blocked()
        assert (begun, len(found)) == (1, 1)
        first.cancel()
    assert (begun, len(found)) == (2, 5)


def test_kept_for_seconds_only(make_stage: MakeStage) -> None:
    """After some seconds Harmonica is asked anew, so that what is new can be chosen."""

    @on_a_clock_of_its_own
    async def test() -> None:
        stage = make_stage()
        async with stage.connect() as wire:
            assert len(await offered(wire, INVITE)) == 4
            gone = stage.tenant.sessions.popitem()[0]
            await anyio.sleep(SECONDS - 1)
            assert len(await offered(wire, INVITE)) == 4
            await anyio.sleep(2)
            left = await offered(wire, INVITE)
        assert len(left) == 3
        assert gone not in str(left)
        assert stage.sent == ["GET /sessions"] * 2

    test()


async def test_each_caller_alone(stage: Stage) -> None:
    """Another key sees nothing of what was kept for the first."""
    async with stage.connect() as wire:
        mine = await offered(wire, INVITE)
        stage.server.callers = Callers(stage.pool, ApiKey(OTHER))
        theirs = await offered(wire, INVITE)
    assert len(theirs) == len(mine) == 4
    assert not {id_and_title(each)[0] for each in mine} & {id_and_title(each)[0] for each in theirs}
    assert stage.sent == ["GET /sessions"] * 2


@pytest.mark.parametrize("setting", [{"key": None}, {"app": unreachable}])
async def test_nothing_to_offer(make_stage: MakeStage, setting: dict[str, Any]) -> None:
    """Without a key, or with Harmonica down, nothing is offered, and nobody is disturbed."""
    stage = make_stage(**setting)
    async with stage.connect() as wire:
        for ref in (INVITE, BRIEF):
            assert await completion(wire, ref) == {"values": [], "total": 0, "hasMore": False}


async def test_a_failure_is_not_repeated(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """A failure is told in the log once, not with every letter that is typed."""
    stage.sandbox.faults.add("GET /sessions", times=9, status=403)
    async with stage.connect() as wire:
        for typed in "abc":
            assert await offered(wire, INVITE, typed=typed) == []
    assert stage.sent == ["GET /sessions"]
    [line] = [each for each in caplog.records if each.name.startswith("harmonica_mcp")]
    assert line.levelno == logging.WARNING
    assert line.getMessage().startswith("Nothing to complete with: ")


async def test_harmonica_does_not_answer(era: str) -> None:
    """Nobody waits for long for what may be chosen."""
    sandbox = Sandbox()
    sandbox.faults.add("GET /sessions", delay=30)
    pool = Pool("http://127.0.0.1", app=sandbox.app)
    server = HarmonicaServer(pool, ApiKey(KEY), SPECS, Options(max_call_seconds=0.2))
    async with Stage(server, sandbox, pool, era, KEY).connect() as wire:
        with anyio.fail_after(20):
            assert await offered(wire, INVITE) == []


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
