"""Over real sockets: what a server on this machine does to a connection."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from tests.client.api import KEY

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
ME = b'{"id": "auth0|1"}'
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 17\r\n\r\n" + ME


@asynccontextmanager
async def served_by(handle: Handler, max_seconds: float = 5.0) -> AsyncGenerator[HarmonicaClient]:
    """A client of a server on loopback that treats each connection like this."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Pool(f"http://127.0.0.1:{port}", max_seconds=max_seconds) as pool:
        yield HarmonicaClient(KEY, pool=pool)


async def head(reader: asyncio.StreamReader) -> bytes:
    """The head of a request."""
    return await reader.readuntil(b"\r\n\r\n")


async def test_what_is_prepared_in_a_thread_serves_the_first_request() -> None:
    """Certificates are read before there is a request, and not again for it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(OK)

    async with served_by(answer) as client:
        await asyncio.to_thread(client.pool.prepare)
        prepared = client.pool.connections.client
        assert await client.account.me()
        assert client.pool.connections.client is prepared


async def test_a_request_goes_over_the_wire() -> None:
    """The head holds key, program and host; the connection is used again."""
    heads: list[bytes] = []
    connections = 0

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        for _ in range(2):
            heads.append(await head(reader))
            writer.write(OK)

    async with served_by(handle) as client:
        assert (await client.account.me()).id == "auth0|1"
        assert (await client.account.me()).id == "auth0|1"
    assert connections == 1
    assert heads[0].startswith(b"GET /api/v1/me HTTP/1.1\r\n")
    assert f"authorization: bearer {KEY}".encode() in heads[0].lower()
    assert b"user-agent: harmonica-mcp/" in heads[0].lower()


async def test_a_read_survives_a_connection_that_the_server_gave_up() -> None:
    """A kept connection that ends just as it is used again costs a read nothing."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(OK)
        await writer.drain()

    async with served_by(handle) as client:
        for _ in range(3):
            assert (await client.account.me()).id == "auth0|1"


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"this is no HTTP\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
    ],
)
async def test_a_cut_or_garbled_answer_is_a_lost_one(sent: bytes) -> None:
    """A connection that ends within the answer leaves it open what became of a write."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(sent)

    async with served_by(handle, max_seconds=0.4) as client:
        with pytest.raises(errors.Unsettled) as caught:
            await client.sessions.create("Tea", "Choose.")
        assert isinstance(caught.value.__cause__, errors.ConnectionLost)
        assert caught.value.__cause__.may_have_happened


async def test_a_refused_connection_was_not_sent() -> None:
    """Where nothing listens, nothing was sent."""
    server = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    async with Pool(f"http://127.0.0.1:{port}", max_seconds=0.5) as pool:
        with pytest.raises(errors.ConnectionFailed, match="nothing was sent") as caught:
            await HarmonicaClient(KEY, pool=pool).sessions.create("Tea", "Choose.")
    assert not caught.value.may_have_happened


async def test_a_server_that_keeps_silent_is_timed_out() -> None:
    """An answer that does not come ends with the time limit, not later."""
    release = asyncio.Event()

    async def handle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await head(reader)
        await release.wait()

    async with served_by(handle, max_seconds=0.3) as client:
        with pytest.raises(errors.TimedOut, match="GET /me"):
            await client.account.me()
        release.set()


async def test_a_server_that_drips_is_timed_out() -> None:
    """The limit is for the whole answer: a byte now and then does not stretch it."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b" ")
            await asyncio.sleep(0.05)

    async with served_by(handle, max_seconds=0.3) as client:
        with pytest.raises(errors.TimedOut):
            await client.account.me()


async def test_a_proxy_that_keeps_silent_was_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asking a proxy for a connection is not sending: a write that got no further is not done."""
    asked: list[bytes] = []

    async def handle(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        asked.append(await head(reader))
        await reader.read()

    async with served_by(handle) as client:
        monkeypatch.setenv("https_proxy", client.pool.root.removesuffix("/api/v1"))
        async with Pool("https://harmonica.example", max_seconds=0.4) as pool:
            with pytest.raises(errors.ConnectionFailed, match="nothing was sent"):
                await HarmonicaClient(KEY, pool=pool).sessions.create("Tea", "Choose.")
    assert asked[0].startswith(b"CONNECT harmonica.example:443")
    assert KEY.encode() not in b"".join(asked)
