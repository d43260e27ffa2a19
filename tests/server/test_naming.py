"""Templates, projects and groups by id or name."""

from dataclasses import replace

import pytest

from tests.server.wire import Stage

UUID = "b79fbf17-ee99-4313-9e88-0551ae8b6b34"


@pytest.mark.parametrize("text", [" retrospective ", "RETROSPECTIVE", "Retrospective "])
async def test_by_id_or_name(stage: Stage, text: str) -> None:
    """An id, or the exact name in any case, is found."""
    async with stage.connect() as wire:
        called = await wire.call("get_template", template=text)
    assert called.data["id"] == "retrospective"


@pytest.mark.parametrize(
    ("tool", "argument", "operation"),
    [
        ("get_template", "template", "GET /templates/{id}"),
        ("get_project", "project", "GET /projects/{id}"),
    ],
)
async def test_a_uuid(stage: Stage, tool: str, argument: str, operation: str) -> None:
    """A UUID is taken as an id, without looking it up."""
    async with stage.connect() as wire:
        called = await wire.call(tool, **{argument: f" {UUID} "})
    assert called.failed
    assert stage.sent == [operation]


async def test_an_unknown_name(stage: Stage) -> None:
    """A name that does not exist is refused with the nearest ones first; nothing is guessed."""
    async with stage.connect() as wire:
        called = await wire.call("get_template", template="estimate")
    assert called.error == (
        "There is no template with that id or name; there are delphi-panel-chain "
        '"Two-round estimate"; retrospective "Retrospective". Nothing was sent.'
    )
    assert stage.sent == ["GET /templates"]


async def test_nothing_to_choose_from(stage: Stage) -> None:
    """Where there is none at all, it says so."""
    stage.tenant.groups.clear()
    async with stage.connect() as wire:
        called = await wire.call("unregister_telegram_group", group="any")
    assert "There is no Telegram group with that id or name; there is none." in called.error


async def test_a_name_that_several_have(stage: Stage) -> None:
    """A name that is not unique is refused with the ids."""
    group = next(iter(stage.tenant.groups.values()))
    stage.tenant.groups["-2"] = replace(group, group_id="-2")
    async with stage.connect() as wire:
        called = await wire.call("unregister_telegram_group", group=str(group.group_name))
    assert called.error.startswith("Several Telegram groups have that name: ")
    assert "-2" in called.error
    assert group.group_id in called.error
    assert len(stage.tenant.groups) == 2


async def test_many_names(stage: Stage) -> None:
    """Of many others five are named, and how many more there are."""
    group = next(iter(stage.tenant.groups.values()))
    for number in range(7):
        stage.tenant.groups[str(number)] = replace(
            group, group_id=str(number), group_name=f"Evening {number}"
        )
    async with stage.connect() as wire:
        called = await wire.call("unregister_telegram_group", group="evenings")
    assert called.error.count("Evening ") == 5
    assert " and 3 more. Nothing was sent." in called.error


async def test_projects_beyond_the_first_page(stage: Stage) -> None:
    """A project is found on whatever page of the list it stands."""
    project = next(iter(stage.tenant.projects.values()))
    for number in range(150):
        stage.tenant.projects[f"p{number}"] = replace(
            project, id=f"p{number}", title=f"Project {number}"
        )
    async with stage.connect() as wire:
        for title in ("Project 0", "Project 149"):
            assert (await wire.call("get_project", project=title)).data["title"] == title
