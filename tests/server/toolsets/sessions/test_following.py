"""get_session_status: who stands where, told shortly."""

from collections.abc import Callable
from typing import Any

import pytest
from mcp.client import Client
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.sandbox import Sandbox
from tests.server.clock import NOON
from tests.server.conftest import MakeStage
from tests.server.people import People, counted
from tests.server.toolsets.sessions.standing import (
    HOUR,
    LIMIT,
    RESPONSES,
    SUMMARY,
    at_noon,
    older,
    sizes,
    status,
)
from tests.server.wire import Stage


@pytest.mark.parametrize(("app", "messages", "whose"), [(older, 3, "own"), (None, 9, "all")])
async def test_who_stands_where(
    make_stage: MakeStage, app: Callable[[Sandbox], ASGIApp] | None, messages: int, whose: str
) -> None:
    """Joined, talking, finished, stalled: in one call, whether or not the edition has list mode."""
    stage = make_stage(app=app)
    session = at_noon(stage)
    people = People(session)
    people.join("Fay", NOON - 90 * HOUR, 3).finished = True
    people.join("Tom", NOON - HOUR, 3)
    people.join("Sue", NOON - 25 * HOUR, 3)
    called = await status(stage, session)
    assert stage.sent[0] == "GET /sessions/{id}"
    assert sorted(stage.sent[1:]) == ["GET /sessions/{id}/questions", RESPONSES, SUMMARY]
    assert [called.data[name] for name in ("joined", "talking", "finished", "stalled")] == [
        3,
        1,
        1,
        1,
    ]
    assert called.data["counted"] == f"{whose} messages"
    assert called.data["people"] == [
        {
            "name": "Sue",
            "state": "stalled",
            "messages": messages,
            "last_at": "2026-03-13T11:00:03Z",
        },
        {
            "name": "Tom",
            "state": "talking",
            "messages": messages,
            "last_at": "2026-03-14T11:00:03Z",
        },
        {
            "name": "Fay",
            "state": "finished",
            "messages": messages,
            "last_at": "2026-03-10T18:00:03Z",
        },
    ]
    assert called.text == (
        f'Session {session.id} "{session.topic}", active: 3 joined, 1 finished, 1 talking, '
        f"1 stalled; 0 questions beforehand.\n"
        f"Each with {whose} messages, longest silent first:\n"
        f'- "Sue" stalled, {messages} messages, last 2026-03-13T11:00:03Z\n'
        f'- "Tom" talking, {messages} messages, last 2026-03-14T11:00:03Z\n'
        f'- "Fay" finished, {messages} messages, last 2026-03-10T18:00:03Z\n'
        "Newest message 2026-03-14T11:00:03Z; summary none; brief not there.\n"
        "Next: wait for the 1 still talking: wait_for_participants."
    )


async def test_stalled_hours(stage: Stage) -> None:
    """How long a silence makes somebody stalled is the caller's to say."""
    session = at_noon(stage)
    People(session).join_all(["Ada", "Bo"], NOON - 3 * HOUR)
    for hours, stalled in ((2, 2), (4, 0), (0, 2), (10_000, 0)):
        called = await status(stage, session, stalled_hours=hours)
        assert called.data["stalled"] == stalled


