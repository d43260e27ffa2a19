"""A Redis server for each test: the one in Python, and the real one where it is installed."""

from collections.abc import AsyncGenerator, Callable, Generator

import pytest

from harmonica_mcp.shared import renewing, replicas
from harmonica_mcp.shared.replicas import Replicas
from tests.shared.servers import KINDS, RedisServer, serving_redis, url_of


@pytest.fixture(params=KINDS, scope="module")
def server(request: pytest.FixtureRequest) -> Generator[RedisServer]:
    """A Redis server."""
    with serving_redis(request.param) as server:
        yield server


@pytest.fixture
async def process(server: RedisServer) -> AsyncGenerator[Callable[[], Replicas]]:
    """Make what one process has of what all share."""
    made: list[Replicas] = []

    def make() -> Replicas:
        made.append(Replicas(url_of(server)))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


@pytest.fixture
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a process for dead soon."""
    for module in (renewing, replicas):
        monkeypatch.setattr(module, "LEASE", 1.0)
