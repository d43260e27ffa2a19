"""Whose request this is: the key in its Authorization header, and no other."""

from mcp.server.auth.middleware.auth_context import auth_context_var
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from pydantic import Field
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.client import ApiKey
from harmonica_mcp.client.errors import InvalidKey
from harmonica_mcp.client.key import WHERE_KEYS_COME_FROM
from harmonica_mcp.transports.answers import refusal

_HOW = f"Send one header `Authorization: Bearer hm_live_…` with your key; {WHERE_KEYS_COME_FROM}."


class _Token(AccessToken):
    token: str = Field(repr=False)


class RequireKey:
    """An endpoint that is reached with a Harmonica key only (401 otherwise).

    The SDK then finds the caller where it looks for one: MCP sessions, SSE streams and the state
    of questions to the user are bound to the key, and handlers can read it. Whether Harmonica
    accepts the key shows with the first request to it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request as the caller that its key names."""
        try:
            key = _key_of(scope)
        except InvalidKey as error:
            challenge = {"WWW_Authenticate": 'Bearer realm="harmonica-mcp"'}
            await refusal(401, str(error), **challenge)(scope, receive, send)
            return
        token = _Token(token=key.get_secret_value(), client_id=key.digest, scopes=[])
        scope["user"] = user = AuthenticatedUser(token)
        before = auth_context_var.set(user)
        try:
            await self.app(scope, receive, send)
        finally:
            auth_context_var.reset(before)


def _key_of(scope: Scope) -> ApiKey:
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) != 1:
        raise InvalidKey(_HOW)
    scheme, _, credentials = values[0].decode("latin-1").partition(" ")
    if scheme.lower() != "bearer":
        raise InvalidKey(_HOW)
    return ApiKey(credentials)
