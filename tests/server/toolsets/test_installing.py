"""install_method_spec."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harmonica_mcp.sandbox.records import Template
from harmonica_mcp.server.files import LocalFiles
from tests.server.host import call
from tests.server.method_spec.specs import CHAIN, SINGLE
from tests.server.wire import Called, Stage

CREATE, UPDATE = "POST /templates", "PATCH /templates/{id}"


async def install(stage: Stage, text: str = CHAIN, **more: Any) -> Called:
    """Install a spec from its text."""
    return await call(stage, "install_method_spec", text=text, **more)


def installed(stage: Stage, called: Called) -> Template:
    """The template that a spec became."""
    return stage.tenant.templates[called.data["template_id"]]


@pytest.fixture
def allowed(stage: Stage, tmp_path: Path) -> Iterator[Path]:
    """A directory whose files may be read."""
    before, stage.server.files = stage.server.files, LocalFiles((tmp_path,))
    yield tmp_path
    stage.server.files = before


async def test_a_chain(stage: Stage) -> None:
    """A chain spec becomes a chain; steps, roles and the next step stand in both forms."""
    called = await install(stage)
    template = installed(stage, called)
    assert (template.kind, template.title) == ("chain", "Plan an orchard")
    assert template.provenance is not None
    assert template.provenance["spec_id"] == "orchard-plan"
    data = called.data
    assert (data["state"], data["type"], data["replaced"]) == ("done", "chain", False)
    assert data["spec"] == "orchard-plan 1.2.0"
    walk, choose = data["steps"]
    assert (walk["id"], walk["roles"]) == ("walk", ["gardener", "neighbour"])
    assert choose["completion"] == "quorum (count 3)"
    assert called.text.startswith(
        'Method spec orchard-plan 1.2.0 "Plan an orchard" (chain) is installed as template '
        f"{template.id}.\n2 steps:\n"
        '- step 0 walk "Walk the ground"; roles gardener, neighbour; until all_submitted\n'
    )
    for note in data["notes"]:
        assert f"Note: {note}" in called.text
    assert "give a roster where its steps have roles" in called.text
    assert stage.sandbox.effects == {"template created": 1}


async def test_a_single_one(stage: Stage) -> None:
    """A single-artifact spec becomes a single template with all stages in its prompt."""
    called = await install(stage, SINGLE)
    template = installed(stage, called)
    prompt = template.texts["facilitation_prompt"] or ""
    assert (template.kind, called.data["type"]) == ("single", "single")
    assert prompt.index("Ask who wants a cup.") < prompt.index("Ask how it tastes.")
    assert "apply_template_prompt (toolset design)" in called.text


async def test_dry_run(stage: Stage) -> None:
    """A dry run shows the template in both forms, whole, and sends nothing that has an effect."""
    called = await install(stage, dry_run=True)
    assert called.data["state"] == "dry_run"
    assert "template_id" not in called.data
    preview = json.loads(called.data["preview"])
    assert [step["id"] for step in preview["chain_config"]["steps"]] == ["walk", "choose"]
    assert called.text.startswith(
        'Dry run, nothing was sent: method spec orchard-plan 1.2.0 "Plan an orchard" (chain) would '
        "be a new template.\n"
    )
    assert f"Template: {called.data['preview']}" in called.text
    assert "create_session" not in called.text
    assert stage.sent == ["GET /templates"]


async def test_a_long_dry_run(stage: Stage) -> None:
    """The preview of a very long spec is cut, which it says with the numbers."""
    called = await install(stage, CHAIN.replace("for three trees", "x" * 30_000), dry_run=True)
    shown, mark = called.data["preview"][:20_000], called.data["preview"][20_000:]
    assert shown.startswith('{"title": "Plan an orchard"')
    assert mark.startswith(" […cut: ")
    assert mark.endswith(" characters left out]")


async def test_again(stage: Stage) -> None:
    """Installed again, the spec overwrites its template; a dry run says so before."""
    first = await install(stage)
    newer = CHAIN.replace("1.2.0", "1.3.0").replace("Plan an orchard", "Plan two orchards")
    dry = await install(stage, newer, dry_run=True)
    again = await install(stage, newer)
    template = installed(stage, first)
    assert dry.data["template_id"] == again.data["template_id"] == template.id
    assert again.data["replaced"] is True
    assert template.title == "Plan two orchards"
    assert f"would be template {template.id}." in dry.text
    assert f"(chain) overwrites template {template.id}." in again.text
    assert stage.sandbox.effects == {"template created": 1, "template updated": 1}


async def test_local_edits(stage: Stage) -> None:
    """Edits since the installation are kept unless they may be overwritten by force."""
    first = await install(stage)
    template = installed(stage, first)
    template.chain_config = {"steps": [{"id": "mine"}]}
    refused = await install(stage)
    assert "Template has local edits since install; set force to overwrite" in refused.error
    assert template.chain_config == {"steps": [{"id": "mine"}]}
    forced = await install(stage, force=True)
    assert forced.data["template_id"] == template.id
    assert len(json.dumps(template.chain_config)) > 100


async def test_somebody_elses_installation(stage: Stage) -> None:
    """A public installation of others is left alone: the caller gets one of their own."""
    first = await install(stage)
    installed(stage, first).created_by = "auth0|somebody"
    again = await install(stage)
    assert again.data["replaced"] is False
    assert again.data["template_id"] != first.data["template_id"]


async def test_several_installations(stage: Stage) -> None:
    """Where the spec is installed several times, none is chosen; all are named."""
    first = await install(stage)
    template = installed(stage, first)
    stage.tenant.templates["twin"] = Template(
        "twin", "Twin", template.created_at, template.updated_at, template.created_by
    )
    stage.tenant.templates["twin"].provenance = template.provenance
    called = await install(stage)
    assert called.error == (
        f"This spec is installed several times: {template.id}, twin. Delete all but one, then "
        "install it again. Nothing was changed."
    )


async def test_another_spec(stage: Stage) -> None:
    """Installations of other specs do not count."""
    await install(stage)
    called = await install(stage, SINGLE)
    assert called.data["replaced"] is False
    assert stage.sandbox.effects == {"template created": 2}


async def test_a_lost_installation(stage: Stage) -> None:
    """After a lost answer the template is found: there is one, and it is said."""
    stage.sandbox.faults.add(CREATE, drop="after")
    called = await install(stage)
    assert called.data["recovered"] is True
    assert "do not install it again" in called.text
    assert stage.sandbox.effects == {"template created": 1}


async def test_a_malformed_spec(stage: Stage) -> None:
    """What is wrong is told with its line, and nothing is sent."""
    called = await install(stage, CHAIN.replace("completion: all_submitted", "completion: quorum"))
    line = CHAIN.split("\n").index("    completion: all_submitted") + 1
    assert called.error.startswith(f"line {line}: ")
    assert "count" in called.error
    assert stage.sent == []


async def test_beyond_the_plan(stage: Stage) -> None:
    """A chain that the plan does not allow is refused as that."""
    stage.tenant.plan = "FREE"
    more = "".join(f"  - id: more{n}\n" for n in range(2))
    text = CHAIN.replace("\n---\n\n", f"\n{more}---\n\n", 1)
    text += "".join(f"\n## Stage: more{n}\nAsk.\n" for n in range(2))
    called = await install(stage, text)
    assert "Your plan allows chains of up to 3 steps" in called.error
    assert stage.sandbox.effects.total() == 0


async def test_from_a_file(stage: Stage, allowed: Path) -> None:
    """A spec is read from a file below an allowed directory."""
    (allowed / "method.md").write_text(CHAIN)
    called = await call(stage, "install_method_spec", path="method.md")
    assert installed(stage, called).title == "Plan an orchard"


@pytest.mark.parametrize("given", [{}, {"text": CHAIN, "path": "method.md"}])
async def test_text_or_path(stage: Stage, given: dict[str, str]) -> None:
    """Neither or both is refused."""
    called = await call(stage, "install_method_spec", **given)
    assert called.error == "Give either text or path. Nothing was done."


async def test_files_are_off(stage: Stage) -> None:
    """Without a directory of the user's choice no file is read."""
    called = await call(stage, "install_method_spec", path=__file__)
    assert called.error.startswith("Local files cannot be read here")
