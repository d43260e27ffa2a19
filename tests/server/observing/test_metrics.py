"""Metrics: what is counted, and that it stays countable."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from harmonica_mcp.client._budget import OnWait, RequestBudget
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.observing.metrics import Metrics
from tests.server.conftest import MakeStage
from tests.server.wire import KEY, Stage


class Waiting(RequestBudget):
    """A budget in which every call waits for its turn, without waiting."""

    async def take(self, digest: str, deadline: float, on_wait: OnWait | None = None) -> None:
        """Say that the call waits."""
        assert on_wait
        await on_wait(20)
        await super().take(digest, deadline, on_wait)


def counting(stage: Stage) -> Metrics:
    """Count what happens on a stage; the server forgets it with the next stage's listeners."""
    metrics = Metrics()
    stage.pool.observers.append(metrics)
    stage.server.calls.listeners[:] = [metrics]
    return metrics


@pytest.fixture(autouse=True)
def _nobody_listens_after(stage: Stage) -> Iterator[None]:
    yield
    stage.server.calls.listeners.clear()


def value(metrics: Metrics, sample: str, /, **labels: str) -> float | None:
    """A sample, None where there is none."""
    return metrics.registry.get_sample_value(f"harmonica_mcp_{sample}", labels)


async def test_calls_are_counted_by_outcome(stage: Stage) -> None:
    """Each call counts for its tool and outcome, and its seconds for its tool."""
    metrics = counting(stage)
    async with stage.connect() as wire:
        await wire.call("get_current_user")
        await wire.call("get_current_user")
        await wire.call("get_session", session_id="hst_000000000000")
        await wire.read("harmonica://sessions/hst_000000000000")
    tool = {"kind": "tool", "name": "get_current_user"}
    assert value(metrics, "calls_total", **tool, outcome="done") == 2
    assert value(metrics, "call_seconds_count", **tool) == 2
    refused = {"name": "get_session", "outcome": "forbidden"}
    assert value(metrics, "calls_total", kind="tool", **refused) == 1
    resource = {"kind": "resource", "name": "session", "outcome": "forbidden"}
    assert value(metrics, "calls_total", **resource) == 1
    assert value(metrics, "calls_in_flight") == 0


async def test_requests_are_counted_by_class_of_status(stage: Stage) -> None:
    """Each request counts for its operation; too many requests and no answer are told apart."""
    metrics = counting(stage)
    me = "GET /me"
    stage.sandbox.faults.add(me, status=503)
    stage.sandbox.faults.add(me, status=429, headers={"retry-after": "0"})
    stage.sandbox.faults.add(me, drop="before")
    async with stage.connect() as wire:
        for _ in range(3):
            await wire.call("get_current_user")
    requests = {
        status: value(metrics, "upstream_requests_total", operation=me, status=status)
        for status in ("2xx", "429", "5xx", "none")
    }
    assert requests == {"2xx": 2, "429": 1, "5xx": 1, "none": 1}
    assert value(metrics, "upstream_seconds_count", operation=me) == 5
    assert value(metrics, "upstream_requests_in_flight") == 0


async def test_what_is_under_way_is_shown(make_stage: MakeStage) -> None:
    """While Harmonica works a call and its request are in flight."""
    during: list[float | None] = []
    metrics: list[Metrics] = []

    def app(sandbox: Sandbox) -> Callable[..., Any]:
        async def look(scope: Scope, receive: Receive, send: Send) -> None:
            names = ("calls_in_flight", "upstream_requests_in_flight")
            during.extend(value(metrics[0], name) for name in names)
            await sandbox.app(scope, receive, send)

        return look

    stage = make_stage(app=app)
    metrics.append(counting(stage))
    async with stage.connect() as wire:
        await wire.call("get_current_user")
    assert during == [1, 1]


async def test_waits_for_the_budget_are_counted(stage: Stage) -> None:
    """How many calls waited for their key's budget, and how long, shows a budget set too low."""
    metrics = counting(stage)
    async with stage.connect() as wire:
        await wire.call("get_current_user")
        assert value(metrics, "budget_waits_total") == 0
        stage.pool.budget = Waiting(100)
        await wire.call("get_current_user")
    assert value(metrics, "budget_waits_total") == 1
    assert value(metrics, "budget_wait_seconds_total") == 20


async def test_labels_come_from_fixed_sets(stage: Stage) -> None:
    """Nothing that a caller typed, no id and nothing of a key becomes a label."""
    metrics = counting(stage)
    async with stage.connect() as wire:
        await wire.call("get_session", session_id=stage.whole.id)
        await wire.error("tools/call", {"name": "typed", "arguments": {}})
        await wire.read("harmonica://typed/too")
    text = metrics.render().decode()
    assert 'operation="GET /sessions/{id}"' in text
    assert 'name="unknown"' in text
    assert not re.search(f"typed|{stage.whole.id}|{KEY}", text)
