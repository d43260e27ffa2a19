"""A server, and what it answers."""

import asyncio

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.transports.hello.snapshot import Answers
from harmonica_mcp.transports.hello.taking import take


@pytest.fixture(scope="session")
def server() -> HarmonicaServer:
    """A server without a key, built once."""
    return build_server(Pool())


@pytest.fixture(scope="session")
def answers(server: HarmonicaServer) -> Answers:
    """What it answers by its settings alone."""
    return asyncio.run(take(server))
