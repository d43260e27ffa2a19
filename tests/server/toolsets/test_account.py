"""get_current_user."""

from tests.server.wire import Stage


async def test_current_user(stage: Stage) -> None:
    """Text and structured content tell owner, address, plan and id."""
    async with stage.connect() as wire:
        called = await wire.call("get_current_user")
    assert called.data == {
        "id": stage.tenant.user_id,
        "email": stage.tenant.email,
        "name": "Sandbox Host",
        "plan": "PRO",
    }
    assert called.text == (
        f'The key belongs to "Sandbox Host" <{stage.tenant.email}>, plan PRO '
        f"(id {stage.tenant.user_id})."
    )


async def test_a_user_without_a_name(stage: Stage) -> None:
    """A name that the account does not have is left out."""
    stage.tenant.name = ""
    async with stage.connect() as wire:
        called = await wire.call("get_current_user")
    assert "name" not in called.data
    assert called.text.startswith(f"The key belongs to <{stage.tenant.email}>, plan PRO")


async def test_the_same_user_in_every_call(stage: Stage) -> None:
    """Each call asks anew: nothing is kept of the caller."""
    async with stage.connect() as wire:
        await wire.call("get_current_user")
        stage.tenant.plan = "FREE"
        assert (await wire.call("get_current_user")).data["plan"] == "FREE"
    assert stage.sent == ["GET /me"] * 2
