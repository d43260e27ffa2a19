"""Cursors."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.sessions import Page, SessionItem
from harmonica_mcp.server import paging
from tests.server.wire import Stage

PLACES = st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=3)


def cursor_of(value: object) -> str:
    """A cursor with anything in it."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@given(PLACES)
def test_there_and_back(place: list[int]) -> None:
    """A cursor is one word that stands for its place."""
    cursor = paging.encode("list_tools", *place)
    assert cursor.isascii()
    assert not set(cursor) & set(" =/+")
    assert paging.decode("list_tools", cursor, len(place)) == tuple(place)


@given(st.integers(1, 4))
def test_no_cursor(size: int) -> None:
    """Without a cursor a list begins at its beginning."""
    assert paging.decode("list_tools", None, size) == (0,) * size


@given(st.text())
def test_any_text(text: str) -> None:
    """Whatever is given as a cursor is a place or refused."""
    try:
        (place,) = paging.decode("list_tools", text)
    except InvalidInput:
        return
    assert place >= 0


@pytest.mark.parametrize("rest", [[], [1, 2], [-1], [10**9], [True], [1.0], ["1"], [[1]]])
def test_other_places(rest: list[object]) -> None:
    """Only whole numbers in the right count are a place."""
    made_by, _ = json.loads(paging.from_word(paging.encode("list_tools", 1)))
    with pytest.raises(InvalidInput, match="This cursor is not valid"):
        paging.decode("list_tools", cursor_of([made_by, *rest]))


@pytest.mark.parametrize("value", [[], [1], [1, 2], None, 5, {"0": 1}, "ab"])
def test_no_places(value: object) -> None:
    """What nobody made is refused."""
    with pytest.raises(InvalidInput, match="This cursor is not valid"):
        paging.decode("list_tools", cursor_of(value))


async def test_a_cursor_of_another_tool(stage: Stage) -> None:
    """It is refused, instead of beginning somewhere in a list or saying that the list is empty."""
    async with stage.connect() as wire:
        first = await wire.call("list_sessions", limit=2)
        called = await wire.call("list_projects", cursor=first.data["next_cursor"])
    assert called.error == "This cursor is not valid here: leave it out to begin again."


@pytest.mark.parametrize("tool", ["list_templates", "list_telegram_groups"])
async def test_a_cursor_of_another_whole_list(stage: Stage, tool: str) -> None:
    """The same for lists that Harmonica gives as a whole."""
    cursor = paging.encode("get_edit_history", 20)
    async with stage.connect() as wire:
        called = await wire.call(tool, cursor=cursor)
    assert called.error == "This cursor is not valid here: leave it out to begin again."


def test_a_deep_cursor() -> None:
    """A cursor that no parser can read to its end is refused like any other."""
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    with pytest.raises(InvalidInput, match="This cursor is not valid"):
        paging.decode("list_tools", deep)


def page_of(ids: list[str], offset: int, total: int) -> Page[SessionItem]:
    """A page of a list as Harmonica sends it."""
    pagination = {"total": total, "limit": len(ids), "offset": offset}
    return Page[SessionItem].model_validate(
        {"data": [{"id": each} for each in ids], "pagination": pagination}
    )


@given(st.lists(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=4), min_size=1))
def test_nothing_stands_on_two_pages(pages: list[list[str]]) -> None:
    """However often Harmonica lists the same again, it is shown once, on the first of its pages."""
    cursor, found, offset = None, list[str](), 0
    for ids in pages:
        begin = paging.Begin.of("list_tools", cursor)
        assert begin.offset == offset
        page = page_of(ids, offset, 1_000)
        found += [item.id for item in begin.once(page)]
        cursor, offset = begin.following(page), offset + len(ids)
        assert paging.left(page) == 1_000 - offset
        assert cursor is not None
        assert len(cursor) < 200
        assert not set(cursor) & set(" =/+")
    assert found == list(dict.fromkeys(each for ids in pages for each in ids))


def test_the_last_twenty_are_remembered() -> None:
    """A cursor stays short: of a hundred to a page it knows the last twenty, who may come again."""
    ids = [f"hst_{number}" for number in range(100)]
    begin = paging.Begin.of(
        "list_tools", paging.Begin("list_tools").following(page_of(ids, 0, 200))
    )
    again = begin.once(page_of([*reversed(ids), "new"], 100, 200))
    assert [item.id for item in again] == [*reversed(ids[:80]), "new"]
    assert begin.following(page_of(["last"], 199, 200)) is None


@given(st.text() | st.binary(max_size=100).map(lambda raw: base64.b64encode(raw).decode()))
def test_any_text_for_a_list(text: str) -> None:
    """Whatever is given as the cursor of a list is understood or refused."""
    try:
        begin = paging.Begin.of("list_tools", text)
    except InvalidInput:
        return
    assert begin.offset >= 0


@pytest.mark.parametrize("raw", [b"\x01\0\0\0\x01odd", b"\x02\0\0\0\x01", b"\x01" * 89, b"[20]"])
def test_no_cursor_of_a_list(raw: bytes) -> None:
    """What another list or nobody made is refused."""
    with pytest.raises(InvalidInput, match="This cursor is not valid"):
        paging.Begin.of("list_tools", base64.urlsafe_b64encode(raw).decode())
