"""get_session_status: whether the summary is fresh, and what to do next."""

from datetime import timedelta

import pytest

from harmonica_mcp.client import ApiKey
from harmonica_mcp.sandbox import Session
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import Callers
from tests.server.clock import NOON
from tests.server.conftest import MakeStage
from tests.server.examples import SPECS
from tests.server.people import People, say
from tests.server.toolsets.sessions.standing import (
    HOUR,
    MINUTE,
    SUMMARY,
    at_noon,
    older,
    status,
)
from tests.server.wire import KEY, Stage


def after(session: Session, minutes: int) -> None:
    """Somebody has spoken last so long after the summary."""
    session.summary, session.updated_at = "All agreed.", NOON - 2 * HOUR
    People(session).join("Ada", session.updated_at + minutes * MINUTE, said=1).finished = True


@pytest.mark.parametrize(
    ("minutes", "freshness", "brief", "step"),
    [
        (1, "stale", None, "Next: write the summary anew: generate_summary."),
        (-1, "fresh", "# Brief", "Next: read the summary: get_summary."),
    ],
)
async def test_summary(
    stage: Stage, minutes: int, freshness: str, brief: str | None, step: str
) -> None:
    """The summary is stale when something was said after it was written."""
    session = at_noon(stage)
    session.session_md = brief
    after(session, minutes)
    called = await status(stage, session)
    assert (called.data["summary"], called.data["brief"]) == (freshness, bool(brief))
    assert called.data["next_step"] == step
    assert f"summary {freshness}; brief {'there' if brief else 'not there'}." in called.text


@pytest.mark.parametrize(
    ("joined", "spoke", "freshness"),
    [
        ([3 * HOUR], [], "fresh"),
        ([HOUR], [], "fresh"),
        ([HOUR], [HOUR - MINUTE], "stale"),
        ([HOUR], [HOUR - MINUTE, HOUR - 2 * MINUTE], "stale"),
        ([3 * HOUR], [HOUR], "stale"),
        ([3 * HOUR, HOUR], [], "fresh"),
    ],
)
@pytest.mark.parametrize("lists", [True, False])
async def test_summary_when_somebody_only_joins(
    make_stage: MakeStage,
    lists: bool,
    joined: list[timedelta],
    spoke: list[timedelta],
    freshness: str,
) -> None:
    """Who only joined after the summary was written adds nothing to it, as get_summary says too."""
    stage = make_stage(app=None if lists else older)
    session = at_noon(stage)
    session.summary, session.updated_at = "All agreed.", NOON - 2 * HOUR
    threads = [People(session).join("Ada", NOON - ago, said=int(ago > 2 * HOUR)) for ago in joined]
    for ago in spoke:
        say(threads[-1], NOON - ago)
    called = await status(stage, session)
    async with stage.connect() as wire:
        newer = (await wire.call("get_summary", session_id=session.id)).data["newer_messages"]
    assert called.data["summary"] == freshness == ("stale" if newer else "fresh")


async def test_summary_when_somebody_speaks_without_joining(stage: Stage) -> None:
    """Who begins with words of their own has said something, however few messages there are."""
    session = at_noon(stage)
    session.summary, session.updated_at = "All agreed.", NOON - 2 * HOUR
    thread = People(session).join("Ada", NOON - HOUR)
    thread.messages.clear()
    say(thread, NOON - HOUR)
    assert (await status(stage, session)).data["summary"] == "stale"


async def test_summary_without_a_time(stage: Stage) -> None:
    """A summary whose time is not known may be fresh or stale."""
    session = at_noon(stage)
    after(session, 1)
    body = {"session_id": session.id, "summary": "All agreed.", "generated_at": None}
    stage.sandbox.faults.add(SUMMARY, body=body)
    called = await status(stage, session)
    assert called.data["summary"] == "unknown"
    assert called.data["next_step"] == "Next: read the summary: get_summary."


async def test_summary_of_silence(stage: Stage) -> None:
    """Where nobody ever spoke, a summary lacks nothing."""
    session = at_noon(stage)
    session.summary = "Nobody came."
    assert (await status(stage, session)).data["summary"] == "fresh"


@pytest.mark.parametrize(
    ("completed", "joined", "stalled", "finished", "step"),
    [
        (False, 0, 0, 0, "Next: share the join link, then wait: wait_for_participants."),
        (True, 0, 0, 0, "Nobody took part, and the session is completed."),
        (False, 2, 1, 0, "Next: wait for the 1 still talking: wait_for_participants."),
        (False, 2, 1, 1, "Next: remind who stalled, or write the summary: generate_summary."),
        (True, 2, 1, 0, "Next: write the summary: generate_summary."),
        (False, 2, 0, 2, "Next: write the summary: generate_summary."),
    ],
)
@pytest.mark.parametrize("offered", [True, False])
async def test_next_step(
    make_stage: MakeStage,
    offered: bool,
    completed: bool,
    joined: int,
    stalled: int,
    finished: int,
    step: str,
) -> None:
    """It says what to do next, and with which tool where that is served."""
    stage = make_stage()
    if not offered:
        only = [spec for spec in SPECS if spec.name == "get_session_status"]
        stage.server = HarmonicaServer(stage.pool, None, only)
        stage.server.callers = Callers(stage.pool, ApiKey(KEY))
        step = step.replace(": wait_for_participants", "")
        step = step.replace(": generate_summary", " in the Harmonica web app")
    session = at_noon(stage)
    session.status = "completed" if completed else "active"
    people = People(session)
    for number in range(joined):
        thread = people.join("Ada", NOON - (48 if number < stalled else 1) * HOUR)
        thread.finished = number >= joined - finished
    assert (await status(stage, session)).data["next_step"] == step
