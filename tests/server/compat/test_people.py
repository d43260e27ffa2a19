"""Who took part and what they said, by the official names."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from harmonica_mcp.sandbox import Session
from harmonica_mcp.server import paging
from tests.server.host import call
from tests.server.people import People
from tests.server.wire import Called, Json, Stage

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def gathering(stage: Stage) -> Session:
    """A session that four people joined, a day after one another."""
    session = stage.whole
    session.threads.clear()
    people = People(session)
    for number, name in enumerate(("Ada", "Bo", "Cy", "Dee")):
        people.join(name, LONG_AGO + number * DAY, said=number)
    return session


async def everything(stage: Stage, tool: str, **arguments: Any) -> list[Called]:
    """All pages."""
    pages = [await call(stage, tool, **arguments)]
    while cursor := pages[-1].data.get("next_cursor"):
        pages.append(await call(stage, tool, **arguments, cursor=cursor))
    return pages


def names(pages: list[Called]) -> list[str]:
    """Who stands on the pages, in their order."""
    return [each["name"] for page in pages for each in page.data["participants"]]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({}, ["Ada", "Bo", "Cy", "Dee"]),
        ({"sort": "oldest"}, ["Ada", "Bo", "Cy", "Dee"]),
        ({"sort": "newest"}, ["Dee", "Cy", "Bo", "Ada"]),
        ({"min_messages": 2}, ["Cy", "Dee"]),
        ({"name": "b"}, ["Bo"]),
        ({"since": "2026-01-03T00:00:00Z"}, ["Cy", "Dee"]),
        ({"name": "nobody"}, []),
    ],
)
async def test_participants(
    stage: Stage, gathering: Session, arguments: Json, wanted: list[str]
) -> None:
    """The filters and the order are the official ones."""
    pages = await everything(stage, "list_participants", session_id=gathering.id, **arguments)
    assert names(pages) == wanted
    assert all(f'"{name}" (talking' in pages[0].text for name in wanted)
    assert wanted or pages[0].text == f"Session {gathering.id}: nobody fits."


@pytest.mark.parametrize("sort", ["oldest", "newest"])
async def test_many_participants(stage: Stage, sort: str) -> None:
    """A hundred to a page; who joins between two pages neither hides nor repeats anybody."""
    session = stage.whole
    session.threads.clear()
    people = People(session)
    everybody = [f"Guest {number:03}" for number in range(230)]
    for number, name in enumerate(everybody):
        people.join(name, LONG_AGO + number * timedelta(minutes=1))
    arguments = {"session_id": session.id, "sort": sort}
    first = await call(stage, "list_participants", **arguments)
    assert first.data["total"] == 230
    people.join("Late", LONG_AGO + DAY * 9)
    pages = [first]
    while cursor := pages[-1].data.get("next_cursor"):
        pages.append(await call(stage, "list_participants", **arguments, cursor=cursor))
    shown = [name for name in names(pages) if name != "Late"]
    assert shown == (everybody if sort == "oldest" else everybody[::-1])
    assert len(pages) == 3


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({}, ["Ada", "Bo", "Cy", "Dee"]),
        ({"min_messages": 3}, ["Dee"]),
        ({"name": "c"}, ["Cy"]),
        ({"since": "2026-01-02T00:00:00Z"}, ["Bo", "Cy", "Dee"]),
        ({"limit": 2}, ["Ada", "Bo"]),
        ({"limit": 2, "sort": "newest"}, ["Cy", "Dee"]),
        ({"limit": 1, "min_messages": 2}, ["Cy"]),
        ({"limit": 9}, ["Ada", "Bo", "Cy", "Dee"]),
    ],
)
async def test_responses(
    stage: Stage, gathering: Session, arguments: Json, wanted: list[str]
) -> None:
    """`since` and `limit` choose people and not messages, as the official tool does."""
    called = await call(stage, "get_responses", session_id=gathering.id, **arguments)
    assert names([called]) == wanted
    assert "as_of" not in called.data
    assert "\nThe end.\n" in called.text


async def test_who_joined_and_wrote_nothing(stage: Stage, gathering: Session) -> None:
    """Somebody without a single message takes nobody's place in `limit`, and does not lift it."""
    People(gathering).join("Zed", LONG_AGO).messages.clear()
    for sort, wanted in (("oldest", ["Ada"]), ("newest", ["Dee"])):
        arguments: Json = {"session_id": gathering.id, "limit": 1, "sort": sort}
        assert names(await everything(stage, "get_responses", **arguments)) == wanted


@pytest.mark.parametrize("sort", ["oldest", "newest"])
async def test_who_joins_while_reading(stage: Stage, gathering: Session, sort: str) -> None:
    """Whom `limit` meant on the first page is whom all pages show."""
    people = People(gathering)
    for thread in gathering.threads:
        for message in thread.messages:
            message.content += " light" * 1_500 if message.role == "assistant" else ""
    arguments: Json = {"session_id": gathering.id, "limit": 3, "sort": sort}
    first = await call(stage, "get_responses", **arguments)
    pages = [first]
    people.join("Late", LONG_AGO + 9 * DAY, said=2)
    people.join("Early", LONG_AGO - DAY, said=2)
    while cursor := pages[-1].data.get("next_cursor"):
        pages.append(await call(stage, "get_responses", **arguments, cursor=cursor))
    assert len(pages) > 1
    meant = {"oldest": {"Ada", "Bo", "Cy"}, "newest": {"Bo", "Cy", "Dee"}}[sort]
    assert {*names(pages)} - {"Late", "Early"} == meant
    assert all(len(page.text.encode()) <= 24_000 for page in pages)


async def test_a_cursor_of_nothing(stage: Stage) -> None:
    """A cursor that is none of ours is refused in a sentence."""
    far = paging.encode("get_responses", *[10**9 - 1] * 4)
    for cursor in ("x.y", "x", "WzAsMF0.y", f"{far}.y"):
        called = await call(stage, "get_responses", session_id=stage.whole.id, cursor=cursor)
        assert "cursor" in called.error


async def test_a_long_summary_goes_on(stage: Stage) -> None:
    """get_summary says how to go on, by its own name."""
    session = stage.whole
    session.summary = "\n".join(f"Lamp {number}." for number in range(6_000))
    [first, *rest] = await everything(stage, "get_summary", session_id=session.id)
    assert "More: call get_summary with cursor" in first.text
    words = first.data["summary_words"] + "".join(each.data["summary_words"] for each in rest)
    assert words == session.summary
