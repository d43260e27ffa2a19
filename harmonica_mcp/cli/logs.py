"""The one place that decides what is logged: warnings, on stderr, without keys."""

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, cast

from harmonica_mcp.transports.redaction import redacted


class _Redacting(logging.Formatter):
    """Formats whole records, tracebacks included, and leaves out keys."""

    def format(self, record: logging.LogRecord) -> str:
        return redacted(super().format(record))


def configure() -> None:
    """Set up logging; to be called before `mcp` is imported, which would set up its own."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Redacting("harmonica-mcp %(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    # A repeat of a request is no news, and a failed one is told to its caller.
    logging.getLogger("stamina").setLevel(logging.ERROR)
    # What it refuses is told to the client; its log would show what was sent.
    logging.getLogger("mcp.server.sse").setLevel(logging.CRITICAL)
    # A log line that cannot be written must not become a traceback that shows its arguments.
    logging.raiseExceptions = False


@contextmanager
def ours() -> Generator[None]:
    """Make a server meanwhile: the SDK would load `rich`, where that is installed, for its own.

    That takes as long as all else in making one, for what would not be used.
    """
    modules = cast("dict[str, Any]", sys.modules)
    hidden = modules.setdefault("rich.console", None) is None
    try:
        yield
    finally:
        if hidden:
            del modules["rich.console"]
