"""Running an ASGI app on a socket: as the process's task, or beside it."""

import asyncio
import gc
import math
import signal
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from harmonica_mcp.transports.arriving import MAX_HEAD
from harmonica_mcp.transports.connection import Connection
from harmonica_mcp.transports.stopping import Stopping

_LAST_WORDS = 1.0
"""Seconds for clients to read the last of an answer that was cut."""
# Longer than clients keep idle connections: else one sends a call into a closing connection.
_IDLE = 75


def run_app(
    app: ASGIApp,
    listening: socket.socket,
    stopping: Stopping | None = None,
    *,
    date_header: bool = True,
) -> None:
    """Serve the app; ends with 130 after Ctrl+C and by SIGTERM itself after SIGTERM.

    Args:
        app: what is served.
        listening: where.
        stopping: told of the signal; says how long what is under way may take.
        date_header: whether answers carry the time.
    """
    # What was loaded is there to stay, and need not be looked through again and again.
    gc.freeze()
    gc.enable()
    try:
        _server(app, stopping, date_header=date_header).run([listening])
    except KeyboardInterrupt:
        sys.exit(130)


@contextmanager
def running_app(
    app: ASGIApp, listening: socket.socket, *, date_header: bool = True
) -> Generator[None]:
    """Serve the app in a thread of its own, for as long as the context lasts."""
    server = _server(app, None, date_header=date_header)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


class Server(uvicorn.Server):
    """uvicorn's server, which tells the app that it is about to end."""

    def __init__(self, config: uvicorn.Config, stopping: Stopping) -> None:
        super().__init__(config)
        self.stopping = stopping

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until a signal comes."""
        self._loop = asyncio.get_running_loop()
        await super().serve(sockets)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End in order, as far as the grace allows."""
        self.stopping.begin()
        await super().shutdown(sockets)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to end; cut what is under way with the second Ctrl+C."""
        if self.should_exit and sig == signal.SIGINT:
            # uvicorn would leave the app as it is, without a word about what it cuts.
            self._loop.call_soon_threadsafe(self._cut)
        else:
            super().handle_exit(sig, frame)

    def _cut(self) -> None:
        self.stopping.hurry()
        for task in self.server_state.tasks:
            task.cancel()
        self._loop.call_later(_LAST_WORDS, self._hang_up)

    def _hang_up(self) -> None:
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def _server(app: ASGIApp, stopping: Stopping | None, *, date_header: bool) -> Server:
    stopping = stopping or Stopping()
    return Server(config_for(app, stopping.grace, date_header=date_header), stopping)


def config_for(app: ASGIApp, grace: float, *, date_header: bool = True) -> uvicorn.Config:
    """How uvicorn serves an app of ours."""
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        h11_max_incomplete_event_size=MAX_HEAD,
        # Logging is set up already, and the access log would name SSE sessions.
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=date_header,
        timeout_graceful_shutdown=math.ceil(grace),
        timeout_keep_alive=_IDLE,
    )
