"""What a caller of the bench has heard when it hangs up."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from bench.exchange import Exchange
from tests.transports.wire import PATIENCE

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"


class Caller:
    """Whoever asks, and what has come of it."""

    def __init__(self) -> None:
        self.body = bytearray()
        self.over = asyncio.Event()
        self.exchange = Exchange(self.body.extend, self.over.set)


@asynccontextmanager
async def asked() -> AsyncGenerator[tuple[Caller, socket.socket]]:
    """Give a caller that has asked something, and the server's end of its connection."""
    caller = Caller()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/mcp?a=b"
        await caller.exchange.begin("POST", url, {"Accept": "text/plain"}, {"is": 1})
        server, _ = listening.accept()
    server.settimeout(PATIENCE)
    with server:
        yield caller, server
    caller.exchange.leave()


async def test_an_answer_is_heard() -> None:
    """The request goes out as it is meant, and the answer comes in with its status."""
    async with asked() as (caller, server):
        assert server.recv(1_000).splitlines() == [
            b"POST /mcp?a=b HTTP/1.1",
            *(f"Host: 127.0.0.1:{server.getsockname()[1]}".encode(), b"Content-Length: 9"),
            *(b"Content-Type: application/json", b"Accept: text/plain", b"", b'{"is": 1}'),
        ]
        server.sendall(HEAD + b"Done.")
        async with asyncio.timeout(PATIENCE):
            await caller.over.wait()
        assert (caller.exchange.status, caller.body) == (200, b"Done.")


@pytest.mark.parametrize("came", [b"", b"Do", b"Done."])
async def test_who_leaves_has_what_had_come(came: bytes) -> None:
    """What was sent before is read, though nothing had told of it yet."""
    async with asked() as (caller, server):
        server.sendall(HEAD + came)
        caller.exchange.leave()
        assert caller.body == came
        assert caller.over.is_set() == (came == b"Done.")


async def test_who_has_left_hears_no_more() -> None:
    """What is sent to whoever has left is not heard, and the server sees the end."""
    async with asked() as (caller, server):
        server.recv(1_000)
        caller.exchange.leave()
        assert server.recv(1) == b""
        server.sendall(HEAD + b"Done.")
        caller.exchange.read()
        assert (caller.body, caller.over.is_set()) == (b"", False)


async def test_an_answer_that_breaks_off_is_over() -> None:
    """Nobody waits for the rest of an answer whose connection has ended."""
    async with asked() as (caller, server):
        server.sendall(HEAD + b"Do")
        server.close()
        async with asyncio.timeout(PATIENCE):
            await caller.over.wait()
        assert caller.body == b"Do"
