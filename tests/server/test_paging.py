"""Cursors."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server import paging

PLACES = st.lists(st.integers(0, 10**9 - 1), min_size=1, max_size=3)


def cursor_of(value: object) -> str:
    """A cursor with anything in it."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


@given(PLACES)
def test_there_and_back(place: list[int]) -> None:
    """A cursor is one word that stands for its place."""
    cursor = paging.encode(*place)
    assert cursor.isascii()
    assert not set(cursor) & set(" =/+")
    assert paging.decode(cursor, len(place)) == tuple(place)


@given(st.integers(1, 4))
def test_no_cursor(size: int) -> None:
    """Without a cursor a list begins at its beginning."""
    assert paging.decode(None, size) == (0,) * size


@given(st.text())
def test_any_text(text: str) -> None:
    """Whatever is given as a cursor is a place or refused."""
    try:
        (place,) = paging.decode(text)
    except InvalidInput:
        return
    assert place >= 0


@pytest.mark.parametrize(
    "value", [[], [1, 2], [-1], [10**9], [True], [1.0], ["1"], None, 5, {"0": 1}, [[1]]]
)
def test_other_places(value: object) -> None:
    """Only whole numbers in the right count are a place."""
    with pytest.raises(InvalidInput, match="This cursor is not valid"):
        paging.decode(cursor_of(value))


def test_a_deep_cursor() -> None:
    """A cursor that no parser can read to its end is refused like any other."""
    deep = base64.urlsafe_b64encode(b"[" * 100_000).decode()
    with pytest.raises(InvalidInput, match="This cursor is not valid"):
        paging.decode(deep)
