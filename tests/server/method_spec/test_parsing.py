"""A method.md becomes a template."""

import json

import pytest

from harmonica_mcp.server.method_spec import parse
from tests.server.method_spec.specs import CHAIN, SINGLE, changed, steps


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


@pytest.mark.parametrize(
    "words",
    [
        "```yes``` or ```no``` is enough.",
        "````\n```\n## Stage: walk\n```\n````",
        "```\n```text\n# Not a heading\n```",
    ],
)
def test_code_ends_where_markdown_ends_it(words: str) -> None:
    """Code within a line opens no block, and only a bare mark of its length closes one."""
    spec = parse(changed("Ask what stands where.", words))
    assert str(steps(spec)[0]["facilitation_prompt"]).endswith(words)


def test_a_spec_can_use_all_the_room_it_has() -> None:
    """Long prompts are taken up to the limit."""
    parse(changed("Ask for three trees.", "x" * (200_000 - len(CHAIN))))
