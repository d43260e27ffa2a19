"""What operators can know of a call: which, whose, how it ended, what it cost."""

import hashlib
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from mcp.server.mcpserver.exceptions import ResourceError, ToolError, UnexpectedToolError
from starlette.types import Receive, Scope, Send

from harmonica_mcp.client import Pool
from harmonica_mcp.client._budget import OnWait, RequestBudget
from harmonica_mcp.client.errors import RateLimited
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.observing.calls import outcome_of, waited
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result
from tests.server.clock import on_a_clock_of_its_own
from tests.server.conftest import MakeStage
from tests.server.host import hosted
from tests.server.observing.conftest import Told
from tests.server.wire import ENVELOPE, KEY, Json, Stage, connected


async def test_a_call_is_seen_with_its_requests(stage: Stage, told: Told) -> None:
    """A finished call tells its tool, its caller's digest, how many requests it sent and how."""
    session = stage.whole.id
    async with stage.connect() as wire:
        await wire.call("get_session_status", session_id=session)
    seen = told.last
    assert (seen.kind, seen.name, seen.outcome) == ("tool", "get_session_status", "done")
    assert seen.caller == hashlib.sha256(KEY.encode()).hexdigest()[:8]
    assert (seen.requests, seen.status) == (len(stage.sent), 200)
    assert seen.requests > 1
    assert seen.seconds > 0


async def test_a_call_with_an_effect_counts_what_its_work_sends(stage: Stage, told: Told) -> None:
    """Requests that a task of its own sends count for the call that began it."""
    async with stage.connect() as wire:
        await wire.call("create_session", topic="Bees", goal="A place")
    assert (told.last.outcome, told.last.requests, told.last.status) == ("done", 1, 201)


async def test_a_prompt_is_seen_as_such(stage: Stage, told: Told) -> None:
    """That a prompt was asked for is told, besides the reading call that it made."""
    session = stage.whole.id
    async with stage.connect() as wire:
        await wire.result(
            "prompts/get", {"name": "edit_session", "arguments": {"session_id": session}}
        )
        await wire.error("prompts/get", {"name": "invite"})
    assert [(seen.kind, seen.name, seen.outcome) for seen in told.seen] == [
        ("tool", "get_session", "done"),
        ("prompt", "edit_session", "done"),
        ("prompt", "invite", "refused"),
    ]


async def test_repeats_count_as_requests(stage: Stage, told: Told) -> None:
    """What is sent again by itself is a request more, and the last status is told."""
    stage.sandbox.faults.add("GET /me", status=503, times=2)
    async with stage.connect() as wire:
        await wire.call("get_current_user")
    assert (told.last.outcome, told.last.requests, told.last.status) == ("done", 3, 200)


@pytest.mark.parametrize(
    ("tool", "arguments", "outcome"),
    [
        ("list_sessions", {"colour": "green"}, "invalid_input"),
        ("list_sessions", {"limit": "many"}, "invalid_input"),
        ("get_session", {"session_id": "hst_000000000000"}, "forbidden"),
    ],
)
async def test_a_failure_has_the_name_of_its_error(
    stage: Stage, told: Told, tool: str, arguments: dict[str, Any], outcome: str
) -> None:
    """A failed call tells what kind of failure it was, whoever refused it."""
    async with stage.connect() as wire:
        assert (await wire.call(tool, **arguments)).failed
    assert (told.last.name, told.last.outcome) == (tool, outcome)


async def test_without_a_key_there_is_no_caller(make_stage: MakeStage, told: Told) -> None:
    """A caller without a key has no digest."""
    async with make_stage(key=None).connect() as wire:
        await wire.call("get_current_user")
    assert (told.last.outcome, told.last.caller) == ("key_missing", "")


async def test_a_typed_name_is_not_repeated(stage: Stage, told: Told) -> None:
    """A tool that there is not is `unknown`, whatever it was called."""
    async with stage.connect() as wire:
        await wire.error("tools/call", {"name": "my secret", "arguments": {}})
    assert (told.last.name, told.last.outcome) == ("unknown", "refused")


async def test_a_dry_run_is_told_from_a_deed(stage: Stage, told: Told) -> None:
    """A state that a tool answers is the call's outcome."""
    spec = "---\nid: tea\ntitle: Tea\nversion: 0.3.1\n"
    spec += "runtime: { reference: harmonica, artifact: single }\n"
    spec += "stages:\n  - { id: pour, title: Pour }\n---\n## Stage: pour\nAsk.\n"
    async with stage.connect() as wire:
        await wire.call("install_method_spec", text=spec, dry_run=True)
    assert told.last.outcome == "dry_run"


async def test_what_asks_first_is_asked(stage: Stage, told: Told) -> None:
    """A question to the user ends a call of the newer era, and is part of one of the older."""
    async with hosted(stage) as host:
        await host.call("ground_responses", session_id=stage.whole.id, max_cents=500)
    questions = ["asked"] if stage.era == ENVELOPE else []
    assert [seen.outcome for seen in told.seen] == [*questions, "done"]


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("sessions/{}/brief", "brief"),
        ("sessions/{}/summary", "summary"),
        ("sessions/{}/transcript", "transcript"),
        ("sessions/{}/transcript?cursor=x", "transcript"),
        ("sessions/{}", "session"),
        ("projects/{}", "project"),
        ("elsewhere/{}", "unknown"),
    ],
)
async def test_a_resource_is_seen_by_its_kind(
    stage: Stage, told: Told, address: str, kind: str
) -> None:
    """Reading a resource tells which kind it is of, and nothing of its address."""
    async with stage.connect() as wire:
        await wire.read("harmonica://" + address.format(stage.whole.id))
    assert (told.last.kind, told.last.name) == ("resource", kind)


