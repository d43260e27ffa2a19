"""create_session with templates, chains, projects and groups."""

import base64
import io
import json
from dataclasses import replace
from typing import Any

import pytest
import segno

from harmonica_mcp.sandbox.records import Project, Template
from tests.server.host import call
from tests.server.wire import Called, Json, Stage

SINGLE, CHAIN = "Retrospective", "Two-round estimate"
CREATE = "POST /sessions"
ROSTER: list[Json] = [
    {"email": "ada@x.example", "roles": [{"step": 0, "role": "expert"}]},
    {"email": "ben@x.example", "name": "Ben", "roles": [{"step": 0, "role": "visitor"}]},
]


async def create(stage: Stage, **more: Any) -> Called:
    """Create a session."""
    given: Json = {"topic": "Light in the workshop", "goal": "Decide where new lamps go."}
    return await call(stage, "create_session", **given | more)


def chain_template(stage: Stage) -> Template:
    """The chain template of the sandbox."""
    return stage.tenant.templates["delphi-panel-chain"]


def outcome(called: Called) -> tuple[bool, str]:
    """Whether the chain runs, and what it is called."""
    return called.data["chain"]["runs"], called.data["chain"]["status"]


async def test_a_single_template(stage: Stage) -> None:
    """A template is taken by its exact title; that its prompt is not in use yet is said."""
    called = await create(stage, template=SINGLE)
    session = stage.session("Light")
    assert session.settings["template_id"] == "retrospective"
    assert "chain" not in called.data
    assert called.data["next_step"] == (
        "The template's own prompt is not in use yet: apply_template_prompt (toolset design) "
        "brings it in."
    )
    assert called.data["next_step"] in called.text


async def test_a_template_and_a_prompt(stage: Stage) -> None:
    """Whoever gives a prompt with the template wants that one: nothing is advised."""
    called = await create(stage, template=SINGLE, prompt="Ask slowly.")
    assert "next_step" not in called.data
    assert stage.session("Light").prompt == "Ask slowly."


async def test_a_chain_starts(stage: Stage) -> None:
    """With every role filled the chain starts; both forms tell its id and step."""
    called = await create(stage, template=CHAIN, roster=ROSTER)
    assert outcome(called) == (True, "started")
    chain = called.data["chain"]
    assert chain["chain_id"] in stage.tenant.projects
    assert chain["step_id"] == "estimate"
    assert f"The chain is started ({chain['chain_id']}); this is its step estimate." in called.text
    assert "next_step" not in called.data
    assert stage.session("Light").settings["roster"] == [
        {"email": "ada@x.example", "rolesByStep": {"0": "expert"}},
        {"email": "ben@x.example", "displayName": "Ben", "rolesByStep": {"0": "visitor"}},
    ]
    assert stage.sandbox.effects == {"session created": 1, "chain started": 1}


async def test_a_chain_resumes(stage: Stage) -> None:
    """A chain that goes on in its project is told as that."""
    made = next(iter(stage.tenant.projects.values()))
    chain = Project("chain-1", "Estimate", None, made.created_at)
    chain.chain_template = chain_template(stage).id
    stage.tenant.projects = {"chain-1": chain} | stage.tenant.projects
    called = await create(stage, template=CHAIN, roster=ROSTER, project="Estimate")
    assert outcome(called) == (True, "resumed")
    assert "The chain is resumed (chain-1)" in called.text


def told(called: Called, why: str, do: str) -> None:
    """Both forms say that the chain does not run, why, and what to do."""
    chain = called.data["chain"]
    assert chain["runs"] is False
    assert chain.get("reason", "") == why
    assert chain["advice"] == do
    because = f", because {json.dumps(why)}" if why else ""
    assert (
        f"The chain is NOT started ({chain['status']}){because}. What to do: {do}. A plain single "
        "session is open instead."
    ) in called.text


async def test_an_incomplete_roster(stage: Stage) -> None:
    """Missing roles are named, and that list_templates shows them."""
    called = await create(stage, template=CHAIN, roster=ROSTER[:1])
    assert outcome(called) == (False, "roster_incomplete")
    told(
        called,
        "The roster fills no: visitor in step 0.",
        "give a roster with every role; list_templates shows steps and roles",
    )
    assert stage.sandbox.effects["chain started"] == 0


