"""Clients over HTTP, each with a key and a connection of its own: bytes in, bytes out."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Protocol
from urllib.parse import urlsplit

from bench.wire import (
    ACCEPT,
    ERAS,
    LEGACY,
    Failed,
    Json,
    headers,
    hello,
    key_of,
    message,
    result_of,
)

_LIMIT = 1 << 20


class Client(Protocol):
    """Whoever is connected to the server."""

    key: str

    async def open(self) -> None:
        """Connect, and begin as clients do."""

    async def ask(self, method: str, params: Json | None = None) -> Json:
        """Send a request and give the result."""
        ...

    async def close(self) -> None:
        """Hang up."""


class _Wire:
    """A connection that is kept alive."""

    def __init__(self, url: str, key: str) -> None:
        self._at = urlsplit(url)
        self._common = (
            f"Host: {self._at.netloc}\r\nAuthorization: Bearer {key}\r\n"
            f"Accept: {ACCEPT}\r\nContent-Type: application/json\r\n"
        )

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(
            self._at.hostname, self._at.port, limit=_LIMIT
        )

    async def send(
        self, line: str, fields: dict[str, str], body: bytes = b""
    ) -> tuple[int, dict[str, str]]:
        """Send a request; gives the head of the answer."""
        # The server hangs up after a while in which nothing was asked.
        if self.reader.at_eof():
            await self.open()
        own = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        head = f"{line} HTTP/1.1\r\n{self._common}{own}Content-Length: {len(body)}\r\n\r\n"
        self.writer.write(head.encode() + body)
        status, *rest = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = (field.partition(":") for field in rest if field)
        return int(status.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}

    async def body(self, fields: dict[str, str]) -> bytes:
        """Give the answer's body."""
        if "transfer-encoding" in fields:
            return b"".join([part async for part in self.parts()])
        return await self.reader.readexactly(int(fields.get("content-length", 0)))

    async def parts(self) -> AsyncIterator[bytes]:
        """Give the parts of a chunked body as they come."""
        while size := int(await self.reader.readline(), 16):
            yield (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            return


class McpClient:
    """A client of `/mcp`."""

    def __init__(self, url: str, era: str, key: str) -> None:
        self.key = key
        self.era = era
        self._wire = _Wire(url, key)
        self._own: dict[str, str] = {}
        self._number = 0

    async def open(self) -> None:
        """Connect, and begin as a client of its era does."""
        await self._wire.open()
        await self.ask(*hello(self.era))
        if self.era == LEGACY:
            await self._post("notifications/initialized", None, None)

    async def ask(self, method: str, params: Json | None = None) -> Json:
        """Send a request and give the result."""
        self._number += 1
        body = await self._post(method, params, self._number)
        for line in body.removeprefix(b"\r\n").splitlines():
            if line.startswith((b"data: {", b"{")):
                answer: Json = json.loads(line.removeprefix(b"data: "))
                if answer.get("id") == self._number:
                    return result_of(answer)
        raise Failed(f"No answer to {method}: {body[:300]!r}")

    async def _post(self, method: str, params: Json | None, number: int | None) -> bytes:
        sent = json.dumps(message(self.era, number, method, params)).encode()
        fields = headers(self.era, method, params) | self._own
        status, told = await self._wire.send("POST /mcp", fields, sent)
        body = await self._wire.body(told)
        if status not in {200, 202}:
            raise Failed(f"HTTP {status} for {method}: {body[:300]!r}")
        if "mcp-session-id" in told:
            self._own = {"Mcp-Session-Id": told["mcp-session-id"]}
        return body

    async def close(self) -> None:
        """Hang up."""
        await self._wire.close()


class SseClient:
    """A client of `/sse`: a stream that it listens to, and a connection on which it posts."""

    def __init__(self, url: str, key: str, era: str = LEGACY) -> None:
        self.key = key
        self.era = era
        self._stream, self._posts = _Wire(url, key), _Wire(url, key)
        self._posting = False
        self._number = 0

    async def open(self) -> None:
        """Open the stream, and begin as a client of its era does."""
        await self._stream.open()
        status, told = await self._stream.send("GET /sse", {})
        if status != 200:
            raise Failed(f"HTTP {status} for /sse: {await self._stream.body(told)!r}")
        self._data = self._events()
        self._address = await anext(self._data)
        await self.ask(*hello(self.era))
        if self.era == LEGACY:
            await self._post(None, "notifications/initialized", None)

    async def ask(self, method: str, params: Json | None = None) -> Json:
        """Send a request and wait for the result on the stream."""
        self._number += 1
        await self._post(self._number, method, params)
        async for data in self._data:
            answer: Json = json.loads(data)
            if answer.get("id") == self._number:
                return result_of(answer)
        raise Failed("The stream has ended.")

    async def rest(self) -> None:
        """Keep nothing but the stream, as HTTP clients do after a while."""
        if self._posting:
            await self._posts.close()
        self._posting = False

    async def _post(self, number: int | None, method: str, params: Json | None) -> None:
        if not self._posting:
            await self._posts.open()
            self._posting = True
        sent = json.dumps(message(self.era, number, method, params)).encode()
        status, told = await self._posts.send(f"POST {self._address}", {}, sent)
        body = await self._posts.body(told)
        if status != 202:
            raise Failed(f"HTTP {status} for {method}: {body[:300]!r}")

    async def _events(self) -> AsyncIterator[str]:
        unread = b""
        async for part in self._stream.parts():
            *lines, unread = (unread + part).split(b"\r\n")
            for line in lines:
                if line.startswith(b"data: "):
                    yield line[6:].decode()

    async def close(self) -> None:
        """Hang up."""
        await self.rest()
        await self._stream.close()


def clients(
    url: str, count: int, *, eras: tuple[str, ...] = ERAS, sse: bool = False
) -> list[Client]:
    """Make clients of these eras by turns, each with its key, every third at `/sse` if wanted."""
    made: list[Client] = []
    for number in range(count):
        if sse and number % 3 == 2:
            made.append(SseClient(url, key_of(number)))
        else:
            made.append(McpClient(url, eras[number % len(eras)], key_of(number)))
    return made
