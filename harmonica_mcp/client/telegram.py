"""Telegram groups in which sessions can be announced."""

from harmonica_mcp.client import _check, errors
from harmonica_mcp.client._model import Model, Moment
from harmonica_mcp.client._operation import Operation, Retry
from harmonica_mcp.client._sending import Http

LIST_GROUPS = Operation("GET", "/integrations/telegram/groups", Retry.READ)
REGISTER_GROUP = Operation("POST", "/integrations/telegram/groups", Retry.IDEMPOTENT)
UNREGISTER_GROUP = Operation("DELETE", "/integrations/telegram/groups/{groupId}", Retry.IDEMPOTENT)

# A 32-bit column: beyond it the API answers 500.
_TOPIC_IDS = range(-(2**31), 2**31)


class TelegramGroup(Model):
    """A group of the caller's."""

    group_id: str
    group_name: str | None = None
    topic_id: int | None = None
    created_at: Moment = None


class _Groups(Model):
    data: list[TelegramGroup]


class Telegram:
    """`client.telegram`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def list(self) -> list[TelegramGroup]:
        """The caller's groups, newest first; unpaged."""
        return (await self._http.request(LIST_GROUPS)).model(_Groups).data

    async def register(
        self, group_id: str, *, group_name: str | None = None, topic_id: int | None = None
    ) -> TelegramGroup:
        """Register a group, or replace what is known of it: what is left out is emptied.

        The bot's own `/setup` in the group does this; a group without the bot is never served.
        """
        body: dict[str, object] = {"group_id": _check.filled("group_id", group_id)}
        if group_name is not None:
            body["group_name"] = group_name
        if topic_id is not None:
            if topic_id not in _TOPIC_IDS:
                raise errors.InvalidInput("topic_id is no number that Harmonica can store.")
            body["topic_id"] = topic_id
        return (await self._http.request(REGISTER_GROUP, json=body)).model(TelegramGroup)

    async def unregister(self, group_id: str) -> None:
        """Forget a group.

        Raises:
            NotFound: There is no such group of the caller's.
        """
        await self._http.request(UNREGISTER_GROUP, {"groupId": group_id})