@pytest.mark.parametrize("by_id", [True, False])
async def test_no_roster_at_all(stage: Stage, by_id: bool) -> None:
    """A chain with roles is refused without a roster: the plain session could not be deleted."""
    template = chain_template(stage)
    if by_id:
        template.id = "00000000-0000-4000-8000-000000000000"
        stage.tenant.templates = {template.id: template}
    called = await create(stage, template=template.id if by_id else CHAIN)
    assert called.error == (
        "This chain needs a roster with its roles: step 0 expert, step 0 visitor. Nothing was sent."
    )
    assert stage.sandbox.effects.total() == 0


@pytest.mark.parametrize(("step", "role"), [(0, "experts"), (2, "expert")])
async def test_a_role_that_is_none(stage: Stage, step: int, role: str) -> None:
    """A role that the chain lacks is refused, naming those it has, before anybody is asked."""
    roster = [*ROSTER, {"email": "c@x.example", "roles": [{"step": step, "role": role}]}]
    async with stage.connect() as wire:
        new = {"topic": "Light", "goal": "Decide.", "template": CHAIN, "roster": roster}
        called = await wire.call("create_session", **new)
    assert called.error == (
        f"The chain has no step {step} {role}; its roles are step 0 expert, step 0 visitor. "
        "Nothing was sent."
    )
    assert stage.sandbox.effects.total() == 0


async def test_a_template_that_is_not_listed(stage: Stage) -> None:
    """A UUID that no list shows, such as a workspace's, is sent as it is."""
    unlisted = "00000000-0000-4000-8000-000000000000"
    called = await create(stage, template=unlisted)
    assert not called.failed
    assert stage.session("Light").settings["template_id"] == unlisted


async def test_too_many_steps(stage: Stage) -> None:
    """A chain that is longer than the plan allows is no chain, with what to do."""
    stage.tenant.plan = "FREE"
    config: Any = {"steps": [{"id": str(number)} for number in range(4)]}
    chain_template(stage).chain_config = config
    called = await create(stage, template=CHAIN)
    assert outcome(called) == (False, "step_cap_exceeded")
    told(
        called,
        "Your plan allows chains of up to 3 steps.",
        "use a template with fewer steps, or another plan",
    )


async def test_too_many_projects(stage: Stage) -> None:
    """A chain needs a project of its own; where there is no room, it says so."""
    stage.tenant.plan = "FREE"
    one = next(iter(stage.tenant.projects.values()))
    for number in range(5):
        stage.tenant.projects[f"p{number}"] = replace(one, id=f"p{number}", session_ids=[])
    called = await create(stage, template=CHAIN, roster=ROSTER)
    assert outcome(called) == (False, "project_cap_exceeded")
    told(
        called,
        "Your plan allows 5 active projects.",
        "delete or archive a project first, since a chain needs its own",
    )


async def test_an_unsupported_strategy(stage: Stage) -> None:
    """A strategy that Harmonica does not run is told without a reason, and with what to do."""
    config: Any = {"steps": [{"id": "a", "assignment_strategy": "host_assigned"}]}
    chain_template(stage).chain_config = config
    called = await create(stage, template=CHAIN)
    assert outcome(called) == (False, "unsupported")
    told(called, "", "use the single session, or another template")


async def test_a_roster_for_a_single_template(stage: Stage) -> None:
    """A roster makes no chain of a single template; its prompt still waits to be applied."""
    called = await create(stage, template=SINGLE, roster=ROSTER)
    assert outcome(called) == (False, "noop")
    told(
        called,
        "not_a_chain",
        "use a template of type chain, see list_templates, if you wanted one",
    )
    assert "apply_template_prompt" in called.data["next_step"]


async def test_an_unknown_outcome(stage: Stage) -> None:
    """An outcome that Harmonica adds one day is not taken for a running chain."""
    made = stage.whole.item() | {"chain": {"status": "queued", "message": "Wait"}}
    stage.sandbox.faults.add(CREATE, status=201, body=made)
    called = await create(stage, template=CHAIN, roster=ROSTER)
    assert outcome(called) == (False, "queued")
    told(called, "Wait", "look in the web app")


