"""get_session_status: large sessions, page by page."""

from harmonica_mcp.sandbox import Session
from tests.server.clock import NOON, on_a_clock_of_its_own
from tests.server.people import People, say
from tests.server.toolsets.sessions.standing import (
    HOUR,
    LIMIT,
    MINUTE,
    RESPONSES,
    at_noon,
    sizes,
    status,
)
from tests.server.wire import Called, Json, Stage, Wire


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
