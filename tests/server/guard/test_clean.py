"""What is taken out of texts, and what stays."""

import json
import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harmonica_mcp.server.guard import clean, clean_json, one_line, quote, quote_whole
from harmonica_mcp.server.guard.joining import SHAPELESS

TEXTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\u200d\ufe0f\u0915\x1b[]\\\x07\n\r;0m\u200b\u202e\u2066\ufeff\U000e0041\ud83d\ude00"
        ),
    )
)
SHAPELESS_ONES = (
    "\u200c\u200d\ufe00\ufe0f\U000e0100\U000e0067\U000e0062\U000e007f\u180b\u034f\u1160"
)
FLAGS = tuple(
    "".join(chr(0xE0000 + ord(c)) for c in name) + "\U000e007f"
    for name in ("gbeng", "gbsct", "gbwls")
)
KEPT = [
    "plain text, tabs\tand\nlines",
    "👩‍👩‍👧 👍🏽 🏳️‍🌈 ❤️",
    "cafe\u0301 und n\u0303",
    "مرحبا بالعالم",
    "שלום עולם",
    "क्‍ष र्‍य मी‌ठा",
    "ไทย 中文 日本語 한국어",
    "👨🏿‍🤝‍👨🏻 🧑‍🚀 🐻‍❄️ 👁️‍🗨️ 🏴‍☠️ 🏃‍➡️ ☎︎ ☎️ 1️⃣ #️⃣ *️⃣ ©️",
    "🇩🇪🇧🇷 " + "".join(f"🏴{flag}" for flag in FLAGS),
    "葛\U000e0100城 辻\U000e0101 \u9038\ufe00 \u3001\ufe00 0\ufe00 \u2229\ufe00",
    "می\u200cخواهم MP\u200cها ه\u200d",  # noqa: RUF001 - Persian
    "ന്\u200d ක්\u200dෂ ক্\u200dষ",
    "\u1820\u180b \u05d0\u034f\u05b4 a\u0301\u034fb \u1112\u1160\u11ab \u115f\u1161",
    "Ä̈ṩ ệ é́ ญี่ปุ่น",
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
    "hangul filler": "\u3164",
    "halfwidth filler": "\uffa0",
    "unassigned": "\U000e0fff",
    "no character": "\ufffe",
    "shorthand format": "\U0001bca0",
    "musical format": "\U0001d173",
    "joiner between letters": "\u200d",
    "joiners in a row": "\u200c\u200d\u200c",
    "selector after a letter": "\ufe0f",
    "supplementary selectors": "\U000e0148\U000e0149",
    "mongolian selector": "\u180b",
    "grapheme joiner": "\u034f",
    "jamo filler": "\u1160",
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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("😀\ufe0f\U000e0148\ufe0f\u200dx", "😀\ufe0fx"),
        ("👩\u200d\u200d\u200d👧", "👩\u200d👧"),
        ("漢\U000e0100\U000e0101", "漢\U000e0100"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067", "🏴"),
        ("1\ufe0f2\ufe0e", "12"),
        ("می\u200c\u200d\u200cخ", "می\u200cخ"),
        ("\ufe0f\u200d", ""),
        ("a\u2028b\u2029c", "a\nb\nc"),
    ],
)
def test_what_has_no_meaning_where_it_stands(text: str, shown: str) -> None:
    """Joiners, selectors and tags stay only where they shape a visible neighbour, one of a kind."""
    assert clean(text) == shown


@given(st.text(st.sampled_from("a1漢😀🏴ی م\n" + SHAPELESS_ONES)))
def test_no_hidden_alphabet(text: str) -> None:
    """Beside a visible character there is never room for more than a flag's tags or two marks."""
    once = clean(text)
    assert clean(once) == once
    for run in re.findall(f"[{SHAPELESS}]+", once):
        assert len(run) <= 2 or run in FLAGS
    assert [c for c in once if c not in SHAPELESS_ONES] == [
        c for c in text if c not in SHAPELESS_ONES
    ]


@given(st.lists(st.sampled_from(KEPT)))
def test_what_stays_together(texts: list[str]) -> None:
    """Texts with meaning stay so beside each other."""
    assert clean(" ".join(texts)) == " ".join(texts)


@given(TEXTS)
def test_quoting_does_not_change_what_is_clean(text: str) -> None:
    """A clean text that is quoted is clean as it stands, so that a second door changes nothing."""
    assert clean(quote_whole(text)) == quote_whole(text)


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
    rest = iter(re.sub("[\r\u2028\u2029]", "\n", text))
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


@pytest.mark.parametrize(
    "value",
    [
        {"words": "clean", "n": [1, 2.5, None, True], "lines": "a\n\tb"},
        ["Ä 中文 « … »", "C:\\paths, “quotes”"],
        "",
    ],
)
def test_what_is_clean_is_not_copied(value: object) -> None:
    """A JSON value without anything to clean is the answer itself."""
    assert clean_json(value) is value


def test_what_only_looks_unclean_stays() -> None:
    """A text that spells an escape out keeps every character."""
    value = [r"\\u200b is a space of no width, \\r ends a line, \\x7f deletes"]
    assert clean_json(value) == value


@pytest.mark.parametrize("hidden", ["\x00", "\x7f", "\r", "\u200b", "\ud83d", "\U000e0041"])
def test_one_hidden_character_is_found(hidden: str) -> None:
    """However deep it is, in a name or in a text, and whether or not the rest is ASCII."""
    for beside in ("plain", "日本語"):
        value = {"rows": [{f"na{hidden}me": beside, "text": f"a{hidden}b"}]}
        (row,) = clean_json(value)["rows"]  # type: ignore[index] # pyright: ignore[reportIndexIssue, reportUnknownVariableType]
        kept = "\n" if hidden == "\r" else ""
        assert row == {f"na{kept}me": beside, "text": f"a{kept}b"}
