"""What reading a large session costs: tokens, requests, time and memory.

    python -m bench.sessions

A Harmonica on a loopback port, in a process of its own, tells two generated sessions: one of 17
participants and 472 messages whose own words are 32,653 characters, one of 1,000 participants and
40,000 messages. Memory is this process's resident set as the kernel counts it (Linux).
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp.client import Client
from mcp_types import CallToolResult, TextContent

from bench.bodies import LARGE, SMALL
from bench.stub import stub
from bench.wire import KEY
from harmonica_mcp.client import ApiKey, HarmonicaClient, Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.reading import Filters, moment, read
from harmonica_mcp.server.reading.kept import kept_by
from harmonica_mcp.server.sealing import Seal

_KEY = ApiKey(KEY)


@dataclass
class Cost:
    """What an answer cost."""

    pages: int = 0
    text: float = 0
    data: float = 0
    requests: int = 0
    seconds: float = 0

    def row(self, question: str) -> str:
        """One line of the table."""
        return (
            f"| {question} | {self.pages} | {self.text:,.0f} | {self.data:,.0f} | "
            f"{self.requests} | {self.seconds:.2f} |"
        )


async def ask(pool: Pool, session: str, filters: Filters) -> Cost:
    """Read all pages of an answer."""
    cost, cursor = Cost(), None
    _count_requests(pool, cost)
    begun = time.perf_counter()
    while True:
        api = HarmonicaClient(_KEY, pool=pool)
        page = await read(api, Seal(_KEY, "get_responses", session), filters, 6_000, cursor)
        for form, size in zip(("text", "data"), _sizes(page.to_mcp()), strict=True):
            setattr(cost, form, getattr(cost, form) + size)
        cost.pages += 1
        # As between two calls of a server: timers run, and what was kept too long goes.
        await asyncio.sleep(0)
        cursor = page.next_cursor
        if cursor is None:
            cost.seconds = time.perf_counter() - begun
            return cost


def _count_requests(pool: Pool, cost: Cost) -> None:
    async def count(_: object) -> None:
        cost.requests += 1

    hooks = pool.connections.client.event_hooks
    pool.connections.client.event_hooks = {**hooks, "request": [count]}


def _sizes(result: CallToolResult) -> Iterator[float]:
    [block] = result.content
    assert isinstance(block, TextContent)
    yield len(block.text.encode()) / 4
    data: Any = result.structured_content
    yield len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()) / 4


_QUESTIONS = {
    "what did they say, own words whole": Filters("participants_only"),
    "the same with the facilitator": Filters(),
    "who said how much (outline)": Filters("outline"),
    "what is new since": Filters(since=moment("since", "2026-05-04T09:50:00Z")),
    "find two words": Filters("participants_only", query="ladder alone"),
}


async def status(pool: Pool, session: str) -> Cost:
    """Ask who has finished, as an agent does."""
    server = build_server(pool, _KEY)
    cost = Cost(pages=1)
    _count_requests(pool, cost)
    begun = time.perf_counter()
    async with Client(server) as client:
        result = await client.call_tool("get_session_status", {"session_id": session})
    cost.seconds = time.perf_counter() - begun
    assert not result.is_error, result
    cost.text, cost.data = _sizes(result)
    return cost


async def _measure(url: str) -> None:
    print("| Question | Pages | Tokens, text | Tokens, data | REST requests | Seconds |")
    print("|---|---|---|---|---|---|")
    async with Pool(url, requests_per_minute=100_000) as pool:
        for question, filters in _QUESTIONS.items():
            print((await ask(pool, SMALL, filters)).row(question))
        for session, people in ((SMALL, "17"), (LARGE, "1,000")):
            print((await status(pool, session)).row(f"who has finished, {people} people"))
        body = await _size_of_body(pool)
        before = _resident()
        cost = await ask(pool, LARGE, Filters())
        print(cost.row("1,000 people and 40,000 messages, whole"))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        kept = kept_by(HarmonicaClient(_KEY, pool=pool)).size
    print(f"\nThe large body: {body / 1e6:.1f} MB; peak {(peak - before) / body:.1f} times that;")
    print(f"kept afterwards: {kept / 1e6:.1f} MB by our count, at most 67.1.")


async def _size_of_body(pool: Pool) -> int:
    # Not read: what this process held before would flatter its peak.
    asked = pool.connections.client.stream("GET", f"{pool.root}/sessions/{LARGE}/responses")
    async with asked as answer:
        return int(answer.headers["content-length"])


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def main() -> None:
    """Print the tables."""
    with stub() as url:
        asyncio.run(_measure(url))


if __name__ == "__main__":
    sys.exit(main())
