"""Prompts: what they say."""

import re
from pathlib import Path

import pytest

from harmonica_mcp.server.prompts import PROMPTS, offers, tools_in
from harmonica_mcp.server.prompts import catalogue as declared
from tests.server.examples import NAMES
from tests.server.prompts.prompting import ALL, CHOICES, TAKES

FOLDER = Path(declared.__file__).parent


@pytest.mark.parametrize("choice", CHOICES)
def test_only_served_tools_are_named(choice: str) -> None:
    """Whatever is served, no prompt names a tool that is not, nor an argument that none takes."""
    served = CHOICES[choice].names()
    known = {*served, *(name for tool in served for name in TAKES[tool])}
    for name, offer in offers(served).items():
        words = set(re.findall(r"[a-z]+(?:_[a-z]+)+", offer.text))
        assert words & set(NAMES) <= set(served), name
        assert set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", offer.text)) <= known, name
        assert {carried.tool for carried in offer.carries} <= set(served)
        assert "<!--" not in offer.text


@pytest.mark.parametrize("choice", CHOICES)
def test_texts_are_whole(choice: str) -> None:
    """Whatever is left out, a prompt begins with its heading and has no heading over nothing."""
    for offer in offers(CHOICES[choice].names()).values():
        assert offer.text.startswith("# ")
        blocks = offer.text.split("\n\n")
        for block, following in zip(blocks, [*blocks[1:], "#"], strict=True):
            assert not (block.startswith("#") and following.startswith("#"))


def test_what_is_served_is_used() -> None:
    """With all tools every line of every file stands there, but those for missing tools."""
    known = offers(NAMES)
    for path in FOLDER.glob("*.md"):
        for block in re.split(r"\n\n|\n(?=- )", path.read_text().strip()):
            shown = any(block in offer.text for offer in known.values())
            assert shown is not block.startswith("- <!-- unless"), block


def test_other_ways_are_told() -> None:
    """Where a tool is missing, the prompt says how the same is done without it."""
    read_only = offers(CHOICES["all read-only"].names())
    assert "I paste it in the Harmonica web app." in read_only["review_session"].text
    assert "I paste it in the Harmonica web app." not in offers(NAMES)["review_session"].text
    without = offers([name for name in NAMES if name != "apply_template_prompt"])
    text = without["design_session"].text
    assert "- With a template say that its own instructions are not applied\n" in text


def test_a_heading_goes_with_what_was_below_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A heading below which nothing is left is left out, too."""
    from harmonica_mcp.server.prompts import text

    (tmp_path / "a.md").write_text("# A\n\n## B\n\nUse `get_summary`.\n\n## C\n\nSay so.\n")

    def files(_: object) -> Path:
        return tmp_path

    monkeypatch.setattr(text.resources, "files", files)
    assert text.text_of(["a"], []) == "## C\n\nSay so."
    assert text.text_of(["a"], ["get_summary"]).startswith("## B\n\nUse")


@pytest.mark.parametrize("name", ALL)
def test_prompts_are_short(name: str) -> None:
    """A prompt takes at most 1,500 tokens of the context without what it brings along."""
    text = offers(NAMES)[name].text
    assert len(text.encode()) / 4 <= 1_500
    assert tools_in(text)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("design_session", "One short question per message."),
        ("design_session", "too vague several in one a solution inside"),
        ("design_session quick_session", "`cross_pollination` three people or more sensitive"),
        ("design_session quick_session", "`widgets_enabled` rank, rate or choose"),
        ("design_session quick_session", "`results_visibility` `host` whenever in doubt `public`"),
        ("design_session quick_session", "Show one card Only a clear yes counts."),
        ("quick_session", "Do not interview me. show it to me in one message"),
        ("edit_session", "before after yes"),
        ("take_part", "Send my words unchanged"),
        ("take_part", "Never answer for me"),
        ("take_part", "the conversation is finished and stop: no further message"),
        ("session_summary check_session", "offer `generate_summary`"),
        ("decisions_and_actions", "ask me Publish and change nothing."),
        ("invite", "You write, I send."),
    ],
)
def test_manners(names: str, said: str) -> None:
    """What people can count on stands in the prompts: questions, nudges, hints, consent, an end."""
    for name in names.split():
        rest = " ".join(offers(NAMES)[name].text.split())
        for word in said.split():
            _, found, rest = rest.partition(word)
            assert found, (name, word)


def test_every_file_is_used() -> None:
    """Every Markdown file is a prompt's, or a part of one."""
    files = {file for prompt in PROMPTS for file in (prompt.name, *prompt.parts)}
    assert {path.stem for path in FOLDER.glob("*.md")} == files
