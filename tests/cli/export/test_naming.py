"""Names of folders."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harmonica_mcp.cli.export.naming import folder_name, slug


@pytest.mark.parametrize(
    ("topic", "named"),
    [
        ("Our next year: 3 priorities!", "our-next-year-3-priorities"),
        ("  Öffnungszeiten / Café  ", "öffnungszeiten-café"),
        ("Cafe\u0301", "café"),
        ("हिन्दी में चर्चा", "हिन्दी-में-चर्चा"),
        ("来年の計画", "来年の計画"),
        ("../../etc/passwd", "etc-passwd"),
        ('C:\\x|y?*<>"', "c-x-y"),
        ("hid\u200bden\u202e", "hidden"),
        ("🌱 !!", "session"),
        ("", "session"),
        ("a" * 500, "a" * 120),
        ("é" * 100, "é" * 60),
        ("word " * 50, "-".join(["word"] * 24)),
    ],
)
def test_topics_become_names(topic: str, named: str) -> None:
    """Letters and digits of every script stay; all else becomes a hyphen."""
    assert slug(topic) == named


def test_namesakes_have_folders_of_their_own() -> None:
    """Two sessions with one topic are told apart by their ids, on every file system."""
    names = [folder_name("Plan", each) for each in ("hst_ab", "hst_aB", "a b", "a/b", "../ab")]
    assert names[0] == "plan-hst_ab"
    assert len({name.lower() for name in names}) == len(names)


@given(st.text(), st.text(min_size=1))
def test_any_name_is_good_everywhere(topic: str, session_id: str) -> None:
    """Whatever Harmonica calls a session, its folder is one folder, here and on Windows."""
    name = folder_name(topic, session_id)
    assert not re.search(r'[\x00-\x1f<>:"/\\|?*]', name)
    assert not name.startswith((".", "-"))
    assert not name.endswith((".", " "))
    assert len(name.encode()) <= 255
    assert name == unicodedata.normalize("NFC", name)
