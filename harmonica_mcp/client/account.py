"""Who the key belongs to."""

from pydantic import Field

from harmonica_mcp.client._model import Model, Moment
from harmonica_mcp.client._operation import Operation, Retry
from harmonica_mcp.client._sending import Http

GET_ME = Operation("GET", "/me", Retry.READ)


class KeyInfo(Model):
    """The user's newest active key, which is not always the calling one."""

    name: str | None = None
    key_prefix: str = ""
    created_at: Moment = None
    last_used_at: Moment = None


class User(Model):
    """The person whose key it is."""

    id: str
    email: str = ""
    name: str | None = None
    subscription_status: str = Field(
        default="", description="FREE, PRO, ENTERPRISE, LTD; an open set."
    )
    api_key: KeyInfo | None = None


class Account:
    """`client.account`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def me(self) -> User:
        """Whose key this is: the cheapest way to try a key."""
        return (await self._http.request(GET_ME)).model(User)
