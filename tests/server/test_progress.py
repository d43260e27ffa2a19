"""What a call tells while it goes on."""

import itertools

import pytest
from anyio import current_time

from harmonica_mcp.client._budget import OnWait, RequestBudget
from tests.server.conftest import MakeStage
from tests.server.wire import Json, Stage, Wire

SCRATCHPAD = "POST /sessions/{id}/scratchpad"


def told(wire: Wire, *, about: str) -> list[Json]:
    """The notifications with a word in them, when all of them together grow as they must."""
    numbers = [each["progress"] for each in wire.progress]
    assert all(before < after for before, after in itertools.pairwise(numbers))
    for each in wire.progress:
        assert each["progress"] <= each.get("total", each["progress"])
        assert each["message"]
    return [each for each in wire.progress if about in each["message"]]


async def test_scratchpad(stage: Stage) -> None:
    """Seeding tells the batches done of all there are, call by call of the API."""
    async with stage.connect() as wire:
        await wire.call("seed_scratchpad", session_id=stage.whole.id)
    batches = told(wire, about="batches")
    assert [(int(each["progress"]), each["total"], each["message"]) for each in batches] == [
        (2, 5, "2 of 5 batches"),
        (4, 5, "4 of 5 batches"),
        (5, 5, "5 of 5 batches"),
    ]


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_scratchpad_with_a_lost_answer(stage: Stage, lost: int) -> None:
    """Numbers grow and stay below the total also when an answer in between says nothing of it."""
    for _ in range(lost):
        stage.sandbox.faults.add(SCRATCHPAD)
    stage.sandbox.faults.add(SCRATCHPAD, drop="after")
    async with stage.connect() as wire:
        await wire.call("seed_scratchpad", session_id=stage.whole.id)
    assert len(told(wire, about="batches")) >= 2


async def test_scratchpad_without_words(stage: Stage) -> None:
    """Where there is nothing to do, no total is claimed."""
    session = stage.whole
    session.threads.clear()
    async with stage.connect() as wire:
        await wire.call("seed_scratchpad", session_id=session.id)
    [only] = told(wire, about="batches")
    assert "total" not in only


async def test_summary(stage: Stage) -> None:
    """Writing a summary says at once how long it may take."""
    async with stage.connect() as wire:
        await wire.call("generate_summary", session_id=stage.whole.id)
    said = {each["message"] for each in told(wire, about="90 s")}
    assert said == {"Harmonica writes the summary, which takes about 90 s"}


class Busy(RequestBudget):
    """A budget in which every call waits for its turn, without waiting."""

    async def take(self, digest: str, deadline: float, on_wait: OnWait | None = None) -> None:
        """Say that the call waits."""
        assert deadline > current_time()
        assert on_wait
        await on_wait(41.6)
        await super().take(digest, deadline, on_wait)


@pytest.mark.parametrize("tool", ["get_session", "update_session"])
async def test_waiting_for_the_request_budget(make_stage: MakeStage, tool: str) -> None:
    """A call that waits for its turn says for how long."""
    stage = make_stage()
    stage.pool.budget = Busy(100)
    more = {"topic": "New"} if tool == "update_session" else {}
    async with stage.connect() as wire:
        await wire.call(tool, session_id=stage.whole.id, **more)
    waits = told(wire, about="Waiting")
    assert {each["message"] for each in waits} == {"Waiting 42 s for the request budget"}
    assert len(waits) >= len(stage.sent)


async def test_nobody_asked(stage: Stage) -> None:
    """Without a progress token nothing is told, and the call goes on all the same."""
    async with stage.connect() as wire:
        wire.asks_for_progress = False
        called = await wire.call("seed_scratchpad", session_id=stage.whole.id)
    assert called.data["status"] == "completed"
    assert wire.progress == []
