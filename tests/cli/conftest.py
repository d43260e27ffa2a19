"""Leaves logging as it was: commands that run in the test's own process set it up for theirs."""

import logging
from collections.abc import Generator

import pytest


@pytest.fixture(autouse=True)
def own_logging() -> Generator[None]:
    """Without handlers during the test, as in a fresh process; as before after it."""
    root = logging.getLogger()
    quiet = [logging.getLogger(name) for name in ("stamina", "mcp.server.sse")]
    before = root.handlers[:], root.level, logging.raiseExceptions, [log.level for log in quiet]
    root.handlers[:] = []
    yield
    root.handlers[:], root.level, logging.raiseExceptions, levels = before
    for log, level in zip(quiet, levels, strict=True):
        log.setLevel(level)
