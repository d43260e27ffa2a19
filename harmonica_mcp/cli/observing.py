"""What an operator sees of the server."""

import logging

from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.observing.log import LOGGER, CallLog
from harmonica_mcp.settings import Log, Settings


def observe(server: HarmonicaServer, told: Settings, *, log: Log) -> None:
    """Show what the settings ask for.

    Args:
        server: whose calls.
        told: the settings.
        log: what is logged where they do not say.
    """
    if (told.log or log) == "calls":
        logging.getLogger(LOGGER).setLevel(logging.INFO)
        server.calls.listeners.append(CallLog())
