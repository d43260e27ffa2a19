"""The sandbox behind a real server: answers can be lost there as well."""

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx2
import pytest
import uvicorn

from harmonica_mcp.sandbox import Sandbox

NEW = {"topic": "Bees on the roof", "goal": "Find a place for hives."}


class Server(uvicorn.Server):
    """A server that says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self.listening.set()


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx2.AsyncClient]:
    """A client that reaches the sandbox through a loopback port."""
    config = uvicorn.Config(
        sandbox.app, host="127.0.0.1", port=0, log_level="critical", date_header=False
    )
    server = Server(config)
    serving = asyncio.create_task(server.serve())
    await server.listening.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    headers = {"authorization": "Bearer hm_live_" + "0" * 32}
    base = f"http://127.0.0.1:{port}/api/v1"
    async with httpx2.AsyncClient(base_url=base, headers=headers, trust_env=False) as client:
        yield client
    server.should_exit = True
    await serving


@pytest.mark.parametrize(("drop", "created"), [("before", 0), ("after", 1)])
async def test_a_lost_answer(
    http: httpx2.AsyncClient, sandbox: Sandbox, drop: str, created: int
) -> None:
    """The connection ends in the middle of the answer; the next request works again."""
    sandbox.faults.add("POST /sessions", drop="before" if drop == "before" else "after")
    with pytest.raises(httpx2.RemoteProtocolError):
        await http.post("/sessions", json=NEW)
    assert sandbox.effects["session created"] == created
    answer = await http.get("/me")
    assert answer.status_code == 200
    assert answer.headers["date"] == "Mon, 04 May 2026 09:30:00 GMT"
