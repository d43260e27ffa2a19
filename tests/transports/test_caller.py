"""What the key check leaves for the SDK and the handlers."""

import httpx2
from mcp.server.auth.middleware.auth_context import get_access_token
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from harmonica_mcp.client import ApiKey
from harmonica_mcp.transports.caller import RequireKey
from tests.transports.wire import key


async def test_the_caller_is_known_while_the_request_lasts() -> None:
    """The SDK binds what it keeps to the key's digest, and nothing it prints shows the key."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        token = get_access_token()
        assert token
        seen.extend([token.client_id, scope["user"].access_token.token, repr(token)])
        await JSONResponse({})(scope, receive, send)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(RequireKey(app))) as client:
        headers = {"Authorization": f"Bearer {key('a')}"}
        assert (await client.get("http://localhost/mcp", headers=headers)).status_code == 200
    assert seen[:2] == [ApiKey(key("a")).digest, key("a")]
    assert key("a") not in seen[2]
    assert get_access_token() is None
