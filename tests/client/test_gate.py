"""The gate: until when a caller's requests with an effect may still leave."""

import anyio
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from harmonica_mcp.client._operation import Gate
from tests.client.api import KEY, URL, Reply, ScriptedApi, page
from tests.client.conftest import Clock

SESSION = {"id": "hst_1", "message": {"content": "Go on."}}
LIMITED = Reply(429, headers={"retry-after": "5"})
CUT = Reply(error=ConnectionResetError())


def gated(
    closes_in: float, *replies: Reply, patience: float = 0.0, per_minute: int = 100
) -> tuple[HarmonicaClient, Gate, ScriptedApi]:
    """A client whose gate closes after so many seconds."""
    gate = Gate(anyio.current_time() + closes_in, patience)
    api = ScriptedApi(*replies)
    pool = Pool(URL, app=api, requests_per_minute=per_minute)
    return HarmonicaClient(KEY, pool=pool, gate=gate), gate, api


@pytest.mark.usefixtures("clock")
async def test_a_closed_gate_lets_nothing_with_an_effect_leave() -> None:
    """When it is too late, a write is not sent, and a read still is."""
    client, gate, api = gated(0, Reply(200, {**SESSION, **page()}))
    with pytest.raises(errors.BudgetSpent, match="too late") as caught:
        await client.sessions.update("hst_1", topic="Tea")
    assert not caught.value.may_have_happened
    assert api.requests == []
    assert not gate.passed
    await client.sessions.list()
    assert not gate.passed


@pytest.mark.usefixtures("clock")
async def test_what_left_is_remembered() -> None:
    """A write that left may have taken effect, even when its answer was a failure."""
    client, gate, _ = gated(100, Reply(500))
    with pytest.raises(errors.ServerError):
        await client.sessions.update("hst_1", topic="Tea")
    assert gate.passed


@pytest.mark.usefixtures("clock")
async def test_what_was_refused_before_any_work_has_not_left() -> None:
    """A 429 is as if nothing had been sent; waiting for it ends with the gate."""
    client, gate, api = gated(7, LIMITED)
    with pytest.raises(errors.RateLimited):
        await client.sessions.update("hst_1", topic="Tea")
    assert len(api.requests) == 2
    assert not gate.passed


async def test_waiting_for_the_budget_ends_with_the_gate(clock: Clock) -> None:
    """A write that would get its turn only after the gate closes is refused at once."""
    client, gate, api = gated(20, Reply(200, SESSION), per_minute=1)
    await client.account.me()
    with pytest.raises(errors.BudgetSpent):
        await client.chat.send("hst_1", "Hello.", participant_name="Ann")
    assert clock.passed == 0
    assert len(api.requests) == 1
    assert not gate.passed


async def test_waiting_for_ones_turn_ends_with_the_gate(clock: Clock) -> None:
    """A turn behind another one is given up when the gate closes."""
    client, _, api = gated(20, Reply(200, SESSION, seconds=60))
    other = HarmonicaClient(KEY, pool=client.pool)
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: other.chat.send("hst_1", "First.", participant_name="Ann"))
        await anyio.sleep(1)
        with pytest.raises(errors.TurnRunning):
            await client.chat.send("hst_1", "Second.", participant_name="Ann")
        assert clock.passed == pytest.approx(20)
    assert len(api.requests) == 1


async def test_what_is_half_done_waits_for_the_gate_to_open_again(clock: Clock) -> None:
    """After a first part has left, the rest waits for somebody who opens the gate again."""
    client, gate, api = gated(10, Reply(200, SESSION), patience=300)
    await client.sessions.update("hst_1", topic="Tea")
    await anyio.sleep(20)

    async def reopen() -> None:
        await anyio.sleep(30)
        gate.move(anyio.current_time() - 1)
        await anyio.sleep(30)
        gate.move(anyio.current_time() + 10)

    async with anyio.create_task_group() as group:
        group.start_soon(reopen)
        await client.sessions.update("hst_1", goal="Choose.")
    assert clock.passed == pytest.approx(80)
    assert len(api.requests) == 2


async def test_patience_with_a_closed_gate_ends(clock: Clock) -> None:
    """When nobody opens it again in time, the rest is not sent."""
    client, _, api = gated(10, Reply(200, SESSION), patience=300)
    await client.sessions.update("hst_1", topic="Tea")
    await anyio.sleep(20)
    with pytest.raises(errors.BudgetSpent, match="too late"):
        await client.sessions.update("hst_1", goal="Choose.")
    assert clock.passed == pytest.approx(320)
    assert len(api.requests) == 1


@pytest.mark.usefixtures("clock")
async def test_a_refused_repeat_does_not_hide_a_lost_answer() -> None:
    """When the first sending may have worked, a later refusal is not told as "nothing done"."""
    client, gate, api = gated(100, CUT, Reply(429, headers={"retry-after": "60"}))
    with pytest.raises(errors.ConnectionLost):
        await client.sessions.update("hst_1", topic="Tea")
    assert len(api.requests) == 2
    assert gate.passed


@pytest.mark.usefixtures("clock")
async def test_a_gate_that_closes_at_the_last_moment_holds() -> None:
    """Between being served and being sent the gate is looked at once more."""
    gate = Gate(anyio.current_time() + 10)
    gate.move(anyio.current_time())
    with pytest.raises(errors.BudgetSpent, match="too late"):
        gate.leave()
    assert not gate.passed


async def test_the_apis_time_is_carried_on(clock: Clock) -> None:
    """A client knows Harmonica's own time from its last answer, whatever this machine's says."""
    clock.wrong_by = 86_400
    dated = Reply(200, {"id": "auth0|1"}, {"date": "Tue, 14 Nov 2023 22:13:20 GMT"})
    client, _, _ = gated(100, dated)
    assert client.now is None
    await client.account.me()
    await anyio.sleep(40)
    assert client.now is not None
    assert client.now.isoformat() == "2023-11-14T22:14:00+00:00"