async def test_how_a_resource_ends(stage: Stage, told: Told) -> None:
    """A resource that is there, one that is not, and an address of none are told apart."""
    outcomes: list[str] = []
    async with stage.connect() as wire:
        for session in (stage.whole.id, "hst_000000000000"):
            await wire.read(f"harmonica://sessions/{session}/summary")
            outcomes.append(told.last.outcome)
        await wire.read("harmonica://elsewhere")
        outcomes.append(told.last.outcome)
    assert outcomes == ["done", "forbidden", "refused"]


async def test_the_list_of_resources_is_seen(stage: Stage, told: Told) -> None:
    """Listing resources sends a request, so it is seen; Harmonica's refusal is its outcome."""
    async with stage.connect() as wire:
        await wire.result("resources/list")
        stage.sandbox.faults.add("GET /sessions", status=403)
        await wire.result("resources/list")
    assert [(seen.name, seen.outcome, seen.requests) for seen in told.seen] == [
        ("list", "done", 1),
        ("list", "forbidden", 1),
    ]


def slow(sandbox: Sandbox) -> Callable[..., Any]:
    """Harmonica, which never answers."""
    del sandbox

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        await anyio.sleep_forever()

    return app


@on_a_clock_of_its_own
async def test_a_resource_that_takes_too_long(make_stage: MakeStage, told: Told) -> None:
    """Reading that is given up counts as timed out, with a request that got no answer."""
    stage = make_stage(app=slow)
    async with stage.connect() as wire:
        await wire.read("harmonica://sessions/hst_000000000000")
    seen = told.last
    assert (seen.outcome, seen.status) == ("timed_out", None)


@on_a_clock_of_its_own
async def test_a_cancelled_call(make_stage: MakeStage, told: Told) -> None:
    """A call that its host gives up ends as cancelled."""
    arrived = anyio.Event()

    def app(sandbox: Sandbox) -> Callable[..., Any]:
        async def wait(scope: Scope, receive: Receive, send: Send) -> None:
            arrived.set()
            await slow(sandbox)(scope, receive, send)

        return wait

    stage = make_stage(app=app)
    async with stage.connect() as wire, anyio.create_task_group() as tasks:
        call: Json = {"name": "get_current_user", "arguments": {}}
        tasks.start_soon(wire.request, "tools/call", call)
        await arrived.wait()
        tasks.cancel_scope.cancel()
    assert told.last.outcome == "cancelled"


class Busy(RequestBudget):
    """A budget in which every call waits for its turn, without waiting."""

    async def take(self, digest: str, deadline: float, on_wait: OnWait | None = None) -> None:
        """Say that the call waits."""
        assert on_wait
        await on_wait(41.6)
        await super().take(digest, deadline, on_wait)


@pytest.mark.parametrize("tool", ["get_session", "update_session"])
async def test_waiting_for_the_budget_is_noted(
    make_stage: MakeStage, told: Told, tool: str
) -> None:
    """The seconds for which a call waited for its key's budget are known."""
    stage = make_stage()
    stage.pool.budget = Busy(100)
    more = {"topic": "New"} if tool == "update_session" else {}
    async with stage.connect() as wire:
        await wire.call(tool, session_id=stage.whole.id, **more)
    assert told.last.requests
    assert told.last.waited == pytest.approx(41.6 * told.last.requests)


async def test_a_client_outside_a_call_is_nobodys(stage: Stage, told: Told) -> None:
    """What the process asks Harmonica for by itself counts for no call."""
    waited(1)
    await stage.server.callers.client(None).account.me()
    assert stage.sent == ["GET /me"]
    assert told.seen == []


class Nothing(Result):
    """Nothing."""


async def test_a_crash_is_told(era: str) -> None:
    """A fault of ours is a crash, without its text."""
    toolset = Toolset("broken", "breaking")

    @toolset.tool("Break", [], reads=True)
    async def broken() -> Nothing:
        """Break."""
        raise RuntimeError("a detail")

    server = HarmonicaServer(Pool(), None, toolset.tools)
    told = Told()
    server.calls.listeners.append(told)
    async with connected(server, era) as wire:
        await wire.call("broken")
    assert told.last.outcome == "crashed"


def test_names_of_errors() -> None:
    """An error is told by the name of its cause, in words."""
    cause = RateLimited("Wait.", status=429)
    for wrapper in (ToolError("x"), UnexpectedToolError("x"), ResourceError("x")):
        wrapper.__cause__ = cause
        assert outcome_of(wrapper) == "rate_limited"


def test_an_answer_that_was_not_understood_is_refused() -> None:
    """What a host sent as its user's answer, and is none, is no fault of ours."""
    error = ToolError("x")
    error.__cause__ = ToolError("no content")
    assert outcome_of(error) == "refused"
