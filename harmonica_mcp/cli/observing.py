"""What an operator sees of the server."""

import logging
import os

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.observing.log import LOGGER, CallLog
from harmonica_mcp.server.observing.tracing import Tracing
from harmonica_mcp.settings import Log, Settings

_COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

logger = logging.getLogger(__name__)


def observe(server: HarmonicaServer, pool: Pool, told: Settings, *, log: Log) -> None:
    """Show what the settings and OpenTelemetry's variables ask for.

    Args:
        server: whose calls.
        pool: whose requests.
        told: the settings.
        log: what is logged where they do not say.
    """
    if (told.log or log) == "calls":
        logging.getLogger(LOGGER).setLevel(logging.INFO)
        server.calls.listeners.append(CallLog())
    pool.observers.append(Tracing())
    for name in _COLLECTORS:
        if os.environ.get(name, "").strip():
            _export(server, pool, name)
            break


def _export(server: HarmonicaServer, pool: Pool, named: str) -> None:
    try:
        from harmonica_mcp.cli.tracing import Exporting  # noqa: PLC0415 - an extra
    except ImportError:
        # Often set for all programs of a machine: no reason not to serve.
        logger.warning(
            "%s is set, but sending traces needs an extra: pip install 'harmonica-mcp[otel]'", named
        )
        return
    pool.observers.append(Exporting([*(spec.name for spec in server.specs), *server.prompts]))
