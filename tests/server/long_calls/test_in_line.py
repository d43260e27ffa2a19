"""What waits for its turn or only reads ends with its time and with its caller."""

import pytest
from anyio import sleep

from tests.client.conftest import Clock
from tests.server.long_calls.line import LIMIT, SetUp, on_the_line


async def test_a_look_up_that_takes_long(set_up: SetUp, clock: Clock) -> None:
    """Where the time ends before anything was sent, it is not sent later."""
    stage = set_up()
    stage.sandbox.faults.add("GET /templates", delay=25)
    stage.sandbox.faults.add("GET /sessions/{id}", delay=25)
    change = {"session_id": stage.whole.id, "template": "Retrospective"}
    async with on_the_line(stage, clock) as line:
        called = await line.call("update_session", **change)
        assert (called.data["state"], round(line.after)) == ("not_sent", LIMIT)
        await sleep(1_000)
        assert "PATCH /sessions/{id}" not in stage.sent
        assert (await line.call("update_session", **change)).data["state"] == "done"


@pytest.mark.parametrize("waited", [0, 30])
async def test_waiting_in_line(set_up: SetUp, clock: Clock, waited: int) -> None:
    """A call waits for the request budget within its time, or says at once when to try again."""
    stage = set_up(requests_per_minute=1)
    create = {"topic": "Lamps", "goal": "More light"}
    async with on_the_line(stage, clock) as line:
        await line.call("get_current_user")
        await sleep(waited)
        called = await line.call("create_session", **create)
    assert called.data["state"] == ("done" if waited else "not_sent")
    assert stage.sandbox.effects["session created"] == (1 if waited else 0)
    if not waited:
        assert "try again in 61 seconds" in called.text
        assert line.after < 1


async def test_a_cancel_in_line(set_up: SetUp, clock: Clock) -> None:
    """What waits for the request budget when it is cancelled is never sent."""
    stage = set_up(requests_per_minute=2)
    async with on_the_line(stage, clock) as line:
        await line.call("get_current_user")
        await line.call("get_current_user")
        await sleep(30)
        await line.begin(1, "create_session", {"topic": "Lamps", "goal": "More light"})
        await sleep(1)
        await line.cancel(1)
        await sleep(1_000)
    assert stage.sandbox.effects["session created"] == 0


async def test_a_read_in_two_steps_that_takes_long(set_up: SetUp, clock: Clock) -> None:
    """Where each step keeps its own limit, reading still ends with the call's time."""
    stage = set_up()
    stage.sandbox.faults.add("GET /sessions", delay=25)
    stage.sandbox.faults.add("GET /sessions/{id}/summary", delay=25)
    assert stage.whole
    async with on_the_line(stage, clock) as line:
        called = await line.call("get_summary", session_id="tool library")
        assert round(line.after) == LIMIT
    assert called.error == "Harmonica did not answer in time; nothing was changed, try again."


async def test_a_cancelled_read(set_up: SetUp, clock: Clock) -> None:
    """Reading ends with its caller: nothing more is asked of Harmonica."""
    stage = set_up()
    stage.sandbox.faults.add("GET /sessions/{id}/summary", times=9, status=503)
    async with on_the_line(stage, clock) as line:
        await line.begin(1, "get_summary", {"session_id": stage.whole.id})
        await line.cancel(1)
        before = stage.sent.count("GET /sessions/{id}/summary")
        await sleep(100)
    assert stage.sent.count("GET /sessions/{id}/summary") == before <= 1
