"""A server with all tools on a sandbox."""

import pytest

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.options import Options
from tests.server.wire import ENVELOPE, KEY, Stage


def stage_of(options: Options, era: str = ENVELOPE) -> Stage:
    """Set up a server with these options on a sandbox."""
    sandbox = Sandbox(requests_per_minute=100_000)
    pool = Pool("http://127.0.0.1", requests_per_minute=100_000, app=sandbox.app)
    return Stage(build_server(pool, ApiKey(KEY), options), sandbox, pool, era, KEY)


@pytest.fixture
def stage() -> Stage:
    """A server with all tools."""
    return stage_of(Options(toolsets=("all",)))
