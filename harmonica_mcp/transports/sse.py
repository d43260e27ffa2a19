"""HTTP+SSE, the transport of MCP's first version, for the clients that still use it.

The protocol lists it as deprecated; when the SDK drops it, this module goes.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import anyio
from mcp.server import MCPServer
from mcp.server.auth.middleware.bearer_auth import authorization_context
from mcp.server.sse import SseServerTransport
from mcp.shared._context_streams import create_context_streams
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.transports.answers import refusal
from harmonica_mcp.transports.connection import reached
from harmonica_mcp.transports.conversation import Conversation, Heard, Said
from harmonica_mcp.transports.events import Events
from harmonica_mcp.transports.limits import Limits
from harmonica_mcp.transports.places import Full, Places, refused
from harmonica_mcp.transports.stopping import Stopping
from harmonica_mcp.transports.streams import Closing, Incoming, serve_streams


class SseTransport(SseServerTransport):
    """The SDK's, with streams that cost little while nothing happens on them.

    The SDK's own stream is eight tasks, and holds the last answer in each of three places until the
    next one comes.
    """

    @asynccontextmanager
    async def connected(
        self, scope: Scope, receive: Receive, send: Send
    ) -> AsyncGenerator[tuple[ReadStream[Incoming], WriteStream[SessionMessage]]]:
        """Answer with a stream; gives what the client posts, and what takes messages for it."""
        posted, read = create_context_streams[Incoming](0)
        session = uuid4()
        # Where the SDK finds both when the client posts.
        self._read_stream_writers[session] = posted
        self._session_owners[session] = authorization_context(scope["user"])
        events = Events(receive, send)
        address = f"{scope.get('root_path', '')}{self._endpoint}?session_id={session.hex}"
        try:
            await events.begin()
            await events.send("endpoint", address.encode())
            async with posted, read, anyio.create_task_group() as tasks:
                tasks.start_soon(self._hang_up, events, session)
                yield read, _Messages(events)
                tasks.cancel_scope.cancel()
            await events.end()
        finally:
            self._read_stream_writers.pop(session, None)
            del self._session_owners[session]

    async def _hang_up(self, events: Events, session: UUID) -> None:
        """End what the client says when it is gone."""
        await events.heard_out()
        await self._read_stream_writers.pop(session).aclose()


class Posts:
    """What clients post; dropped where the stream has ended since it was accepted (202)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a message."""
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            await self.app(scope, receive, send)


class _Messages(Closing):
    """Messages to the client, each an event."""

    def __init__(self, events: Events) -> None:
        self._events = events

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message."""
        data = item.message.model_dump_json(by_alias=True, exclude_unset=True)
        await self._events.send("message", data.encode())

    async def aclose(self) -> None:
        """Nothing is left to close: the answer ends with the session."""


class SseEndpoint:
    """`GET /sse`: one stream, and the session behind it for as long as the stream is open.

    An ASGI app rather than a Starlette endpoint: those answer a second time when the stream ends.
    """

    def __init__(
        self,
        server: MCPServer[Any],
        transport: SseTransport,
        limits: Limits,
        stopping: Stopping,
    ) -> None:
        self.server = server
        self.transport = transport
        self.idle_seconds = limits.idle_seconds
        self.stopping = stopping
        self.open = Places(limits.streams, limits.streams_per_key, "streams open")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream until the client hangs up, or falls silent."""
        if scope["method"] != "GET":
            await refusal(405, "This address takes GET only.", Allow="GET")(scope, receive, send)
            return
        try:
            place = self.open.take(scope["user"].access_token.client_id)
        except Full as full:
            await refused(full)(scope, receive, send)
            return
        try:
            await self._stream(scope, receive, send)
        finally:
            place.release()

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        conversation = Conversation(partial(reached, scope), self.idle_seconds)
        try:
            async with self.transport.connected(scope, receive, send) as (read, write):
                with self.stopping.heard_by(conversation.end):
                    heard, said = Heard(read, conversation), Said(write, conversation)
                    await serve_streams(self.server, heard, said)
        finally:
            await conversation.close()
