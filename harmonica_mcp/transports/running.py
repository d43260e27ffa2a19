"""Running an ASGI app on a socket: as the process's task, or beside it."""

import socket
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from harmonica_mcp.transports.arriving import MAX_HEAD
from harmonica_mcp.transports.connection import Connection

_GRACE = 5
"""Seconds that calls under way get at the end."""
# Longer than clients keep idle connections: else one sends a call into a closing connection.
_IDLE = 75


def run_app(app: ASGIApp, listening: socket.socket, *, date_header: bool = True) -> None:
    """Serve the app; ends with 130 after Ctrl+C and by SIGTERM itself after SIGTERM."""
    try:
        _server(app, date_header=date_header).run([listening])
    except KeyboardInterrupt:
        sys.exit(130)


@contextmanager
def running_app(
    app: ASGIApp, listening: socket.socket, *, date_header: bool = True
) -> Generator[None]:
    """Serve the app in a thread of its own, for as long as the context lasts."""
    server = _server(app, date_header=date_header)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def _server(app: ASGIApp, *, date_header: bool) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        h11_max_incomplete_event_size=MAX_HEAD,
        # Logging is set up already, and the access log would name SSE sessions.
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=date_header,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=_IDLE,
    )
    return uvicorn.Server(config)
