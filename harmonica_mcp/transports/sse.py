"""HTTP+SSE, the transport of MCP's first version, for the clients that still use it.

The protocol lists it as deprecated; when the SDK drops it, this module goes.
"""

from typing import Any

from mcp.server import MCPServer
from mcp.server.sse import SseServerTransport
from starlette.types import Receive, Scope, Send

from harmonica_mcp.transports.answers import refusal
from harmonica_mcp.transports.streams import serve_streams

MAX_STREAMS = 1_000
"""Streams open at a time; each holds a connection and a session in memory."""


class SseEndpoint:
    """`GET /sse`: one stream, and the session behind it for as long as the stream is open.

    An ASGI app rather than a Starlette endpoint: those answer a second time when the stream ends.
    """

    def __init__(
        self, server: MCPServer[Any], transport: SseServerTransport, max_streams: int = MAX_STREAMS
    ) -> None:
        self.server = server
        self.transport = transport
        self.max_streams = max_streams
        self.open = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream until the client hangs up."""
        if scope["method"] != "GET":
            answer = refusal(405, "This address takes GET only.", Allow="GET")
        elif self.open >= self.max_streams:
            answer = refusal(503, "Too many streams are open; try again later, or use /mcp.")
        else:
            answer = self._stream
        await answer(scope, receive, send)

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.open += 1
        try:
            async with self.transport.connect_sse(scope, receive, send) as (read, write):
                await serve_streams(self.server, read, write)
        finally:
            self.open -= 1
