"""get_template, create_template, update_template, delete_template."""

import json
from typing import Any

import pytest

from tests.server.host import call
from tests.server.wire import Json, Stage

SINGLE, CHAIN = "retrospective", "delphi-panel-chain"
CREATE, UPDATE, DELETE = "POST /templates", "PATCH /templates/{id}", "DELETE /templates/{id}"
STEPS: Json = {
    "steps": [{"id": "ask", "title": "Ask", "completion_criteria": {"type": "all_submitted"}}]
}
TEXTS: Json = {
    "description": "What it is for.",
    "facilitation_prompt": "Ask slowly.",
    "default_session_name": "An evening",
    "default_goal": "Agree.",
    "default_critical": "No money.",
    "default_context": "We are nine.",
    "icon": "star",
}


async def test_get_a_single_one(stage: Stage) -> None:
    """A template is found by its exact title, and both forms hold all that it begins with."""
    template = stage.tenant.templates[SINGLE]
    template.texts |= {"default_critical": "No money.", "default_context": "We are nine."}
    called = await call(stage, "get_template", template="retrospective ")
    names = {
        "description": "description",
        "prompt": "facilitation_prompt",
        "default_name": "default_session_name",
        "default_goal": "default_goal",
        "default_critical": "default_critical",
        "default_context": "default_context",
    }
    for shown, stored in names.items():
        assert called.data[shown] == template.texts[stored]
        assert f"{shown}: {json.dumps(template.texts[stored])}" in called.text
    assert called.data["cut"] == []
    assert called.text.startswith(
        'Template retrospective "Retrospective" (single, public, cross-pollination off).\n'
    )
    assert "Installed" not in called.text


async def test_get_a_chain(stage: Stage) -> None:
    """A chain shows each step with who takes part, what they see and when it is over."""
    called = await call(stage, "get_template", template=CHAIN)
    first, second = called.data["steps"]
    assert first == {
        "id": "estimate",
        "title": "First estimates",
        "roles": ["expert", "visitor"],
        "assignment": "explicit",
        "context_mode": "none",
        "completion": "quorum (count 3)",
        "prompt": "Ask for an estimate and the reasons behind it.",
    }
    assert second["completion"] == "all_submitted"
    assert (
        '- step 0 estimate "First estimates"; roles expert, visitor; assigned explicit; sees none;'
        ' until quorum (count 3): "Ask for an estimate and the reasons behind it."' in called.text
    )
    assert "(chain, not public, cross-pollination on)." in called.text


async def test_get_a_bare_step(stage: Stage) -> None:
    """A step of which only the id is known is shown by its id."""
    stage.tenant.templates[CHAIN].chain_config = {"steps": [{"id": "only"}]}
    called = await call(stage, "get_template", template=CHAIN)
    assert called.data["steps"] == [{"id": "only"}]
    assert called.text.endswith("\n- step 0 only")


async def test_get_cuts_and_says_so(stage: Stage) -> None:
    """Long texts are shown in part, which both forms say by name; `full` shows all."""
    template = stage.tenant.templates[CHAIN]
    template.texts["default_context"] = "c" * 1_001
    template.chain_config = {"steps": [{"id": "a", "facilitation_prompt": "p" * 2_000}]}
    called = await call(stage, "get_template", template=CHAIN)
    full = await call(stage, "get_template", template=CHAIN, full=True)
    assert called.data["cut"] == ["default_context", "step 0"]
    assert called.data["steps"][0]["prompt"] == "p" * 1_000
    assert called.text.endswith(
        "Shown in part: default_context, step 0; get_template(full=true) shows all."
    )
    assert full.data["cut"] == []
    assert full.data["default_context"] == "c" * 1_001
    assert "p" * 2_000 in full.text


async def test_create(stage: Stage) -> None:
    """A template is made with every text, and told with its id and what comes next."""
    called = await call(stage, "create_template", title=" Evening ", is_public=True, **TEXTS)
    template = stage.tenant.templates[called.data["id"]]
    assert template.title == "Evening"
    assert template.texts == TEXTS
    assert template.is_public
    assert (called.data["type"], called.data["steps"], called.data["public"]) == ("single", 0, True)
    assert called.text == (
        f'Saved: template {template.id} "Evening" (single, public).\n'
        "create_session(template=…) begins with it."
    )
    assert stage.sandbox.effects == {"template created": 1}


async def test_create_a_chain(stage: Stage) -> None:
    """A chain is given as JSON and stored as it was given."""
    called = await call(stage, "create_template", title="Evening", chain_config=json.dumps(STEPS))
    template = stage.tenant.templates[called.data["id"]]
    assert (template.kind, template.chain_config) == ("chain", STEPS)
    assert '"Evening" (chain, 1 step, not public).' in called.text


async def test_create_for_a_workspace(stage: Stage) -> None:
    """A template is made for a workspace of the caller's, and refused for another's."""
    mine = next(iter(stage.tenant.projects))
    called = await call(stage, "create_template", title="Evening", workspace_id=mine)
    other = await call(stage, "create_template", title="Evening", workspace_id="another")
    assert stage.tenant.templates[called.data["id"]].workspace_id == mine
    assert "this key has no access to it" in other.error


