"""install_method_spec with the official arguments."""

from typing import Any

import pytest

from harmonica_mcp.sandbox.records import Template
from tests.server.asking import Room
from tests.server.compat.official import OWN, SPEC
from tests.server.host import call
from tests.server.method_spec.specs import SINGLE
from tests.server.wire import Called, Stage


async def install(stage: Stage, **more: Any) -> Called:
    """Install a spec."""
    return await call(stage, "install_method_spec", **{"method_md": SPEC, **more})


def template(stage: Stage, called: Called) -> Template:
    """The template that a spec became."""
    return stage.tenant.templates[called.data["template_id"]]


async def test_a_new_one_each_time(stage: Stage) -> None:
    """Without being told otherwise every installation makes a private template of its own."""
    first, second = await install(stage), await install(stage)
    assert first.data["template_id"] != second.data["template_id"]
    assert not template(stage, first).is_public
    assert "create_session(template_id=…)" in first.text


async def test_a_single_one(stage: Stage) -> None:
    """Specs of one step, which the official tool refuses, are installed as well."""
    called = await install(stage, method_md=SINGLE)
    assert called.data["type"] == "single"
    assert called.text.endswith("create_session(template_id=…) begins with it.")


async def test_a_dry_run(stage: Stage) -> None:
    """A dry run shows the template as JSON, asks nothing and writes nothing."""
    called = await install(stage, dry_run=True, is_public=True, template_id=OWN)
    assert called.data["state"] == "dry_run"
    assert '"steps"' in called.data["preview"]
    assert stage.sandbox.effects.total() == 0


async def test_over_a_template(stage: Stage) -> None:
    """A template that is named is overwritten, once its title is confirmed."""
    called = await install(stage, template_id=OWN, confirm=OWN)
    assert called.data["replaced"] is True
    assert template(stage, called).title == "Tea break"


@pytest.mark.parametrize("known_by", ["spec", "title"])
async def test_what_exists_is_updated(stage: Stage, known_by: str) -> None:
    """update_if_exists finds one's own template by its spec, or by the spec's title."""
    made = template(stage, await install(stage))
    if known_by == "spec":
        made.title = "Coffee break"
    else:
        made.provenance = None
    called = await install(stage, update_if_exists=True, confirm=made.title)
    assert called.data["template_id"] == made.id
    assert called.data["replaced"] is True


async def test_what_is_lost_is_told(era: str) -> None:
    """Who is asked learns whether it is an installation of this spec, or something else."""
    room = Room(era, agrees=False, compat="typescript")
    made = (await room.call("install_method_spec", method_md=SPEC)).data["template_id"]
    for arguments in ({"template_id": made}, {"template_id": OWN}, {"update_if_exists": True}):
        if "update_if_exists" in arguments:
            room.tenant.templates[made].provenance = None
        await room.call("install_method_spec", method_md=SPEC, **arguments)
    first, second, third = room.asked
    assert '"Tea break", your earlier installation of this spec, is overwritten' in first
    assert f'"{OWN}", which is no installation of this spec, is overwritten' in second
    assert '"Tea break", which is no installation of this spec, is overwritten' in third
    assert room.writes == ["POST /templates"]


async def test_nothing_exists_yet(stage: Stage) -> None:
    """update_if_exists makes a new template where there is none."""
    called = await install(stage, update_if_exists=True)
    assert called.data["replaced"] is False


async def test_several_exist(stage: Stage) -> None:
    """Where several could be meant it says which, and writes nothing."""
    made = {(await install(stage)).data["template_id"] for _ in range(2)}
    called = await install(stage, update_if_exists=True)
    assert called.error.endswith("Name one as template_id. Nothing was changed.")
    assert all(each in called.error for each in made)


async def test_the_registry(stage: Stage) -> None:
    """Where the spec comes from is kept with the template."""
    called = await install(stage, registry="example/specs")
    provenance = template(stage, called).provenance
    assert provenance is not None
    assert provenance["registry"] == "example/specs"


async def test_making_it_public_needs_a_person(era: str) -> None:
    """A public template is asked about; without a yes nothing is written."""
    for agrees, writes in ((False, 0), (True, 1)):
        room = Room(era, agrees=agrees, compat="typescript")
        await room.call("install_method_spec", method_md=SPEC, is_public=True)
        assert "Everybody on Harmonica" in room.asked[0]
        assert len(room.writes) == writes
