"""HTTP+SSE, the transport of MCP's first version, for the clients that still use it.

The protocol lists it as deprecated; when the SDK drops it, this module goes.
"""

from typing import Any

from mcp.server import MCPServer
from mcp.server.sse import SseServerTransport
from starlette.types import Receive, Scope, Send

from harmonica_mcp.transports.answers import refusal
from harmonica_mcp.transports.conversation import Conversation, Heard, Said
from harmonica_mcp.transports.in_flight import Full, Places, refused
from harmonica_mcp.transports.limits import Limits
from harmonica_mcp.transports.stopping import Stopping
from harmonica_mcp.transports.streams import serve_streams


class SseEndpoint:
    """`GET /sse`: one stream, and the session behind it for as long as the stream is open.

    An ASGI app rather than a Starlette endpoint: those answer a second time when the stream ends.
    """

    def __init__(
        self,
        server: MCPServer[Any],
        transport: SseServerTransport,
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
        conversation = Conversation(self.idle_seconds)
        try:
            watched = conversation.watched(receive)
            async with self.transport.connect_sse(scope, watched, send) as (read, write):
                with self.stopping.heard_by(conversation.end):
                    heard, said = Heard(read, conversation), Said(write, conversation)
                    await serve_streams(self.server, heard, said)
        finally:
            await conversation.close()
