"""Running an ASGI app on a socket until a signal ends the process."""

import socket
import sys

import uvicorn
from starlette.types import ASGIApp

_GRACE = 5
"""Seconds that calls under way get at the end."""
# Longer than clients keep idle connections: else one sends a call into a closing connection.
_IDLE = 75


def run_app(app: ASGIApp, listening: socket.socket, *, date_header: bool = True) -> None:
    """Serve the app; ends with 130 after Ctrl+C and by SIGTERM itself after SIGTERM."""
    config = uvicorn.Config(
        app,
        # Logging is set up already, and the access log would name SSE sessions.
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=date_header,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=_IDLE,
    )
    try:
        uvicorn.Server(config).run([listening])
    except KeyboardInterrupt:
        sys.exit(130)
