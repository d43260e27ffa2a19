"""A Harmonica of fixed answers, fast enough to stay out of a measurement's way.

The answers are the sandbox's, asked once at the start: every key gets the same. Two sessions more
are large (`bench/bodies.py`). It runs in a process of its own.
"""

import asyncio
import json
import multiprocessing
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from typing import cast

import httpx2

from bench.bodies import LARGE, SMALL, large, outline, small
from bench.wire import KEY, Json
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.transports.listening import address, listen

ROOT = "/api/v1"
SUMMARIZED = "hst_02fe03e842e5"
"""The sandbox's session that has a summary."""
PATHS = {"list_sessions": "/sessions", "get_summary": f"/sessions/{SUMMARIZED}/summary"}
"""What tools ask for first."""
_LISTED = 20
_NOT_FOUND = {"error": {"code": "not_found", "message": "The stub does not know this."}}


@contextmanager
def stub(*, with_large: bool = True) -> Generator[str]:
    """Run it for as long as the context lasts; gives its address."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(there, with_large), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def _serve(told: Pipe, with_large: bool) -> None:
    asyncio.run(_answer(told, with_large=with_large))


async def _answer(told: Pipe, *, with_large: bool) -> None:
    answers = await _from_sandbox()
    answers |= _large_session(SMALL, small())
    if with_large:
        answers |= _large_session(LARGE, large())
    listening = listen("127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(answers), sock=listening, backlog=1024)
    told.send(address(listening))
    await server.serve_forever()


async def _from_sandbox() -> dict[str, bytes]:
    """What the sandbox answers, with as many sessions as stand on a page."""
    transport = httpx2.ASGITransport(app=Sandbox(requests_per_minute=1_000).app)
    headers = {"Authorization": f"Bearer {KEY}"}
    root = f"http://sandbox{ROOT}"
    async with httpx2.AsyncClient(transport=transport, base_url=root, headers=headers) as client:
        listed: Json = (await client.get("/sessions")).json()
        for number in range(_LISTED - len(listed["data"])):
            topic = f"Where the neighbourhood's repair days should go, part {number}"
            goal = "Agree on three things to do next, and who begins with each of them."
            await client.post("/sessions", json={"topic": topic, "goal": goal})
        paths = (
            "/me",
            "/sessions",
            *(f"/sessions/{SUMMARIZED}{part}" for part in ("", "/summary")),
        )
        got = {path: await client.get(path) for path in paths}
    return {f"GET {ROOT}{path}": _response(answer.content) for path, answer in got.items()}


def _large_session(name: str, body: bytes) -> dict[str, bytes]:
    at = f"GET {ROOT}/sessions/{name}"
    about = {"id": name, "session_id": name, "topic": "A large session", "status": "active"}
    return {
        at: _response(json.dumps(about).encode()),
        f"{at}/summary": _response(json.dumps(about | {"summary": None}).encode()),
        f"{at}/questions": _response(b'{"data": []}'),
        f"{at}/responses": _response(body),
        f"{at}/responses?mode=list": _response(outline(body)),
    }


def _response(body: bytes, status: str = "200 OK") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


class _Connection(asyncio.Protocol):
    """Answers whatever begins with a known method and address; bodies are not expected."""

    def __init__(self, answers: dict[str, bytes]) -> None:
        self.answers = answers
        self.unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers go to."""
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer each request that is complete."""
        *heads, self.unread = (self.unread + data).split(b"\r\n\r\n")
        for head in heads:
            self.transport.write(self._found(head.split(b" HTTP/", 1)[0].decode()))

    def _found(self, asked: str) -> bytes:
        known = self.answers.get(asked) or self.answers.get(asked.split("?", maxsplit=1)[0])
        return known or _response(json.dumps(_NOT_FOUND).encode(), "404 Not Found")
