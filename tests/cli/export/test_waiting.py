"""The request budget, and what is shown meanwhile."""

import io
import sys
from datetime import timedelta

import pytest

from harmonica_mcp.cli.export import command
from harmonica_mcp.cli.export.archive import Archive
from harmonica_mcp.cli.export.progress import progress
from harmonica_mcp.cli.export.waiting import Waiting
from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.client.errors import BudgetSpent
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.settings import Settings
from tests.cli.export.conftest import KEY, Harmonica
from tests.server.clock import NOON, now, on_a_clock_of_its_own


def on(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, per_minute: int) -> Settings:
    """Let the command speak to this sandbox, with so many requests a minute."""
    pool = Pool("http://127.0.0.1", requests_per_minute=per_minute, app=sandbox.app)

    def pool_for(told: Settings, *, sandbox: bool) -> Pool:
        assert told.api_key
        assert not sandbox
        return pool

    monkeypatch.setattr(command, "pool_for", pool_for)
    return Settings(api_key=ApiKey(KEY), requests_per_minute=per_minute)


@on_a_clock_of_its_own
async def test_the_budget_is_kept_by_waiting(
    harmonica: Harmonica, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """More sessions than a minute allows take more minutes, without a refused request."""
    sandbox = Sandbox(requests_per_minute=2, clock=now)
    told = on(sandbox, monkeypatch, 2)
    job = command.Job(told, Archive.open(harmonica.folder), {"summary"}, None)
    tally = await job.run([], None, everything=True)
    assert (tally.failures, tally.sessions) == ([], 4)
    assert [request.status for request in sandbox.requests] == [200] * 5
    assert capsys.readouterr().err.count(" s for the request budget\n") == 2


@on_a_clock_of_its_own
async def test_short_waits_are_told_too(
    harmonica: Harmonica, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wait for the last part of a minute is shown like one for a whole minute."""
    sandbox = Sandbox(clock=now)
    told = on(sandbox, monkeypatch, 2)
    job = command.Job(told, Archive.open(harmonica.folder), {"summary"}, None)
    sandbox.faults.add("GET /sessions/{id}", times=2, delay=20)
    tally = await job.run(list(harmonica.tenant.sessions)[:3], None, everything=False)
    assert tally.sessions == 3
    assert "waiting 20 s for the request budget\n" in capsys.readouterr().err


@on_a_clock_of_its_own
async def test_others_may_use_up_the_budget(
    harmonica: Harmonica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When Harmonica itself asks for a minute, that is waited for; an hour is a failure."""
    sandbox = Sandbox(clock=now)
    told = on(sandbox, monkeypatch, 100)
    job = command.Job(told, Archive.open(harmonica.folder), {"summary"}, None)
    refused = {"retry-after": "60"}
    sandbox.faults.add("GET /sessions/{id}", times=2, status=429, headers=refused)
    tally = await job.run([harmonica.done.id], None, everything=False)
    assert tally.failures == []
    assert now() >= NOON + timedelta(seconds=120)
    told = on(sandbox, monkeypatch, 100)
    sandbox.faults.add("GET /sessions/{id}", status=429, headers={"retry-after": "3600"})
    tally = await job.run([harmonica.done.id], None, everything=False)
    assert "try again in 3600 seconds" in tally.failures[0]


@on_a_clock_of_its_own
async def test_waiting_has_an_end() -> None:
    """A budget that never comes back is a failure in the end."""
    waits: list[float] = []

    async def refused() -> None:
        raise BudgetSpent("Spent.")

    with pytest.raises(BudgetSpent):
        await Waiting(waits.append).out(refused)
    assert len(waits) == 20


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_person_sees_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal a bar shows how far it is, and why nothing happens."""
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress(2) as shown:
        shown.done("hst_1", "summary written")
        shown.waits(59.6)
        shown.done("hst_2", "summary unchanged")
    told = terminal.getvalue()
    assert "Exporting" in told
    assert "waiting 60 s for the request budget" in told
    assert "100%" in told
