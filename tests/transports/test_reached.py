"""Whether a client was still there when it was sent something, as the socket tells."""

import asyncio
import functools
import socket
import struct
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from harmonica_mcp.transports.connection import Connection, reached
from harmonica_mcp.transports.sse import SseTransport
from tests.transports.wire import PATIENCE

SAID = SessionMessage(JSONRPCNotification(jsonrpc="2.0", method="told"))
RESET = struct.pack("ii", 1, 0)

App = Callable[[socket.socket, Scope, Receive, Send], Awaitable[bool]]


async def served(app: App, *fields: str) -> bool:
    """Let a client ask an app, which knows the client's end; gives what the app does."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        client.settimeout(PATIENCE)
        ours, _ = listening.accept()
    told: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def telling(scope: Scope, receive: Receive, send: Send) -> None:
        told.set_result(await app(client, scope, receive, send))

    config = uvicorn.Config(telling, log_config=None)
    config.load()
    connection = Connection(config, ServerState(), {})
    with ours, client:
        await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, ours)
        client.sendall("\r\n".join(["GET / HTTP/1.1", "Host: localhost", *fields, "", ""]).encode())
        async with asyncio.timeout(PATIENCE):
            answer = await told
        client.close()
        await asyncio.gather(*connection.server_state.tasks)
    return answer


def close(client: socket.socket) -> None:
    """Hang up."""
    client.close()


def reset(client: socket.socket) -> None:
    """Break off."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    client.close()


def stay(_: socket.socket) -> None:
    """Wait for the answer."""


LEAVING = pytest.mark.parametrize(
    ("leave", "there"), [(stay, True), (close, False), (reset, False)]
)
Leaving = Callable[[socket.socket], None]


@LEAVING
@pytest.mark.parametrize("turns", [0, 1, 2, 3, 10])
async def test_an_answer(leave: Leaving, there: bool, turns: int) -> None:
    """Who has hung up before is not there, however short a time ago; who waits is."""

    async def app(client: socket.socket, scope: Scope, receive: Receive, send: Send) -> bool:
        leave(client)
        for _ in range(turns):
            await asyncio.sleep(0)
        await PlainTextResponse("Done.")(scope, receive, send)
        return reached(scope)

    assert await served(app) == there


@LEAVING
async def test_an_event(leave: Leaving, there: bool) -> None:
    """So it is with what is said on a stream that was there until now."""

    async def app(client: socket.socket, scope: Scope, receive: Receive, send: Send) -> bool:
        scope["user"] = AuthenticatedUser(AccessToken(token="x", client_id="me", scopes=[]))
        async with SseTransport("/messages/").connected(scope, receive, send) as (_, write):
            assert reached(scope)
            assert b"event: endpoint" in client.recv(1_000)
            leave(client)
            await write.send(SAID)
            return reached(scope)

    assert await served(app) == there


@pytest.mark.parametrize("fields", [(), ("Connection: close",)])
@pytest.mark.parametrize("size", [1, 1_000_000])
async def test_who_leaves_with_the_answer(fields: tuple[str, ...], size: int) -> None:
    """Who hangs up as soon as the answer has come was there, whether or not that is the end."""

    async def app(client: socket.socket, scope: Scope, receive: Receive, send: Send) -> bool:
        await PlainTextResponse(size * "x")(scope, receive, send)
        there = functools.partial(reached, scope)
        first = there()
        client.close()
        return first and there()

    assert await served(app, *fields)


def test_another_server() -> None:
    """Where nothing is known of the connection, whatever is sent counts as heard."""
    assert reached({"type": "http"})
