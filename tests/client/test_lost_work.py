"""Lost summaries and scratchpads, and what can be seen of requests under way."""

from collections.abc import Mapping
from typing import Any

import anyio
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import errors
from harmonica_mcp.sandbox import Sandbox, Session
from tests.client.api import Reply, speaking_to
from tests.client.conftest import Clock

CREATE = "POST /sessions"
SUMMARIZE = "POST /sessions/{id}/summary"
SEED = "POST /sessions/{id}/scratchpad"


@pytest.mark.parametrize("fault", [{"drop": "after"}, {"delay": 60, "drop": "after"}])
async def test_a_new_summary_is_found_again(
    fault: Mapping[str, Any], sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """After a lost answer the new summary is read, written only once."""
    sandbox.faults.add(SUMMARIZE, **fault)
    summary = await harmonica.results.generate_summary(tea.id)
    assert summary.recovered
    assert summary.summary == tea.summary
    assert sandbox.effects["summary written"] == 1
    assert [request.operation for request in sandbox.requests].count(SUMMARIZE) == 1


async def test_an_old_summary_is_not_mistaken_for_the_new_one(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session, clock: Clock
) -> None:
    """The summary of an hour ago is not the answer to a request that was lost."""
    await harmonica.results.generate_summary(tea.id)
    await anyio.sleep(3600)
    sandbox.faults.add(SUMMARIZE, drop="before")
    with pytest.raises(errors.Unsettled, match="no newer summary") as caught:
        await harmonica.results.generate_summary(tea.id)
    assert caught.value.check == "GET /sessions/{id}/summary"
    assert sandbox.effects["summary written"] == 1
    assert clock.passed >= 3600 + 170


async def test_a_scratchpad_of_unknown_end_is_asked_for(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """After a lost step its state is read, which costs nothing: there may be more to map."""
    sandbox.faults.add(SEED, drop="after")
    state = await harmonica.scratchpad.step(tea.id)
    assert state.recovered
    assert state.status == "partial"
    batches = sandbox.effects["scratchpad batch"]
    assert batches > 0
    assert (await harmonica.scratchpad.step(tea.id, "status")).status == "exists"
    assert sandbox.effects["scratchpad batch"] == batches


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_every_batch_is_mapped_once(
    lost: int, sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """Whichever step's answer is lost, the whole is mapped in the end, no batch twice."""
    for number in range(12):
        await harmonica.chat.send(tea.id, f"Thought {number}.", participant_name="Ann")
    plain = HarmonicaClient("hm_live_" + "2" * 32, pool=harmonica.pool)
    twin = next(
        each
        for each in sandbox.tenant("hm_live_" + "2" * 32).sessions.values()
        if each.settings["cross_pollination"]
    )
    for number in range(12):
        await plain.chat.send(twin.id, f"Thought {number}.", participant_name="Ann")
    undisturbed = [state async for state in plain.scratchpad.run(twin.id)]
    expected = sandbox.effects["scratchpad batch"]
    assert len(undisturbed) > 2
    for _ in range(lost):
        sandbox.faults.add(SEED)  # these go well
    sandbox.faults.add(SEED, drop="after")
    states = [state async for state in harmonica.scratchpad.run(tea.id)]
    assert states[-1].status == "completed"
    assert [state.recovered for state in states].count(True) == 1
    assert sandbox.effects["scratchpad batch"] == 2 * expected


async def test_a_seeding_of_unknown_end_goes_on_as_an_update() -> None:
    """Where the state does not say how much is left, nothing that was mapped is begun anew."""
    client, api = speaking_to(
        Reply(502),
        Reply(200, {"status": "exists", "themes": 3, "participants": 2}),
        Reply(200, {"status": "partial", "themes": 3, "participants": 2}),
        Reply(200, {"status": "completed", "themes": 4, "participants": 2}),
    )
    states = [state.status async for state in client.scratchpad.run("hst_1")]
    assert states == ["partial", "partial", "completed"]
    assert [sent.json for sent in api.requests] == [
        {"mode": mode} for mode in ("seed", "status", "update", "update")
    ]


async def test_a_lost_last_step_ends_the_run(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """When the lost step was the last one, nothing is begun anew."""
    del tea.threads[1:]
    sandbox.faults.add(SEED, drop="after")
    states = [state async for state in harmonica.scratchpad.run(tea.id)]
    assert [(state.status, state.recovered) for state in states] == [("completed", True)]
    assert sandbox.effects["scratchpad batch"] == 1


async def test_a_scratchpad_that_is_not_there_may_still_come(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """A lost first step of which nothing is to be seen stays open."""
    sandbox.faults.add(SEED, drop="before")
    with pytest.raises(errors.Unsettled, match="may still be at work") as caught:
        await harmonica.scratchpad.step(tea.id)
    assert caught.value.check == SEED
    assert sandbox.effects["scratchpad batch"] == 0


async def test_a_refusal_is_no_lost_answer(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """What Harmonica refuses is told as it is, without looking for anything."""
    tea.settings["cross_pollination"] = False
    with pytest.raises(errors.CrossPollinationOff):
        await harmonica.scratchpad.step(tea.id)
    assert len(sandbox.requests) == 1


async def test_a_request_that_was_sent_elsewhere_is_not_looked_for(
    sandbox: Sandbox, harmonica: HarmonicaClient
) -> None:
    """A redirect to another host means that nothing was done here, so nothing is looked for."""
    sandbox.faults.add(CREATE, status=302, headers={"location": "https://elsewhere.example/"})
    with pytest.raises(errors.UnexpectedAnswer) as caught:
        await harmonica.sessions.create("Tea", "Choose.")
    assert not caught.value.may_have_happened
    assert len(sandbox.requests) == 1


async def test_open_requests_can_be_seen(
    sandbox: Sandbox, harmonica: HarmonicaClient, caplog: pytest.LogCaptureFixture
) -> None:
    """A write under way is listed with its path and time; cut off, it is named in the log."""
    sandbox.faults.add(CREATE, delay=20)
    seen: list[str] = []
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: harmonica.sessions.create("A secret topic", "Choose."))
        await anyio.sleep(5)
        seen += map(str, harmonica.pool.open_requests)
        group.cancel_scope.cancel()
    assert len(seen) == 1
    assert seen[0].startswith("POST /sessions, sent ")
    assert harmonica.pool.open_requests == set()
    assert "Cut off while under way, it may have taken effect: POST /sessions" in caplog.text
    assert "secret" not in caplog.text
    await sandbox.settled()
    assert sandbox.effects["session created"] == 1


async def test_reads_are_not_listed_as_open(sandbox: Sandbox, harmonica: HarmonicaClient) -> None:
    """What changes nothing needs no naming when it is cut."""
    sandbox.faults.add("GET /me", delay=20)
    async with anyio.create_task_group() as group:
        group.start_soon(harmonica.account.me)
        await anyio.sleep(5)
        assert harmonica.pool.open_requests == set()
        group.cancel_scope.cancel()