async def test_two_roles_in_one_step(stage: Stage) -> None:
    """Somebody with two roles in one step is refused, not given one of them."""
    roles = [{"step": 0, "role": "expert"}, {"step": 0, "role": "visitor"}]
    called = await create(stage, template=CHAIN, roster=[{"email": "a@x.example", "roles": roles}])
    assert called.error == '"a@x.example" has two roles in one step. Nothing was sent.'
    assert CREATE not in stage.sent


@pytest.mark.parametrize(
    ("given", "noun"),
    [
        ({"template": "Retro"}, "template"),
        ({"project": "Fennmill"}, "project"),
        ({"telegram_groups": ["Fennmill"]}, "Telegram group"),
    ],
)
async def test_names_are_never_guessed(stage: Stage, given: Json, noun: str) -> None:
    """A name that is only near is refused with what there is, and nothing is created."""
    called = await create(stage, **given)
    assert called.error.startswith(f"There is no {noun} with that id or name; there are ")
    assert called.error.endswith("Nothing was sent.")
    assert stage.sandbox.effects.total() == 0


async def test_groups_and_projects(stage: Stage) -> None:
    """Groups are taken by name or id, each once, and a project by its title."""
    group = next(iter(stage.tenant.groups.values()))
    other = replace(group, group_id="-5", group_name="Orchard")
    stage.tenant.groups["-5"] = other
    groups = ["orchard", group.group_id, "-5"]
    called = await create(stage, telegram_groups=groups, project="neighbourhood DAY")
    session = stage.session("Light")
    assert session.settings["distribution"] == [
        {"channel": "telegram", "group_id": "-5"},
        {"channel": "telegram", "group_id": group.group_id},
    ]
    [project] = [each for each in stage.tenant.projects.values() if "day" in each.title]
    assert session.id in project.session_ids
    assert "Set: topic, goal, project_id, distribution." in called.text


async def test_questions(stage: Stage) -> None:
    """Questions keep type, required and options."""
    asked: list[Json] = [
        {"text": "Which bench?", "type": "Options", "required": True, "options": ["A", "B"]},
        {"text": "Who are you?"},
    ]
    await create(stage, questions=asked)
    first, second = stage.session("Light").questions
    assert (first.kind, first.required, first.options) == ("Options", True, ("A", "B"))
    assert (second.kind, second.required) == ("Short field", False)


async def test_somebody_elses_project(stage: Stage) -> None:
    """A project in which the key may only look takes no session, and none is created."""
    project = next(iter(stage.tenant.projects.values()))
    project.access = "viewer"
    called = await create(stage, project=project.title)
    assert "this key has no access to it" in called.error
    assert stage.sandbox.effects.total() == 0


async def test_the_join_link_as_an_image(stage: Stage) -> None:
    """On request the join link comes as a QR code too, a PNG for the person; else as text alone."""
    called = await create(stage, qr=True)
    text, image = called.raw["content"]
    assert called.raw["structuredContent"]["join_url"] in text["text"]
    assert (image["type"], image["mimeType"]) == ("image", "image/png")
    assert image["annotations"] == {"audience": ["user"]}
    drawn = base64.b64decode(image["data"])
    link = segno.make_qr(called.raw["structuredContent"]["join_url"], error="m")
    expected = io.BytesIO()
    link.save(expected, kind="png", scale=6, border=4)
    assert drawn == expected.getvalue()
    assert drawn.startswith(b"\x89PNG")
    assert "qr" not in called.data
    assert len((await create(stage)).raw["content"]) == 1


async def test_no_link_no_image(stage: Stage) -> None:
    """Where Harmonica gives no join link there is nothing to draw, and the answer is whole."""
    stage.sandbox.faults.add(CREATE, body={"id": "hst_1", "topic": "Light", "goal": "Lamps"})
    called = await create(stage, qr=True)
    assert len(called.raw["content"]) == 1
