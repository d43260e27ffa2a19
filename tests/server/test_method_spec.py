"""A method.md becomes a template, or an error that names the line."""

import json
import os
from pathlib import Path
from typing import cast

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.method_spec import MethodSpec, SpecError, parse

_BESIDE = Path(__file__).parents[3] / "shared/reference/openapi.yaml"
DOCUMENT = Path(os.environ.get("HARMONICA_OPENAPI") or _BESIDE)

CHAIN = """\
---
id: orchard-plan
title: Plan an orchard
version: 1.2.0
status: draft
summary: Neighbours agree on which trees to plant.
attribution: Thought up for these tests.
runtime:
  reference: harmonica
  artifact: chain
lenses: [soil, shade]
roles:
  - { slug: gardener, label: Gardener, weight: lead }
  - { slug: neighbour, label: Neighbour }
stages:
  - id: walk
    title: Walk the ground
    roles: [gardener, neighbour]
    assignment_strategy: all_participants
    context_mode: none
    completion: all_submitted
  - id: choose
    roles: [gardener]
    context_mode: all_summaries
    completion: { type: quorum, count: 3 }
---

# Plan an orchard

Why one would do this.

## Stage: walk
**Goal:** see what grows.

Ask what stands where.

## Stage: choose
Ask for three trees.
"""

SINGLE = """\
---
id: tea-break
title: Tea break
version: 0.3.1
runtime: { reference: harmonica, artifact: single }
lenses: [warmth]
stages:
  - { id: pour, title: Pour }
  - { id: sip, title: Sip slowly }
---
## Stage: sip
Ask how it tastes.

## Stage: pour
Ask who wants a cup.
"""


def changed(old: str, new: str, spec: str = CHAIN) -> str:
    """Replace a passage that stands in the spec once."""
    assert spec.count(old) == 1
    return spec.replace(old, new)


def steps(spec: MethodSpec) -> list[dict[str, object]]:
    """The steps of a chain's configuration."""
    return spec.template.get("chain_config", {})["steps"]


def refusal(text: str) -> str:
    """What the error says."""
    with pytest.raises(SpecError) as caught:
        parse(text)
    message = str(caught.value)
    assert message.startswith(f"line {caught.value.line}: ")
    return message


@pytest.fixture(params=["compiled", "pure"])
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """YAML with its compiled parser, and where that is not there."""
    if request.param == "pure":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    return request.param


def test_a_chain_spec_becomes_a_chain_template() -> None:
    """Title, description and provenance stand in the body that is sent, prompts in its steps."""
    spec = parse(CHAIN)
    assert (spec.id, spec.version, spec.title) == ("orchard-plan", "1.2.0", "Plan an orchard")
    assert spec.artifact == spec.template.get("template_type") == "chain"
    assert spec.template.get("title") == "Plan an orchard"
    assert spec.template.get("description") == (
        "Neighbours agree on which trees to plant.\n\nThought up for these tests."
    )
    assert spec.template.get("source_provenance") == {
        "spec_id": "orchard-plan",
        "spec_version": "1.2.0",
        "registry": "Open-Facilitation-Library/method-specs",
    }
    assert "facilitation_prompt" not in spec.template


def test_stages_become_steps() -> None:
    """Roles are spelled out, completion becomes criteria, the lenses stand before each prompt."""
    lenses = "Ask every question with these lenses in mind: soil, shade.\n\n"
    gardener = {"slug": "gardener", "label": "Gardener", "weight": "lead"}
    assert steps(parse(CHAIN)) == [
        {
            "id": "walk",
            "title": "Walk the ground",
            "facilitation_prompt": f"{lenses}**Goal:** see what grows.\n\nAsk what stands where.",
            "context_mode": "none",
            "assignment_strategy": "all_participants",
            "roles": [gardener, {"slug": "neighbour", "label": "Neighbour"}],
            "completion_criteria": {"type": "all_submitted"},
        },
        {
            "id": "choose",
            "title": "choose",
            "facilitation_prompt": f"{lenses}Ask for three trees.",
            "context_mode": "all_summaries",
            "roles": [gardener],
            "completion_criteria": {"type": "quorum", "count": 3},
        },
    ]


def test_the_steps_are_listed_for_showing() -> None:
    """A step is shown with its roles and with what completes it."""
    assert parse(CHAIN).steps == [
        ("walk", "Walk the ground", ("gardener", "neighbour"), "all_submitted"),
        ("choose", "choose", ("gardener",), "quorum (count 3)"),
    ]


def test_a_single_spec_becomes_one_prompt() -> None:
    """Lenses, the stages in the front matter's order, and a closing make one prompt."""
    spec = parse(SINGLE)
    assert spec.artifact == spec.template.get("template_type") == "single"
    prompt = spec.template.get("facilitation_prompt") or ""
    passages = [
        "in mind: warmth.",
        "## Stage 1 of 2: Pour\n\nAsk who wants a cup.",
        "## Stage 2 of 2: Sip slowly\n\nAsk how it tastes.",
        "## Closing\n\n",
    ]
    places = [prompt.index(passage) for passage in passages]
    assert places == sorted(places)
    assert "chain_config" not in spec.template
    assert spec.template.get("description", "") is None
    assert spec.steps == [("pour", "Pour", (), None), ("sip", "Sip slowly", (), None)]


def test_what_a_single_template_cannot_hold_is_noted() -> None:
    """Wiring that only a chain has is named among the notes, not dropped in silence."""
    assert parse(SINGLE).notes == [
        "The prompts of 2 stages are joined into one: a single template has one."
    ]
    notes = parse(changed("artifact: chain", "artifact: single")).notes
    assert notes[1] == (
        "Only a chain has these, so they are left out: assignment_strategy, completion_criteria, "
        "context_mode, roles."
    )


