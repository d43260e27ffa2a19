"""Lines, however they arrive."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonica_mcp.transports.stdio.lines import Line, Lines, TooLong

_LIMIT = 2000


def cut(data: bytes, sizes: list[int], limit: int = _LIMIT) -> list[Line]:
    """Feed data in pieces of these sizes, the last of them being the rest."""
    lines = Lines(limit)
    found: list[Line] = []
    for size in sizes:
        found += lines.feed(data[:size])
        data = data[size:]
    return found + lines.feed(data) + lines.rest()


@given(st.lists(st.binary(max_size=30)), st.lists(st.integers(1, 40), max_size=20))
def test_lines_are_the_same_however_they_arrive(texts: list[bytes], sizes: list[int]) -> None:
    """Where the pieces begin and end makes no difference."""
    data = b"\n".join(texts)
    expected = data.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert cut(data, sizes) == expected


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_a_line_of_just_the_limit_is_a_line(size: int) -> None:
    """The limit itself is no offence; one byte more is."""
    whole, more = b"x" * _LIMIT, b"y" * (_LIMIT + 1)
    sizes = [size] * (10_000 // size)
    found = cut(whole + b"\n" + more + b"\nnext", sizes)
    assert found == [whole, TooLong(b"y" * 512, b"y" * 512), b"next"]


def test_a_line_that_never_ends_takes_no_memory() -> None:
    """Of a line that is too long only its beginning and end are kept."""
    lines, chunk = Lines(), b"x" * 64 * 1024
    tracemalloc.start()
    try:
        for _ in range(1024):
            assert lines.feed(chunk) == []
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert now < 2 * len(chunk)
    assert peak < 40 * 1024**2
    assert lines.rest() == [TooLong(b"x" * 512, b"x" * 512)]
