"""The demo's whole walk over HTTP, by two people at once."""

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import PromptReference, TextContent

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


@pytest.mark.parametrize(("connect", "digits"), [(over_mcp, "ef"), (over_sse, "01")])
async def test_two_people_choose_among_their_own_sessions(
    url: str, connect: Connect, digits: str
) -> None:
    """What is offered to complete a prompt's session with is the caller's, and so is its status."""
    offered: list[set[str]] = []
    for digit in digits:
        async with connect(url, key(digit)) as client:
            ref = PromptReference(name="check_session")
            for typed in ("", "o"):
                answer = await client.complete(ref, {"name": "session_id", "value": typed})
            values = answer.completion.values
            prompt = await client.get_prompt("check_session", {"session_id": values[0]})
        offered.append(set(values))
        [message] = prompt.messages
        assert isinstance(message.content, TextContent)
        found = values[0].rpartition(" (id ")[2].removesuffix(")")
        assert f"Session {found} " in message.content.text
    assert offered[0]
    assert not offered[0] & offered[1]


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