def test_what_has_no_place_in_a_template_is_noted() -> None:
    """Notes tell what was left in the file, and where."""
    spec = changed("status: draft", "status: draft\nhold: not cleared yet\nlicense: CC0-1.0")
    spec = changed("reference: harmonica", "reference: elsewhere", spec)
    spec = changed("  - id: choose", "  - id: choose\n    uses: tree-voting", spec)
    assert parse(spec + "\n## Sources\nA book.\n").notes == [
        "Stage choose builds on another spec (`uses`), whose own stages are not taken over.",
        "A template has no place for: status, license.",
        "The spec is on hold: its authors do not want it published yet (`hold`).",
        "The spec is written for another runtime: read the prompts before using them.",
        "The introduction before the first stage is in no prompt: it is for the host.",
        "Sections that belong to no stage are left out: at line 43.",
    ]
    assert "lines" not in json.dumps(steps(parse(spec)))


def test_many_other_sections_make_a_short_note() -> None:
    """A note names ten lines at most."""
    note = parse(SINGLE + "## Other\n" * 12).notes[-1]
    assert note.endswith("at line 16, 17, 18, 19, 20, 21, 22, 23, 24, 25 and more.")


def test_only_what_is_given_is_sent() -> None:
    """A chain without roles, lenses and modes has steps of three fields."""
    spec = parse(
        changed("artifact: single", "artifact: chain", changed("lenses: [warmth]\n", "", SINGLE))
    )
    assert [set(step) for step in steps(spec)] == [{"id", "title", "facilitation_prompt"}] * 2
    assert spec.notes == []
    assert spec.steps[0] == ("pour", "Pour", (), None)


def test_the_output_artifact_is_carried_over() -> None:
    """The one kind of output that Harmonica makes reaches the chain."""
    spec = parse(changed("status: draft", "output_artifact: wardley"))
    assert spec.template.get("chain_config", {})["output_artifact"] == "wardley"


@pytest.mark.parametrize(
    ("written", "criteria", "shown"),
    [
        ("host_continue", {"type": "host_continue"}, "host_continue"),
        ("{ count: '4', type: quorum }", {"type": "quorum", "count": 4}, "quorum (count 4)"),
        (
            "{ type: quorum_percent, percent: 66.5 }",
            {"type": "quorum_percent", "percent": 66.5},
            "quorum_percent (percent 66.5)",
        ),
        (
            "{ type: raised_hands, by: half, at: }",
            {"type": "raised_hands", "by": "half"},
            "raised_hands (by half)",
        ),
    ],
)
def test_completion_is_carried_over(written: str, criteria: object, shown: str) -> None:
    """A word becomes a type, a mapping keeps its numbers, kinds that are new here pass."""
    spec = parse(changed("completion: all_submitted", f"completion: {written}"))
    assert steps(spec)[0]["completion_criteria"] == criteria
    assert spec.steps[0].completion == shown


def test_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    """A file saved on Windows or an old Mac reads the same."""
    assert parse("\ufeff" + CHAIN.replace("\n", "\r\n")) == parse(CHAIN)
    assert parse(CHAIN.replace("\n", "\r")) == parse(CHAIN)


def test_values_are_read_as_they_are_spelled() -> None:
    """Versions that look like numbers stay as written, long titles come on one line."""
    spec = parse(
        changed("version: 1.2.0", "version: 1.10").replace(
            "Plan an orchard", ">\n  Plan\n\n  it", 1
        )
    )
    assert (spec.version, spec.title) == ("1.10", "Plan it")


def test_unknown_keys_are_tolerated() -> None:
    """What a later format adds does not stop an installation."""
    spec = changed("status: draft", "season: { from: [may] }")
    spec = changed("    title: Walk the ground", "    title: Walk the ground\n    pace: slow", spec)
    assert steps(parse(spec)) == steps(parse(CHAIN))


def test_code_in_a_section_is_left_whole() -> None:
    """Headings inside a code block end no section."""
    code = "```\n## Stage: walk\n~~~\n# Not a heading\n```\n### Small heading"
    spec = parse(changed("Ask for three trees.", f"Show this:\n\n{code}"))
    assert str(steps(spec)[1]["facilitation_prompt"]).endswith(f"Show this:\n\n{code}")


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


def test_a_spec_can_use_all_the_room_it_has() -> None:
    """Long prompts are taken up to the limit."""
    parse(changed("Ask for three trees.", "x" * (200_000 - len(CHAIN))))


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


@pytest.fixture(scope="module")
def schema() -> dict[str, object]:
    """What the API says about creating templates, or a skip that says where it was looked for."""
    if not DOCUMENT.is_file():
        pytest.skip(f"the OpenAPI document is not at {DOCUMENT}; HARMONICA_OPENAPI may name it")
    document = cast("dict[str, object]", yaml.safe_load(DOCUMENT.read_text()))
    return {
        "components": document["components"],
        "$ref": "#/components/schemas/CreateTemplateRequest",
    }


@pytest.mark.parametrize("text", [CHAIN, changed("status: draft", "output_artifact: wardley")])
def test_what_is_sent_is_what_the_api_asks_for(text: str, schema: dict[str, object]) -> None:
    """The body of a chain keeps to the published document, its configuration above all."""
    body = dict(parse(text).template)
    jsonschema.validate(body, schema)
    config = {**schema, "$ref": "#/components/schemas/ChainConfig"}
    jsonschema.validate(body["chain_config"], config)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"steps": []}, config)