@pytest.mark.parametrize("wrong", [-400, 0, 400])
async def test_this_machines_clock(
    stage: Stage, wrong: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has stalled is told by Harmonica's clock, however many days this machine's is wrong."""
    session = at_noon(stage)
    people = People(session)
    people.join("Sue", NOON - 25 * HOUR)
    people.join("Tom", NOON - 23 * HOUR)
    monkeypatch.setattr("time.time", (NOON + wrong * 24 * HOUR).timestamp)
    called = await status(stage, session)
    assert [person["state"] for person in called.data["people"]] == ["stalled", "talking"]


async def test_a_server_that_tells_no_time(make_stage: MakeStage) -> None:
    """Where Harmonica's time is not known nobody is called stalled."""

    def timeless(sandbox: Sandbox) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            async def without_date(message: Any) -> None:
                headers = message.get("headers", [])
                kept = [pair for pair in headers if pair[0] != b"date"]
                await send(message | {"headers": kept} if headers else message)

            await sandbox.app(scope, receive, without_date)

        return app

    stage = make_stage(app=timeless)
    session = at_noon(stage)
    People(session).join("Ada", NOON - 900 * HOUR)
    assert (await status(stage, session)).data["talking"] == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Zoë", "Zoë"),
        ("n" * 500, "n" * 95 + "…"),
        ("ü" * 500, "ü" * 47 + "…"),
        ("🧑‍🌾" * 300, None),
        ('"\\' * 500, '"\\' * 23 + '"…'),
        ("\u2028" * 9 + 'Ann\n- "Bob" finished', 'Ann - "Bob" finished'),
        (None, "(no name)"),
        ("\u202e \u200b", "(no name)"),
    ],
)
@pytest.mark.parametrize("many", [17, 40])
async def test_size(stage: Stage, name: str | None, shown: str | None, many: int) -> None:
    """Both forms stay under 1,500 tokens, whatever people and topic are called."""
    session = at_noon(stage)
    session.topic = (name or "t") * 100
    people = People(session)
    for number in range(many):
        people.join(name, NOON - number * HOUR, number * 10).finished = number % 3 == 0
    called = await status(stage, session)
    assert max(sizes(called)) < LIMIT
    assert len(called.data["people"]) == min(many, 25)
    assert {person["name"] for person in called.data["people"]} == {
        shown or called.data["people"][0]["name"]
    }
    assert called.text.count("\n") == len(called.data["people"]) + 3 + (many > 25)


async def test_words_without_times(stage: Stage) -> None:
    """People who only opened the link have no time; the summary may lack what they say."""
    session = at_noon(stage)
    session.summary = "Nobody spoke."
    stage.sandbox.faults.add(RESPONSES, body={"data": [counted("ada", active=True)]})
    called = await status(stage, session)
    assert called.data["summary"] == "unknown"
    assert called.data["people"] == [{"name": "Ada", "state": "talking", "messages": 0}]
    assert '- "Ada" talking, 0 messages, last never' in called.text


async def test_counts_without_times(stage: Stage) -> None:
    """Where list mode tells how many messages and not when, the messages themselves are read."""
    session = at_noon(stage)
    People(session).join("Ada", NOON - 30 * HOUR, 4)
    short = counted("ada", active=True, message_count=11)
    stage.sandbox.faults.add(RESPONSES, body={"data": [short]})
    called = await status(stage, session)
    assert called.data["people"][0]["messages"] == 4
    assert (called.data["stalled"], called.data["counted"]) == (1, "own messages")
    assert [r.query for r in stage.sandbox.requests if r.operation == RESPONSES] == [
        {"mode": "list"},
        {},
    ]


async def test_each_person_once(stage: Stage) -> None:
    """A person whom Harmonica lists twice counts once; people without an id are told apart."""
    session = at_noon(stage)
    rows = [counted("ada"), counted("ada"), counted(""), counted("")]
    stage.sandbox.faults.add(RESPONSES, body={"data": rows})
    assert (await status(stage, session)).data["joined"] == 3


@pytest.mark.parametrize("failing", [RESPONSES, SUMMARY, "GET /sessions/{id}/questions"])
async def test_failure(stage: Stage, failing: str) -> None:
    """When a part cannot be read, its failure is the answer."""
    session = at_noon(stage)
    error = {"error": {"code": "forbidden", "message": "Not for you."}}
    stage.sandbox.faults.add(failing, status=403, body=error)
    async with stage.connect() as wire:
        called = await wire.call("get_session_status", session_id=session.id)
    assert called.error.startswith("There is no such thing here")


async def test_a_part_that_fails_leaves_the_connection_alone(stage: Stage) -> None:
    """A status that cannot be read whole is one failed call: the host goes on as before."""
    stage.sandbox.faults.add("GET /sessions/{id}/summary", status=403, body={})
    async with Client(stage.server) as host:
        failed = await host.call_tool("get_session_status", {"session_id": "tool library"})
        again = await host.call_tool("get_session_status", {"session_id": "tool library"})
    assert (failed.is_error, again.is_error) == (True, False)
