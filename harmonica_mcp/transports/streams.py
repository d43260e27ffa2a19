"""Serving one connection that is a pair of message streams."""

from types import TracebackType
from typing import Any, Self

from mcp.server import MCPServer
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import SessionMessage

Incoming = SessionMessage | Exception
"""What the SDK reads: a message, or that there was none."""


async def serve_streams(
    server: MCPServer[Any],
    read: ReadStream[Incoming],
    write: WriteStream[SessionMessage],
) -> None:
    """Serve one client, of either protocol era, until it is gone."""
    # The SDK has no public door for a transport of one's own; its own Client uses this one.
    lowlevel = server._lowlevel_server  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    await lowlevel.run(read, write, lowlevel.create_initialization_options())


class Closing:
    """What every stream has, whichever way it leads."""

    async def aclose(self) -> None:
        """Close the stream."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        await self.aclose()
