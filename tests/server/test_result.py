"""What results are made of."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from mcp_types import TextContent

from harmonica_mcp.server.result import Result, count, iso, lines


class Pair(Result):
    """Two texts, one after the other."""

    first: str
    second: str | None = None

    def text(self) -> str:
        """Say both."""
        return f"<{self.first}> and more"


def test_both_forms_are_cleaned() -> None:
    """A field that ends in an escape loses it, and takes no letter of ours with it."""
    sent = Pair(first="a\x1b[", second="\u202eb").to_mcp()
    assert sent.structured_content == {"first": "a[", "second": "b"}
    assert sent.content == [TextContent(type="text", text="<a[> and more")]


def test_what_is_absent_is_left_out() -> None:
    """There are no nulls in structured content."""
    assert Pair(first="a").to_mcp().structured_content == {"first": "a"}


def test_a_result_must_render_itself() -> None:
    """A result without a text of its own cannot be sent."""
    with pytest.raises(NotImplementedError):
        Result().to_mcp()


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (None, None),
        (datetime(2026, 5, 4, 9, 30, 59, 999_000, tzinfo=UTC), "2026-05-04T09:30:59Z"),
        (
            datetime(2026, 5, 4, 1, 0, tzinfo=timezone(timedelta(hours=2))),
            "2026-05-03T23:00:00Z",
        ),
    ],
)
def test_moments(moment: datetime | None, shown: str | None) -> None:
    """A moment is shown in UTC, to the second."""
    assert iso(moment) == shown


def test_lines() -> None:
    """What is absent or empty makes no line."""
    assert lines("a", None, "", "b") == "a\nb"


def test_counts() -> None:
    """One is not called many."""
    assert [count(n, "theme") for n in (0, 1, 2)] == ["0 themes", "1 theme", "2 themes"]
