"""How often Harmonica is asked while a person types, and when it does not answer."""

import logging
from typing import Any

import anyio
import pytest

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.completions import SECONDS, Choices, Kept
from harmonica_mcp.server.labels import id_and_title
from harmonica_mcp.server.options import Options
from tests.server.answers import unreachable
from tests.server.clock import on_a_clock_of_its_own
from tests.server.completing import BRIEF, INVITE, OTHER, completion, offered
from tests.server.conftest import MakeStage
from tests.server.examples import SPECS
from tests.server.wire import KEY, Stage


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
