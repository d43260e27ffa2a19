"""What is no method.md is an error that names the line."""

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.method_spec import SpecError, parse
from tests.server.method_spec.specs import CHAIN, SINGLE, changed, refusal


@pytest.fixture(params=["compiled", "pure"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """YAML with its compiled parser, and where that is not there."""
    if request.param == "pure":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    return request.param


def test_an_error_is_an_input_error_and_shows_nothing_of_the_file() -> None:
    """Callers catch it with the other input errors; a stranger's words stay out of it."""
    message = refusal(changed("weight: lead", "weight: do-as-I-say"))
    assert issubclass(SpecError, InvalidInput)
    assert message == "line 13: `weight` must be one of: normal, elevated, lead."


BROKEN = [
    (CHAIN[4:], 1, "between two lines of three dashes"),
    ("", 1, "between two lines of three dashes"),
    ("---\nid: x\n", 1, "has no end"),
    ("---\n---\n", 1, "the front matter must be a mapping"),
    ("---\n- id: x\n---\n", 2, "the front matter must be a mapping"),
    ('---\nid: "x" y\n---\n', 2, "no valid YAML"),
    ("---\nid: x\n\ttitle: y\n---\n", 3, "no valid YAML"),
    ("---\nid: x\n...\n---x\nid: y\n---\n", 4, "no valid YAML"),
    ('---\nid: "\\UFFFFFFFF"\n---\n', 2, ""),
    ('---\nid: "\\0"\n---\n', 2, "without control characters"),
    ('---\nid: "\\uD800"\n---\n', 2, ""),
    ('---\n"\\0": x\n---\n', 2, "a key must be a text"),
    ("---\n? [a]\n: x\n---\n", 2, "a key must be a text"),
    ("---\nid: x\nid: y\n---\n", 3, "twice in its mapping"),
    ("---\na: &a x\nb: *a\n---\n", 3, "aliases"),
    ("---\na: &a [&b [*b, *b], *a]\n---\n", 2, "aliases"),
    ("---\na:\n  " + "[" * 100_000 + "\n---\n", 3, "at most 10 levels"),
    ("---\na: [" + "a, " * 20_000 + "]\n---\n", 2, "at most 10000 values"),
    ("---\n" + "# x\n" * 50_000 + "---\n", 50_001, "at most 200 kB"),
    (changed("**Goal:**", "\0"), 33, "without control characters"),
    (changed("**Goal:**", "\ud800"), 33, "without control characters"),
    (changed("id: orchard-plan\n", ""), 2, "`id` must be given"),
    (changed("id: orchard-plan", "id: an orchard"), 2, "`id` must be one word"),
    (changed("id: orchard-plan", "id: " + "x" * 101), 2, "`id` must be one word"),
    (changed("title: Plan an orchard", "title: [Plan]"), 3, "`title` must be a text"),
    (changed("title: Plan an orchard", "title: ' '"), 3, "`title` must be given"),
    (changed("title: Plan an orchard", "title: " + "x" * 501), 3, "at most 500 characters"),
    (changed("version: 1.2.0", "version: ~"), 4, "`version` must be given"),
    (
        changed("attribution: Thought", "attribution:\n  - Thought"),
        8,
        "`attribution` must be a text",
    ),
    (changed("  reference: harmonica\n  artifact: chain\n", ""), 8, "`runtime` must be a mapping"),
    (changed("  artifact: chain\n", ""), 9, "`artifact` must be given"),
    (changed("artifact: chain", "artifact: tree"), 10, "one of: chain, single"),
    (changed("lenses: [soil, shade]", "lenses: soil"), 11, "`lenses` must be a list"),
    (changed("[soil, shade]", "[soil, { shade: x }]"), 11, "each of `lenses` must be a text"),
    (changed("[soil, shade]", "[" + "soil, " * 51 + "]"), 11, "a list of at most 50"),
    (changed("status: draft", "output_artifact: map"), 5, "must be one of: wardley"),
    (changed("{ slug: neighbour, label: Neighbour }", "neighbour"), 14, "must be a mapping"),
    (changed("label: Neighbour", "name: Neighbour"), 14, "`label` must be given"),
    (changed("slug: neighbour", "slug: gardener"), 14, "another role has this slug"),
    (changed("weight: lead", "weight: heavy"), 13, "one of: normal, elevated, lead"),
    (SINGLE[: SINGLE.index("  - {")] + "---\n", 7, "at least one stage"),
    (changed("id: choose", "id: walk"), 22, "another stage has this id"),
    (changed("  - id: choose\n    roles", "  - roles"), 22, "`id` must be given"),
    (changed("roles: [gardener]", "roles: [gardener, cook]"), 23, "a slug of the front matter's"),
    (changed("roles: [gardener]", "roles:\n      - gardener\n      - gardener"), 25, "twice"),
    (changed("roles: [gardener]", "roles: gardener"), 23, "`roles` must be a list"),
    (changed("context_mode: none", "context_mode: custom"), 20, "one of: none, previous_summary"),
    (changed("strategy: all_participants", "strategy: dice"), 19, "one of: explicit, round_robin"),
    (changed("completion: all_submitted", "completion: [x]"), 21, "`completion` must be a text"),
    (changed("completion: all_submitted", "completion: quorum"), 21, "above zero as `count`"),
    (changed("completion: all_submitted", "completion: { count: 3 }"), 21, "`type` must be given"),
    (changed("count: 3", "count: 0"), 25, "above zero as `count`"),
    (changed("count: 3", "count: many"), 25, "above zero as `count`"),
    (changed("count: 3", "count: [3]"), 25, "`count` must be a text"),
    (changed("type: quorum, count: 3", "type: timer"), 25, "`duration_seconds`"),
    (changed("completion: all_submitted", "uses: []"), 21, "`uses` must be a text"),
    (changed("## Stage: choose\n", ""), 22, "this stage needs a section"),
    (changed("## Stage: choose", "## Stage: chose"), 37, "the id of a stage"),
    (changed("## Stage: choose", "## Stage: walk"), 37, "has a section before"),
    (changed("Ask for three trees.", " "), 37, "this section is empty"),
]


@pytest.mark.usefixtures("loader")
@pytest.mark.parametrize(("text", "line", "sentence"), BROKEN, ids=[each[2] for each in BROKEN])
def test_an_error_names_the_line_and_what_is_expected(text: str, line: int, sentence: str) -> None:
    """Whoever wrote the spec can go to the line and mend it."""
    message = refusal(text)
    assert message.startswith(f"line {line}: ")
    assert sentence in message


def test_line_numbers_are_those_of_an_editor(loader: str) -> None:
    """Characters at which only YAML ends a line do not move the count."""
    text = changed("status: draft", "status: a\x85b\u2028c\u2029d")
    assert refusal(changed("label: Neighbour", "label: []", text)).startswith("line 14: "), loader


def read_or_refused(text: str) -> None:
    """Take a text; nothing but a spec that can be sent, or an error within the file, may come."""
    line = 1
    try:
        json.dumps(parse(text).template, ensure_ascii=False).encode()
    except SpecError as error:
        line = error.line
    assert 1 <= line <= text.replace("\r", "\n").count("\n") + 1


WORDS = (
    "---",
    "  ",
    "- ",
    ": ",
    "&a",
    "*a",
    "!!int",
    "%YAML",
    "## Stage: walk",
    "stages",
    "id",
    "type",
)
PIECES = st.sampled_from([*"\n?{}[],'\"\\|#~1", *WORDS])


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=())) | st.lists(PIECES).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes it fail in another way, with or without the dashes around it."""
    read_or_refused(text)
    read_or_refused(f"---\n{text}\n---\n")


@settings(deadline=None)
@given(
    st.sampled_from([CHAIN, SINGLE]),
    st.integers(0, len(CHAIN)),
    st.integers(0, 12),
    st.text(st.characters(exclude_categories=()), max_size=8) | PIECES,
)
def test_a_damaged_spec_is_read_or_refused(spec: str, at: int, gone: int, put: str) -> None:
    """Any slip of the hand in a good spec leaves a spec or an error with its line."""
    damaged = spec[:at] + put + spec[at + gone :]
    read_or_refused(damaged)
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(yaml, "CSafeLoader", raising=False)
        read_or_refused(damaged)
