"""A server that shows pseudonyms."""

import pytest

from harmonica_mcp.server.app import HarmonicaServer
from tests.server.guard.private import staged
from tests.server.wire import Stage


@pytest.fixture
def private(served: HarmonicaServer, era: str) -> Stage:
    """A server that shows pseudonyms."""
    return staged(served, era)
