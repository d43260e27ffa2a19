"""register_telegram_group, unregister_telegram_group."""

import pytest

from tests.server.host import call
from tests.server.wire import Stage

CAFE, CAFE_ID = "Fennmill repair café", "-1004200000001"
REGISTER = "POST /integrations/telegram/groups"
UNREGISTER = "DELETE /integrations/telegram/groups/{groupId}"


async def test_register(stage: Stage) -> None:
    """A group is registered with name and topic, which both forms tell."""
    called = await call(
        stage, "register_telegram_group", group_id="-42", group_name="Orchard", topic_id=3
    )
    group = stage.tenant.groups["-42"]
    assert (group.group_name, group.topic_id) == ("Orchard", 3)
    assert (called.data["registered"], called.data["topic_id"]) == (True, 3)
    assert called.text == 'Telegram group -42 "Orchard", topic 3 is registered.'


async def test_register_again(stage: Stage) -> None:
    """What is left out is emptied, as the tool says; the answer shows what is left."""
    called = await call(stage, "register_telegram_group", group_id=CAFE_ID)
    group = stage.tenant.groups[CAFE_ID]
    assert (group.group_name, group.topic_id) == (None, None)
    assert "name" not in called.data
    assert called.text == f"Telegram group {CAFE_ID} is registered."


async def test_a_lost_registration(stage: Stage) -> None:
    """Registering is repeated by itself, to the same end."""
    stage.sandbox.faults.add(REGISTER, drop="after")
    called = await call(stage, "register_telegram_group", group_id="-42")
    assert called.data["registered"] is True
    assert len(stage.tenant.groups) == 2


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"group_id": " "}, "group_id must not be empty."),
        ({"group_id": "-42", "topic_id": 2**31}, "topic_id is no number that Harmonica can store."),
    ],
)
async def test_register_is_checked(stage: Stage, given: dict[str, object], why: str) -> None:
    """What Harmonica would stumble over is refused before it is sent."""
    called = await call(stage, "register_telegram_group", **given)
    assert called.error == why
    assert stage.sent == []


@pytest.mark.parametrize("name", [CAFE_ID, "fennmill REPAIR café"])
async def test_unregister(stage: Stage, name: str) -> None:
    """A group is forgotten by id or exact name, once, also when the answer was lost."""
    stage.sandbox.faults.add(UNREGISTER, drop="after")
    called = await call(stage, "unregister_telegram_group", group=name)
    assert called.data["registered"] is False
    assert called.text == f"Telegram group {CAFE_ID} is not registered any more."
    assert stage.tenant.groups == {}
    assert stage.sandbox.effects == {"group removed": 1}


async def test_unregister_none(stage: Stage) -> None:
    """A name that is none's is refused, naming the groups there are."""
    called = await call(stage, "unregister_telegram_group", group="café")
    assert called.error == (
        f'There is no Telegram group with that id or name; there are {CAFE_ID} "{CAFE}". Nothing '
        "was sent."
    )
    assert UNREGISTER not in stage.sent
