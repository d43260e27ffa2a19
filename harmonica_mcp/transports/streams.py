"""Serving one connection that is a pair of message streams."""

from typing import Any

from mcp.server import MCPServer
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage


async def serve_streams(
    server: MCPServer[Any],
    read: ReadStream[SessionMessage | Exception],
    write: WriteStream[SessionMessage],
) -> None:
    """Serve one client, of either protocol era, until it is gone."""
    # The SDK has no public door for a transport of one's own; its own Client uses this one.
    lowlevel = server._lowlevel_server  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    await lowlevel.run(read, write, lowlevel.create_initialization_options())
