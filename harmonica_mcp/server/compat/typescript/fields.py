"""Arguments that several of the official tools share."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.guard import quote


class Target(BaseModel):
    """Where a session is announced."""

    model_config = ConfigDict(extra="forbid")

    channel: str = Field(description="telegram; no other one delivers")
    group_id: str = Field(description="Group id or exact name, see list_telegram_groups")


Targets = Annotated[list[Target] | None, Field(description="Announce the session in these groups")]


def groups_of(targets: Sequence[Target] | None) -> list[str] | None:
    """The Telegram groups of a distribution.

    Raises:
        InvalidInput: It names another channel.
    """
    if targets is None:
        return None
    for target in targets:
        if target.channel != "telegram":
            raise InvalidInput(
                f"The channel {quote(target.channel, 40)} does not deliver: telegram is the only "
                "one that does. Nothing was sent."
            )
    return [target.group_id for target in targets]
