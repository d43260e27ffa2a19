"""A host on a raw line: JSON-RPC texts in and out of the server, in either era of the protocol."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.server.stdio import stdio_server

from harmonica_mcp.client import Pool
from harmonica_mcp.sandbox import Sandbox, Session, Tenant
from harmonica_mcp.server.app import HarmonicaServer

Json = dict[str, Any]

KEY = "hm_live_" + "0" * 32
HANDSHAKE, ENVELOPE = "2025-11-25", "2026-07-28"
_PREFIX = "io.modelcontextprotocol/"
_HANGS = 30.0


class _Stdin:
    def __init__(self, lines: MemoryObjectReceiveStream[str]) -> None:
        self._lines = lines

    def __aiter__(self) -> AsyncIterator[str]:
        return aiter(self._lines)


class _Stdout:
    def __init__(self, lines: MemoryObjectSendStream[str]) -> None:
        self._lines = lines

    async def write(self, line: str) -> None:
        """Pass a line on."""
        await self._lines.send(line)

    async def flush(self) -> None:
        """Lines go at once."""


@dataclass(frozen=True)
class Called:
    """The result of a tools/call as it was sent."""

    raw: Json

    @property
    def failed(self) -> bool:
        """Whether the tool says that it failed."""
        return self.raw.get("isError", False)

    @property
    def text(self) -> str:
        """The one text of the result."""
        [block] = self.raw["content"]
        assert block["type"] == "text"
        return block["text"]

    @property
    def fenced(self) -> list[str]:
        """The lines between the marks of the only fence in the text."""
        lines = self.text.split("\n")
        [first] = [n for n, line in enumerate(lines) if line.startswith("<<<words ")]
        last = lines.index(lines[first].replace("<<<", ">>>"))
        return lines[first + 1 : last]

    @property
    def data(self) -> Json:
        """The structured content of a success."""
        assert not self.failed, self.text
        return self.raw["structuredContent"]

    @property
    def facts(self) -> Json:
        """The structured content without what the server says of it: how it ended, whose words."""
        return {n: value for n, value in self.data.items() if n not in {"state", "notice"}}

    @property
    def error(self) -> str:
        """The sentence of a failure, which has text only."""
        assert self.failed, self.text
        assert "structuredContent" not in self.raw
        return self.text


@dataclass
class Wire:
    """One connection; requests go one after another."""

    era: str
    send_line: MemoryObjectSendStream[str]
    lines: MemoryObjectReceiveStream[str]
    progress: list[Json] = field(default_factory=list[Json])
    """The parameters of the progress notifications that came in."""
    asks_for_progress: bool = True
    capabilities: Json = field(default_factory=dict[str, Any])
    """What the host says it can do."""
    _last: int = 0

    async def request(self, method: str, params: Json | None = None) -> Json:
        """Send a request and return the whole response."""
        self._last += 1
        meta: Json = dict((params or {}).get("_meta", {}))
        if self.asks_for_progress:
            meta["progressToken"] = self._last
        if self.era == ENVELOPE:
            meta[f"{_PREFIX}protocolVersion"] = self.era
            meta[f"{_PREFIX}clientInfo"] = {"name": "test", "version": "1"}
            meta[f"{_PREFIX}clientCapabilities"] = self.capabilities
        await self._send(
            {"id": self._last, "method": method, "params": {**(params or {}), "_meta": meta}}
        )
        with anyio.fail_after(_HANGS):
            while True:
                message: Json = json.loads(await self.lines.receive())
                assert message["jsonrpc"] == "2.0"
                if message.get("id") == self._last:
                    return message
                assert message["method"] == "notifications/progress"
                self.progress.append(message["params"])

    async def result(self, method: str, params: Json | None = None) -> Json:
        """Send a request and return its result."""
        response = await self.request(method, params)
        assert "error" not in response, response
        return response["result"]

    async def error(self, method: str, params: Json | None = None) -> Json:
        """Send a request and return the JSON-RPC error that it gets."""
        response = await self.request(method, params)
        assert "result" not in response, response
        return response["error"]

    async def tools(self) -> list[Json]:
        """The tools that are listed."""
        listed: list[Json] = (await self.result("tools/list"))["tools"]
        return listed

    async def call(self, tool: str, **arguments: Any) -> Called:
        """Call a tool."""
        return Called(await self.result("tools/call", {"name": tool, "arguments": arguments}))

    async def read(self, uri: str) -> Json:
        """Read a resource; the whole response."""
        return await self.request("resources/read", {"uri": uri})

    async def handshake(self) -> None:
        """Begin as clients of the older era do."""
        client: Json = {"name": "test", "version": "1"}
        hello: Json = {"protocolVersion": self.era, "clientInfo": client}
        answer = await self.result("initialize", hello | {"capabilities": self.capabilities})
        assert answer["protocolVersion"] == self.era
        await self._send({"method": "notifications/initialized"})

    async def _send(self, message: Json) -> None:
        await self.send_line.send(json.dumps({"jsonrpc": "2.0", **message}))


@asynccontextmanager
async def connected(
    server: HarmonicaServer, era: str, capabilities: Json | None = None
) -> AsyncGenerator[Wire]:
    """Serve lines of text as on stdio, and shake hands where the era does."""
    to_server, stdin = anyio.create_memory_object_stream[str](100)
    stdout, from_server = anyio.create_memory_object_stream[str](10_000)
    core = server._lowlevel_server  # pyright: ignore[reportPrivateUsage]

    async def serve() -> None:
        files = cast("Any", _Stdin(stdin)), cast("Any", _Stdout(stdout))
        async with stdio_server(*files) as (reading, writing):
            await core.run(reading, writing, core.create_initialization_options())

    async with to_server, stdin, stdout, from_server, anyio.create_task_group() as tasks:
        tasks.start_soon(serve)
        wire = Wire(era, to_server, from_server, capabilities=capabilities or {})
        if era == HANDSHAKE:
            await wire.handshake()
        yield wire
        await to_server.aclose()


@dataclass
class Stage:
    """A server on a sandbox."""

    server: HarmonicaServer
    sandbox: Sandbox
    pool: Pool
    era: str
    key: str

    def connect(self) -> AbstractAsyncContextManager[Wire]:
        """A new connection."""
        return connected(self.server, self.era)

    @property
    def tenant(self) -> Tenant:
        """What the sandbox keeps for the key."""
        return self.sandbox.tenant(self.key)

    @property
    def sent(self) -> list[str]:
        """The REST operations that arrived."""
        return [request.operation for request in self.sandbox.requests]

    def session(self, topic: str) -> Session:
        """A session of the tenant by a piece of its topic."""
        return next(each for each in self.tenant.sessions.values() if topic in each.topic)

    @property
    def whole(self) -> Session:
        """An active session that has everything: talks, questions, themes, summary and brief."""
        session, done = self.session("tool library"), self.session("spring repair day")
        session.questions = self.session("new volunteers").questions
        session.summary, session.session_md = done.summary, done.session_md
        return session
