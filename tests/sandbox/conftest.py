"""A sandbox with a clock that stands still, and a client that speaks to it in memory."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Session, Tenant

KEY = "hm_live_" + "0" * 32
Now = list[datetime]


@pytest.fixture
def now() -> Now:
    """The sandbox's time, in a list of one so that a test can move it."""
    return [datetime(2026, 5, 4, 9, 30, 0, 123_000, tzinfo=UTC)]


@pytest.fixture
def sandbox(now: Now) -> Sandbox:
    """A sandbox on that time."""
    return Sandbox(clock=lambda: now[0])


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    """The tenant that `api` speaks for."""
    return sandbox.tenant(KEY)


@pytest.fixture
def seeded(tenant: Tenant) -> Callable[[str], Session]:
    """Find a seeded session by a part of its topic."""

    def find(part: str) -> Session:
        return next(each for each in tenant.sessions.values() if part in each.topic)

    return find


@pytest.fixture
async def api(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    """A client with a key of zeros, below /api/v1."""
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=sandbox.app),
        base_url="https://sandbox.harmonica.example/api/v1",
        headers={"authorization": f"Bearer {KEY}"},
    ) as client:
        yield client
