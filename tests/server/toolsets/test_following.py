"""get_session_status."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from mcp.client import Client
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.client import ApiKey
from harmonica_mcp.sandbox import Sandbox, Session
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import Callers
from tests.server.clock import NOON, on_a_clock_of_its_own
from tests.server.conftest import MakeStage
from tests.server.examples import SPECS
from tests.server.people import People, counted, say
from tests.server.wire import KEY, Called, Json, Stage, Wire

RESPONSES, SUMMARY = "GET /sessions/{id}/responses", "GET /sessions/{id}/summary"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LIMIT = 1_500 * 4


def older(sandbox: Sandbox) -> ASGIApp:
    """An edition that knows no list mode: it sends all messages, and nothing else."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await sandbox.app({**scope, "query_string": b""}, receive, send)

    return app


def at_noon(stage: Stage) -> Session:
    """An active session without anybody, at noon by Harmonica's clock."""
    stage.sandbox._world.clock = lambda: NOON  # pyright: ignore[reportPrivateUsage]
    session = stage.session("tool library")
    session.threads.clear()
    return session


async def status(stage: Stage, session: Session, **more: Any) -> Called:
    """Ask how a session stands; the facts are the same in both forms."""
    async with stage.connect() as wire:
        called = await wire.call("get_session_status", session_id=session.id, **more)
    for person in called.data["people"]:
        assert f"- {json.dumps(person['name'], ensure_ascii=False)} " in called.text
    for fact in ("next_step", "next_cursor", "newest_at"):
        assert called.data.get(fact, "") in called.text
    return called


def sizes(called: Called) -> list[int]:
    """Bytes of the text and of the structured content."""
    return [len(t.encode()) for t in (called.text, json.dumps(called.data, ensure_ascii=False))]


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


def after(session: Session, minutes: int) -> None:
    """Somebody has spoken last so long after the summary."""
    session.summary, session.updated_at = "All agreed.", NOON - 2 * HOUR
    People(session).join("Ada", session.updated_at + minutes * MINUTE).finished = True


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


async def pages(stage: Stage, session: Session, first: Called | None = None) -> list[Called]:
    """All pages, or those after the first."""
    shown = [first or await status(stage, session)]
    while cursor := shown[-1].data.get("next_cursor"):
        shown.append(await status(stage, session, cursor=cursor))
    return shown


async def test_pages(stage: Stage) -> None:
    """Everybody stands on one page, stalled people first, with what is left counted exactly."""
    session = at_noon(stage)
    people = People(session)
    for number in range(60):
        thread = people.join(f"P{number}", NOON - (number // 2) * HOUR)
        thread.finished = number % 7 == 0
    shown = await pages(stage, session)
    rows: list[Json] = [row for page in shown for row in page.data["people"]]
    assert [page.data["left"] for page in shown] == [35, 10, 0]
    assert stage.sent[-2:] == [RESPONSES, RESPONSES]
    assert "35 more: call again with cursor " in shown[0].text
    assert sorted(row["name"] for row in rows) == sorted(f"P{number}" for number in range(60))
    states = [row["state"] for row in rows]
    assert states == sorted(states, key=("stalled", "talking", "finished").index)
    for page in shown:
        assert [page.data[state] for state in ("stalled", "talking", "finished")] == [
            states.count(state) for state in ("stalled", "talking", "finished")
        ]


async def test_pages_while_people_speak(stage: Stage) -> None:
    """Everybody is named once when people speak (again), finish and join between two pages."""
    session = at_noon(stage)
    people = People(session)
    for number in range(80):
        people.join(f"P{number}", NOON - number * HOUR).finished = number % 5 == 0
    first = await status(stage, session)
    for number, thread in enumerate(session.threads):
        if number % 3 == 0:
            say(thread, NOON + MINUTE)
            thread.finished = number % 2 == 0
        elif number % 3 == 1:
            thread.finished = not thread.finished
    people.join("New", NOON + MINUTE)
    stage.sandbox.requests.clear()
    shown = await pages(stage, session, first)
    names = [row["name"] for page in shown for row in page.data["people"]]
    assert sorted(names) == sorted(str(thread.name) for thread in session.threads)
    assert names[-1] == "New"
    assert stage.sent == [RESPONSES, RESPONSES] * 3


async def test_a_large_session(stage: Stage) -> None:
    """A thousand people fit no one cursor: it stays short, and the next page goes on as it must."""
    session = at_noon(stage)
    people = People(session)
    for number in range(1_000):
        people.join(f"P{number}", NOON - number * HOUR).finished = number % 3 > 0
    first = await status(stage, session)
    for thread in session.threads[-60:]:
        say(thread, NOON + MINUTE)
        thread.finished = not thread.finished
    second = await status(stage, session, cursor=first.data["next_cursor"])
    names = [row["name"] for page in (first, second) for row in page.data["people"]]
    assert names == [f"P{number}" for number in range(999, 850, -3)]
    for page in (first, second):
        assert max(sizes(page)) < LIMIT
        assert len(page.data["next_cursor"]) < 200


async def cursors(wire: Wire, session: Session, other: Session) -> list[str]:
    """Cursors that are none of this tool's for this session."""
    first = await wire.call("get_session_status", session_id=session.id)
    mine: str = first.data["next_cursor"]
    elsewhere = await wire.call("get_session_status", session_id=other.id)
    waited = await wire.call(
        "wait_for_participants", session_id=session.id, joined=999, max_minutes=600
    )
    altered = mine[:30] + ("A" if mine[30] != "A" else "B") + mine[31:]
    others = [called.data["next_cursor"] for called in (elsewhere, waited)]
    return ["?", "AAAA", mine[:-4], altered, *others]


@on_a_clock_of_its_own
async def test_wrong_cursor(stage: Stage) -> None:
    """A cursor that was altered, or is another session's or tool's, is refused unsent."""
    session, other = at_noon(stage), stage.session("Opening hours")
    for each in (session, other):
        People(each).join_all([f"P{number}" for number in range(30)], NOON - HOUR)
    async with stage.connect() as wire:
        for cursor in await cursors(wire, session, other):
            stage.sandbox.requests.clear()
            called = await wire.call("get_session_status", session_id=session.id, cursor=cursor)
            assert "cursor is not valid here" in called.error
            assert stage.sent == []


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
