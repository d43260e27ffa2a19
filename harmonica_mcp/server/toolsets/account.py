"""Toolset `account`: whose key it is."""

from harmonica_mcp.client.account import GET_ME, User
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import one_line, quote
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result

account = Toolset("account", "whose key it is")


class CurrentUser(Result):
    """The key's owner."""

    id: str
    email: str
    name: str | None = None
    plan: str

    @classmethod
    def of(cls, user: User) -> "CurrentUser":
        """Choose what an agent needs of the account."""
        name = one_line(user.name) if user.name else None
        return cls(id=user.id, email=user.email, name=name, plan=user.subscription_status)

    def text(self) -> str:
        """Say who it is."""
        who = f"{quote(self.name)} " if self.name else ""
        return f"The key belongs to {who}<{self.email}>, plan {self.plan} (id {self.id})."


@account.tool("Current user", [GET_ME], reads=True)
async def get_current_user(api: Api) -> CurrentUser:
    """Tell whose Harmonica key is in use, and the plan. Also the cheapest way to test the key."""
    return CurrentUser.of(await api.account.me())