@pytest.mark.parametrize(
    ("config", "why"),
    [
        ("{steps}", "chain_config is no JSON (Expecting property name"),
        ("[" * 100_000, "chain_config is no JSON"),
        ("[]", "chain_config must be an object with steps"),
        ('{"steps": []}', "chain_config must be an object with steps"),
    ],
)
@pytest.mark.parametrize("tool", ["create_template", "update_template"])
async def test_a_chain_that_is_none(stage: Stage, tool: str, config: str, why: str) -> None:
    """What cannot be a chain is refused before anything is sent."""
    more = {"title": "T"} if tool == "create_template" else {"template": SINGLE}
    called = await call(stage, tool, chain_config=config, **more)
    assert called.error.startswith(why)
    assert called.error.endswith("Nothing was sent.")
    assert stage.sent == []


async def test_a_chain_that_harmonica_refuses(stage: Stage) -> None:
    """What Harmonica finds wrong with a chain is passed on."""
    steps = json.dumps({"steps": [{"id": "a"}, {"id": "a"}]})
    called = await call(stage, "create_template", title="Evening", chain_config=steps)
    assert called.error.endswith("chain_config step ids must be unique.")


async def test_a_chain_beyond_the_plan(stage: Stage) -> None:
    """A chain with more steps than the plan allows is refused as that."""
    stage.tenant.plan = "FREE"
    steps = json.dumps({"steps": [{"id": str(number)} for number in range(4)]})
    called = await call(stage, "create_template", title="Evening", chain_config=steps)
    assert "Your plan allows chains of up to 3 steps" in called.error
    assert stage.sandbox.effects.total() == 0


async def test_a_lost_creation(stage: Stage) -> None:
    """After a lost answer the template is found: there is one, and it is said."""
    stage.sandbox.faults.add(CREATE, drop="after")
    called = await call(stage, "create_template", title="Evening")
    assert called.data["recovered"] is True
    assert "do not create it again" in called.text
    assert stage.sandbox.effects == {"template created": 1}


async def test_a_creation_that_is_not_found(stage: Stage) -> None:
    """Where no template is found, it may still come to be: nothing is repeated."""
    stage.sandbox.faults.add(CREATE, drop="before")
    called = await call(stage, "create_template", title="Evening")
    assert called.error.endswith("do not repeat it, check with list_templates.")
    assert stage.sent.count(CREATE) == 1


async def test_update(stage: Stage) -> None:
    """Given fields change, the others stay, an empty text is cleared."""
    template = stage.tenant.templates[CHAIN]
    called = await call(
        stage, "update_template", template="Two-round estimate", title="Estimate", description=""
    )
    assert (template.title, template.texts["description"]) == ("Estimate", None)
    assert template.chain_config
    assert called.data["id"] == CHAIN
    assert called.data["recovered"] is False
    assert f'Saved: template {CHAIN} "Estimate" (chain, 2 steps, not public).' in called.text


async def test_update_makes_a_chain(stage: Stage) -> None:
    """A chain's steps replace what the template was, and it can be made public."""
    made = await call(stage, "create_template", title="Evening")
    called = await call(
        stage,
        "update_template",
        template="Evening",
        chain_config=json.dumps(STEPS),
        is_public=True,
    )
    template = stage.tenant.templates[made.data["id"]]
    assert (template.chain_config, template.is_public) == (STEPS, True)
    assert (called.data["steps"], called.data["public"]) == (1, True)


@pytest.mark.parametrize("given", [{}, {"force": True}])
async def test_update_nothing(stage: Stage, given: dict[str, Any]) -> None:
    """An update of nothing is refused, forced or not."""
    called = await call(stage, "update_template", template=CHAIN, **given)
    assert called.error == "There is nothing to change."


async def test_somebody_elses_template(stage: Stage) -> None:
    """A public template of others cannot be changed or deleted."""
    changed = await call(stage, "update_template", template=SINGLE, title="Mine")
    deleted = await call(stage, "delete_template", template=SINGLE)
    assert "You don't have permission to edit this template" in changed.error
    assert "You don't have permission to delete this template" in deleted.error
    assert SINGLE in stage.tenant.templates


async def test_delete(stage: Stage) -> None:
    """A template is deleted by its exact title, once, also when the answer was lost."""
    stage.sandbox.faults.add(DELETE, drop="after")
    called = await call(stage, "delete_template", template="two-round ESTIMATE")
    again = await call(stage, "delete_template", template="Two-round estimate")
    assert called.data["deleted"] is True
    assert called.text == f"Template {CHAIN} is deleted."
    assert again.error.startswith("There is no template with that id or name")
    assert stage.sandbox.effects == {"template deleted": 1}


async def test_not_deleted(stage: Stage) -> None:
    """Where Harmonica says that it did not, that is not called deleted."""
    stage.sandbox.faults.add(DELETE, body={"success": False})
    called = await call(stage, "delete_template", template=CHAIN)
    assert called.data["deleted"] is False
    assert called.text == f"Template {CHAIN} is NOT deleted."


@pytest.mark.parametrize("tool", ["get_template", "update_template", "delete_template"])
async def test_an_unknown_template(stage: Stage, tool: str) -> None:
    """An id in the form of a UUID is sent as it is; one that is none's is told."""
    unknown = "00000000-0000-4000-8000-000000000000"
    more = {"title": "New"} if tool == "update_template" else {}
    called = await call(stage, tool, template=unknown, **more)
    assert "Template not found" in called.error
