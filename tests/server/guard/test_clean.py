"""What is taken out of texts, and what stays."""

import json
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harmonica_mcp.server.guard import clean, clean_json, one_line, quote, quote_whole

TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b[]\\\x07\n\r;0m\u200b\u202e\u2066\ufeff\U000e0041\ud83d\ude00"),
    )
)
KEPT = [
    "plain text, tabs\tand\nlines",
    "👩‍👩‍👧 👍🏽 🏳️‍🌈 ❤️",
    "cafe\u0301 und n\u0303",
    "مرحبا بالعالم",
    "שלום עולם",
    "क्‍ष र्‍य मी‌ठा",
    "ไทย 中文 日本語 한국어",
    "« guillemets » — dashes … “quotes”",
]
REMOVED = {
    "nul": "\x00",
    "backspace": "\x08",
    "vertical tab": "\x0b",
    "form feed": "\x0c",
    "delete": "\x7f",
    "C1 control": "\x9b",
    "soft hyphen": "\u00ad",
    "zero width space": "\u200b",
    "word joiner": "\u2060",
    "invisible plus": "\u2064",
    "byte order mark": "\ufeff",
    "left to right mark": "\u200e",
    "arabic letter mark": "\u061c",
    "right to left override": "\u202e",
    "isolate": "\u2066",
    "deprecated format": "\u206a",
    "annotation": "\ufff9",
    "tag letter": "\U000e0041",
    "half a pair": "\ud83d",
    "colour": "\x1b[31m",
    "cursor": "\x1b[2K\x1b[1A",
    "window title": "\x1b]0;title\x07",
    "link": "\x1b]8;;https://example.org\x1b\\",
    "two characters": "\x1bM",
    "lone escape": "\x1b",
}


@pytest.mark.parametrize("text", KEPT)
def test_what_stays(text: str) -> None:
    """Text with meaning in any script is left alone."""
    assert clean(text) == text


@pytest.mark.parametrize("piece", REMOVED.values(), ids=REMOVED)
def test_what_goes(piece: str) -> None:
    """Each kind is taken out whole, and nothing beside it."""
    assert clean(f"é{piece} ü") == "é ü"


def test_line_ends() -> None:
    """Line ends of all kinds become one, so that none can overwrite a line."""
    assert clean("é\r\nb\rc\n") == "é\nb\nc\n"


def test_a_sequence_without_its_end() -> None:
    """A terminal sequence that is never closed does not take the rest of the text with it."""
    assert clean("é\x1b]0;all of this stays") == "é0;all of this stays"
    assert clean("é\x1b]0;first\nsecond\x07") == "é0;first\nsecond"


@given(TEXTS)
@example("\x1b\x1b[[31m")
@example("\x1b\u200b[31m")
@example("\r\x00\n")
def test_cleaning_twice(text: str) -> None:
    """Cleaning what is clean changes nothing, and leaves nothing behind that could hide."""
    once = clean(text)
    assert clean(once) == once
    assert "Cs" not in map(unicodedata.category, once)
    assert not any(char < " " and char not in "\t\n" for char in once)
    assert not set(once) & set("\x1b\x7f\x9b\u200b\u202e\u2066\ufeff\U000e0041")


@given(TEXTS)
def test_only_removes(text: str) -> None:
    """What is left stood there before, in the same order."""
    rest = iter(text.replace("\r", "\n"))
    assert all(char in rest for char in clean(text))


def test_json() -> None:
    """Every text in a JSON value is cleaned, names included; the rest stays."""
    value = {"a\u200b": ["\u202eb", 1, None, True, {"c": "\x1b[1md"}]}
    assert clean_json(value) == {"a": ["b", 1, None, True, {"c": "d"}]}


@given(TEXTS, st.integers(1, 50))
def test_one_line(text: str, limit: int) -> None:
    """A short text is on one line, and says so where it is cut."""
    line = one_line(text, limit)
    assert len(line.splitlines()) <= 1
    whole = " ".join(clean(text).split())
    assert line == whole or line.endswith(f"… (cut, {len(whole)} characters)")
    assert line == whole or line.startswith(whole[:limit].rstrip())


@given(TEXTS)
def test_quotes(text: str) -> None:
    """A quoted text is on one line and cannot end its quotation."""
    for quoted, meant in (
        (quote(text, 10**6), one_line(text, 10**6)),
        (quote_whole(text), clean(text)),
    ):
        assert len(quoted.splitlines()) == 1
        assert json.loads(quoted) == meant
