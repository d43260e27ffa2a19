"""Whose call it is: over HTTP the key of this message, and never another."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox, key_digest
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import ANSWERED, Answer, Callers, answered
from tests.server.examples import SPECS
from tests.server.wire import ENVELOPE, KEY, Json

OTHER = "hm_live_" + "f" * 32
STDIO = "hm_live_" + "a" * 32
META = "io.modelcontextprotocol/"
Post = Callable[..., Any]


def user_of(key: str) -> AuthenticatedUser:
    """The user that the key check leaves in a message."""
    return AuthenticatedUser(AccessToken(token=key, client_id=key_digest(key), scopes=[]))


def key_of(callers: Callers, request: Request | None) -> str | None:
    """The key that a message's client speaks with."""
    key = callers.client(request).key
    return key and key.get_secret_value()


@pytest.mark.parametrize("stdio", [None, STDIO])
def test_the_key_of_a_message(stdio: str | None) -> None:
    """Over HTTP the message's own key counts or none; without HTTP the process's."""
    callers = Callers(Pool(), ApiKey(stdio) if stdio else None)
    assert key_of(callers, None) == stdio
    for user, key in ((user_of(KEY), KEY), (None, None), ("somebody", None)):
        scope: Json = {"type": "http", "headers": [], **({"user": user} if user else {})}
        assert key_of(callers, Request(scope)) == key


def test_clients_share_the_pool() -> None:
    """Each call's client is new, the pool is not."""
    pool = Pool()
    callers = Callers(pool, ApiKey(STDIO))
    assert callers.client(None) is not callers.client(None)
    assert callers.client(None).pool is callers.client_without_context().pool is pool


@pytest.mark.parametrize("own", [True, False])
async def test_what_a_call_leaves_behind(own: bool) -> None:
    """It is settled at once, or when the request is answered whose own the answer is."""
    heard: list[bool] = []

    async def settle(answer: bool) -> None:
        heard.append(answer)

    answer = Answer()
    scope: Json = {"type": "http", "headers": [], **({ANSWERED: answer} if own else {})}
    await answered(Request(scope), settle)
    assert heard == ([] if own else [True])
    await answer.ended(heard=False)
    assert heard == ([False] if own else [True])
    await answered(None, settle)
    assert heard[-1:] == [True]


@pytest.fixture
def serve(era: str) -> Callable[[Sandbox], AbstractAsyncContextManager[Post]]:
    """Serve HTTP with a key of the process's own; the message's comes from a plain header."""

    @asynccontextmanager
    async def serving(sandbox: Sandbox) -> AsyncGenerator[Post]:
        specs = [spec for spec in SPECS if spec.name == "get_current_user"]
        server = HarmonicaServer(Pool("http://127.0.0.1", app=sandbox.app), ApiKey(STDIO), specs)
        inner = server.streamable_http_app(stateless_http=True, host="127.0.0.1")

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            keys = [v.decode() for k, v in scope["headers"] if k == b"x-test-key"]
            if keys:
                scope["user"] = user_of(keys[0])
            await inner(scope, receive, send)

        async with (
            server.session_manager.run(),
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8000"
            ) as http,
        ):

            async def post(method: str, params: Json, key: str | None = None) -> Json:
                return await posted(http, era, method, params, key)

            yield post

    return serving


async def posted(
    http: httpx2.AsyncClient, era: str, method: str, params: Json, key: str | None
) -> Json:
    """The JSON-RPC response to one message over HTTP."""
    headers = {
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": era,
        **({"x-test-key": key} if key else {}),
    }
    if era == ENVELOPE:
        name = params.get("name") or params.get("uri")
        headers |= {"mcp-method": method, **({"mcp-name": name} if name else {})}
        envelope = {
            f"{META}protocolVersion": era,
            f"{META}clientInfo": {"name": "test", "version": "1"},
            f"{META}clientCapabilities": {},
        }
        params = {**params, "_meta": envelope}
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    body = (await http.post("/mcp", json=message, headers=headers)).text
    lines = [line.removeprefix("data: ") for line in body.splitlines() if line.startswith("data: ")]
    return json.loads(lines[-1] if lines else body)


ME: Json = {"name": "get_current_user", "arguments": {}}
BRIEF: Json = {"uri": "harmonica://sessions/hst_1/brief"}


async def test_no_key_over_http(
    serve: Callable[[Sandbox], AbstractAsyncContextManager[Post]],
) -> None:
    """A message without a key is refused, whatever key the process has; nothing is sent."""
    sandbox = Sandbox()
    async with serve(sandbox) as post:
        called = await post("tools/call", ME)
        listed = await post("resources/list", {})
        read = await post("resources/read", BRIEF)
    assert called["result"]["isError"]
    assert called["result"]["content"][0]["text"].startswith("No Harmonica API key is set")
    assert listed["result"]["resources"] == []
    assert read["error"]["message"].startswith("No Harmonica API key is set")
    assert sandbox.requests == []


async def test_another_kind_of_key_over_http(
    serve: Callable[[Sandbox], AbstractAsyncContextManager[Post]],
) -> None:
    """A message whose key is none of Harmonica's is refused with what keys look like."""
    sandbox = Sandbox()
    async with serve(sandbox) as post:
        called = await post("tools/call", ME, "sk_other")
    assert called["result"]["isError"]
    [block] = called["result"]["content"]
    assert block["text"].startswith("This is not a Harmonica API key: keys begin with hm_live_")
    assert "sk_other" not in block["text"]
    assert sandbox.requests == []


async def test_two_callers_over_http(
    serve: Callable[[Sandbox], AbstractAsyncContextManager[Post]],
) -> None:
    """Messages of two callers, in turn, each act with their own key."""
    sandbox = Sandbox()
    async with serve(sandbox) as post:
        for key in (KEY, OTHER, KEY):
            called = await post("tools/call", ME, key)
            assert called["result"]["structuredContent"]["id"] == sandbox.tenant(key).user_id
            listed = await post("resources/list", {}, key)
            uris = {each["uri"].split("/")[-2] for each in listed["result"]["resources"]}
            assert uris == sandbox.tenant(key).sessions.keys()
            read = await post(
                "resources/read", {"uri": f"harmonica://sessions/{uris.pop()}/summary"}, key
            )
            assert "no access" not in str(read)
    digests = [request.key_digest for request in sandbox.requests]
    assert digests == [key_digest(key) for key in (KEY, OTHER, KEY) for _ in range(3)]
