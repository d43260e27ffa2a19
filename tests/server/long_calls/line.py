"""Calls that are begun and not waited for, of a Harmonica that is slow in its own way."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp

from harmonica_mcp.sandbox import Sandbox
from tests.client.conftest import Clock
from tests.server.wire import ENVELOPE, Called, Json, Stage, Wire

LIMIT = 45


Around = Callable[[Sandbox], Any]


SetUp = Callable[..., Stage]
CHAT, GROUND = "POST /sessions/{id}/chat", "POST /sessions/{id}/grounding"
SEED = "POST /sessions/{id}/scratchpad"


@dataclass
class Line:
    """A connection on which calls are begun without waiting for their answers."""

    stage: Stage
    clock: Clock
    wire: Wire
    begun: float
    told: list[float] = field(default_factory=list[float])
    """When progress was told."""

    async def begin(self, number: int, tool: str, arguments: Json, **meta: Any) -> None:
        """Call a tool and do not wait."""
        if self.wire.era == ENVELOPE:
            own = {"protocolVersion": ENVELOPE, "clientInfo": {"name": "test", "version": "1"}}
            own |= {"clientCapabilities": {}}
            meta |= {f"io.modelcontextprotocol/{name}": value for name, value in own.items()}
        params = {"name": tool, "arguments": arguments, "_meta": meta}
        await self._send({"id": number, "method": "tools/call", "params": params})

    async def cancel(self, number: int) -> None:
        """Cancel a call, and wait until nobody waits for it any more."""
        await self._send({"method": "notifications/cancelled", "params": {"requestId": number}})
        await self.wire.call("get_current_user")

    async def answer(self) -> tuple[int, Called]:
        """The next answer, with the number of its call."""
        while True:
            message: Json = json.loads(await self.wire.lines.receive())
            if "id" in message:
                return message["id"], Called(message["result"])
            self.told.append(round(self.after))
            assert message["method"] == "notifications/progress"

    async def call(self, tool: str, **arguments: Any) -> Called:
        """Call a tool and wait."""
        await self.begin(500, tool, arguments)
        number, called = await self.answer()
        assert number == 500
        return called

    @property
    def after(self) -> float:
        """Seconds since the beginning."""
        return self.clock.passed - self.begun

    async def _send(self, message: Json) -> None:
        await self.wire.send_line.send(json.dumps({"jsonrpc": "2.0", **message}))


@asynccontextmanager
async def on_the_line(stage: Stage, clock: Clock) -> AsyncGenerator[Line]:
    """A connection to the server."""
    async with stage.connect() as wire:
        yield Line(stage, clock, wire, clock.passed)


def plain(sandbox: Sandbox) -> ASGIApp:
    """Harmonica as it is."""
    return sandbox.app


def hello(stage: Stage, **more: str) -> Json:
    """The arguments of a chat turn."""
    said = {"session_id": stage.whole.id, "participant_name": "Ada", "content": "Hello."}
    return said | more
