"""The demo's whole walk over HTTP, by two people at once."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client

from harmonica_mcp.cli.demo import TOPIC, walk
from harmonica_mcp.cli.stage import Stage
from tests.transports.wire import PATIENCE, Json, key, serving_http

Connect = Callable[[str, str], AbstractAsyncContextManager[Client]]


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    """A server over the sandbox."""
    with serving_http() as address:
        yield address


@asynccontextmanager
async def over_mcp(url: str, api_key: str) -> AsyncGenerator[Client]:
    """Connect to `/mcp` with a key."""
    headers = {"Authorization": f"Bearer {api_key}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http,
        Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
    ):
        yield client


@asynccontextmanager
async def over_sse(url: str, api_key: str) -> AsyncGenerator[Client]:
    """Connect to `/sse` with a key."""
    headers = {"Authorization": f"Bearer {api_key}"}
    async with Client(sse_client(f"{url}/sse", headers=headers)) as client:
        yield client


@pytest.mark.parametrize(("connect", "digits"), [(over_mcp, "ab"), (over_sse, "cd")])
async def test_two_people_walk_through_their_sessions_at_once(
    url: str, connect: Connect, digits: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """From the empty session to the brief, interleaved, and each finds one session: the own."""
    found: dict[str, list[str]] = {}

    async def person(api_key: str) -> None:
        async with connect(url, api_key) as client:
            await walk(Stage(client))
            listed = await client.call_tool("list_sessions", {"query": TOPIC})
            page: Json = listed.structured_content or {}
            found[api_key] = [session["id"] for session in page["sessions"]]

    async with anyio.create_task_group() as people:
        for digit in digits:
            people.start_soon(person, key(digit))
    one, other = found.values()
    assert len(one) == len(other) == 1
    assert one != other
    assert capsys.readouterr().out.count("resources/read harmonica://") == 2
