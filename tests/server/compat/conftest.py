"""The server with the official list, instead of ours."""

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.toolsets import chosen_tools


@pytest.fixture(scope="session")
def served() -> HarmonicaServer:
    """The server, built once, trusting its hosts."""
    specs = chosen_tools(Options(compat="typescript"))
    return HarmonicaServer(Pool(), None, specs, Options(confirm="host"))
