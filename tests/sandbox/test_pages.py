"""What anyone can open without a key."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Session

PAGES = "https://sandbox.harmonica.example"


async def test_join_links_open(api: httpx2.AsyncClient, seeded: Callable[[str], Session]) -> None:
    """A join link shows topic and goal as text, without a key."""
    session = seeded("Opening")
    session.goal = "<script>"
    del api.headers["authorization"]
    page = await api.get(f"{PAGES}/chat", params={"s": session.id})
    assert page.status_code == 200
    assert session.topic in page.text
    assert "<script>" not in page.text
    assert (await api.get(f"{PAGES}/chat?s=unknown")).status_code == 404
    assert (await api.get(f"{PAGES}/t/unknown")).status_code == 404


@pytest.fixture
async def open_api(now: list[datetime]) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without key of a sandbox that offers open sessions, twice a minute."""
    sandbox = Sandbox(public_sessions=True, requests_per_minute=3, clock=lambda: now[0])
    transport = httpx2.ASGITransport(app=sandbox.app)
    async with httpx2.AsyncClient(transport=transport, base_url=f"{PAGES}/api/v1") as client:
        yield client


async def test_open_sessions_where_offered(open_api: httpx2.AsyncClient) -> None:
    """Without a key: active open sessions with their links, a budget per address."""
    answer = await open_api.get("/sessions/public")
    [session] = answer.json()["data"]
    assert session["topic"].startswith("Opening hours")
    assert session["join_url"].endswith(session["id"])
    assert answer.json()["pagination"]["total"] == 1
    assert (await open_api.get("/sessions/public?q=none")).json()["data"] == []
    assert (await open_api.get("/sessions/public?offset=1")).json()["data"] == []
    assert (await open_api.get("/sessions/public")).status_code == 429
    assert (await open_api.get("/sessions")).status_code == 401
