"""Long texts within a budget."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.guard import clean
from harmonica_mcp.server.reading import page_of_text
from harmonica_mcp.server.sealing import Seal
from harmonica_mcp.server.toolsets.results import SessionBrief
from tests.server.talks import KEY, SESSION, sizes

SEAL = Seal(KEY, "get_session_brief", SESSION)
PIECES = st.sampled_from(["- point\n", "\n", '"', "\\", "🙂", "中", "plain words ", "\u2028"])
TEXTS = st.lists(st.tuples(PIECES, st.integers(1, 400)), max_size=12).map(
    lambda parts: "".join(piece * times for piece, times in parts)
)


def pages(text: str, budget: int) -> list[str]:
    """All pages of a text, each of which keeps the budget in both forms."""
    found: list[str] = []
    cursor = None
    while True:
        words, cursor = page_of_text(text, SEAL, budget, cursor)
        found.append(words)
        shown = SessionBrief(session_id=SESSION, brief_words=words, next_cursor=cursor)
        assert max(sizes(shown)) <= budget
        if cursor is None:
            return found


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.integers(500, 2_000))
@example("\n" * 20_000, 500)
@example("\u2028" * 5_000, 500)
def test_pages_joined_are_the_whole(text: str, budget: int) -> None:
    """Pages keep the budget in each form, and joined they are the text, cleaned."""
    assert "".join(pages(text, budget)) == clean(text)


def test_pages_end_with_lines() -> None:
    """A page ends at a line's end, where there is one in its second half."""
    first, *_ = pages("A line of some words.\n" * 200, 500)
    assert first.endswith(".\n")
    assert len(first) > 500
    assert not pages("words " * 2_000, 500)[0].endswith("\n")


def test_written_anew() -> None:
    """A cursor of a text that was written anew since is refused, and says why."""
    cursor = page_of_text("old " * 2_000, SEAL, 500, None).next_cursor
    with pytest.raises(InvalidInput, match="The text was written anew since"):
        page_of_text("new " * 2_000, SEAL, 500, cursor)
