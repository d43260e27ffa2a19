"""A host at the other end of pipes in this process."""

import asyncio
import json
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any

from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCMessage, JSONRPCResponse

from harmonica_mcp.transports.stdio.beginning import Beginning
from harmonica_mcp.transports.stdio.host import Heard, Said, streams
from harmonica_mcp.transports.stdio.intake import Intake

Json = dict[str, Any]


class Host:
    """Says and hears what a test wants; its ends of the pipes are closed at the end."""

    def __init__(self, incoming: tuple[int, int], outgoing: tuple[int, int]) -> None:
        self.says, self.hears = incoming[1], outgoing[0]
        self.ended: list[bool] = []
        self.heard: Heard
        self.said: Said

    def say(self, data: bytes) -> None:
        """Write to the server."""
        while data:
            data = data[os.write(self.says, data) :]

    def request(self, number: int) -> None:
        """Send a request."""
        self.say(json.dumps({"jsonrpc": "2.0", "id": number, "method": "m"}).encode() + b"\n")

    async def babble(self, data: bytes) -> None:
        """Write again and again, as long as the server's side takes it."""
        while True:
            os.write(self.says, data)
            await asyncio.sleep(0)

    def leave(self) -> None:
        """Close the server's input."""
        os.close(self.says)

    def read(self) -> bytes:
        """Read what is there."""
        return os.read(self.hears, 1024 * 1024)

    async def lines(self, number: int) -> list[bytes]:
        """Read until so many lines are there."""
        got = b""
        while got.count(b"\n") < number:
            got += await asyncio.to_thread(self.read)
        return got.splitlines()


@contextmanager
def host(
    incoming: tuple[int, int] | None = None, outgoing: tuple[int, int] | None = None
) -> Generator[Host]:
    """A host, and our side's streams to it, over pipes or what is given instead."""
    incoming, outgoing = incoming or os.pipe(), outgoing or os.pipe()
    other = Host(incoming, outgoing)
    try:
        beginning = Beginning(Intake(incoming[0]), outgoing[1])
        with streams(beginning, lambda: other.ended.append(True)) as both:
            other.heard, other.said = both
            yield other
    finally:
        for fd in {*incoming, *outgoing}:
            with suppress(OSError):
                os.close(fd)


def answer(number: int, **result: object) -> SessionMessage:
    """The answer to a request."""
    return SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=number, result=result))


async def rest(heard: Heard) -> list[JSONRPCMessage]:
    """All that is heard up to the end."""
    return [item.message async for item in heard]


async def idle(task: "asyncio.Task[Any]") -> bool:
    """Whether a task still waits after everything else has had its turn."""
    for _ in range(20):
        await asyncio.sleep(0)
    return not task.done()
