"""Toolset `telegram`: register and forget groups."""

from typing import Annotated

from pydantic import Field

from harmonica_mcp.client.telegram import LIST_GROUPS, REGISTER_GROUP, UNREGISTER_GROUP
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.guard import one_line, quote, quote_whole
from harmonica_mcp.server.naming import find_groups, look_up_groups
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result

telegram = Toolset("telegram", "register and forget Telegram groups")


class GroupState(Result):
    """A group and whether it is registered now."""

    group_id: str
    registered: bool
    name: str | None = None
    topic_id: int | None = None

    def text(self) -> str:
        """Say what holds."""
        name = f" {quote_whole(self.name)}" if self.name else ""
        if not self.registered:
            return f"Telegram group {self.group_id} is not registered any more."
        topic = f", topic {self.topic_id}" if self.topic_id is not None else ""
        return f"Telegram group {self.group_id}{name}{topic} is registered."


@telegram.tool("Register Telegram group", [REGISTER_GROUP], replaces=True, repeatable=True)
async def register_telegram_group(
    api: Api,
    group_id: Annotated[str, Field(description="Usually a negative number")],
    group_name: Annotated[str | None, Field(description="Emptied when left out")] = None,
    topic_id: Annotated[int | None, Field(description="Emptied when left out")] = None,
) -> GroupState:
    """Register a Telegram group, or replace what is known of it.

    The Harmonica bot's /setup in the group does this by itself; without the bot nothing is sent.
    """
    group = await api.telegram.register(group_id, group_name=group_name, topic_id=topic_id)
    name = one_line(group.group_name) if group.group_name else None
    return GroupState(group_id=group.group_id, registered=True, name=name, topic_id=group.topic_id)


async def _removes(api: Api, group: str) -> list[Question]:
    (found,) = await look_up_groups(api, [group])
    name = one_line(found.group_name or "") or found.group_id
    effect = (
        f"Telegram group {quote(name)} is forgotten: sessions cannot be announced in it until "
        "Harmonica's bot is set up there again."
    )
    return [Question(Risk.REMOVES, effect, name)]


@telegram.tool(
    "Unregister Telegram group",
    [UNREGISTER_GROUP],
    lookups=[LIST_GROUPS],
    replaces=True,
    repeatable=True,
    risks=(Risk.REMOVES,),
    asks=_removes,
)
async def unregister_telegram_group(
    api: Api, group: Annotated[str, Field(description="Group id or exact name")]
) -> GroupState:
    """Forget a Telegram group: sessions can no longer be announced in it."""
    (found,) = await find_groups(api, [group])
    await api.telegram.unregister(found)
    return GroupState(group_id=found, registered=False)
