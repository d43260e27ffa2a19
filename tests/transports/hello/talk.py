"""The same conversation with and without a snapshot, over pipes in this process."""

import asyncio
import fcntl
import json
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

from mcp.server import MCPServer
from mcp_types import JSONRPCRequest, RequestId

from harmonica_mcp.transports.hello.asking import Asking
from harmonica_mcp.transports.hello.front import Front
from harmonica_mcp.transports.hello.given import Given
from harmonica_mcp.transports.hello.snapshot import Answers
from harmonica_mcp.transports.stdio.beginning import Beginning
from harmonica_mcp.transports.stdio.host import streams
from harmonica_mcp.transports.stdio.intake import Intake
from harmonica_mcp.transports.stdio.messages import message_of
from harmonica_mcp.transports.stdio.outgoing import Outgoing
from harmonica_mcp.transports.streams import serve_streams

Json = dict[str, Any]


class Host:
    """Says its lines, all at once or each after the answer to the one before.

    Args:
        lines: what it says.
        pipelined: whether it waits for no answers.
        at: after how many lines the server is loaded.
        known: the answers that it gets before; without them the server is loaded at once.
    """

    def __init__(
        self, lines: Sequence[Json], *, pipelined: bool, at: int, known: Answers | None
    ) -> None:
        self._lines = [json.dumps(line, ensure_ascii=False).encode() for line in lines]
        self._ids = [_asks(line) for line in self._lines]
        self._pipelined = pipelined
        self._at = at
        self._asking = Asking(known or {})
        self._known = 0
        self.heard: list[Json] = []
        self._loading: int | None
        self.loaded, self._loading = os.pipe()
        self.its_in, self._says = os.pipe()
        hears, self.its_out = os.pipe()
        # For all that is said before the host begins to listen.
        fcntl.fcntl(hears, fcntl.F_SETPIPE_SZ, 1024 * 1024)
        self._hears = os.fdopen(hears, "rb")

    def talk(self) -> None:
        """Hold the conversation, up to the end of the server's output."""
        for number, line in enumerate(self._lines):
            self._known += self._asking.answer(line) is not None
            os.write(self._says, line + b"\n")
            if number == self._at:
                self._load()
            elif not self._pipelined and self._ids[number] is not None:
                self._wait_for(self._ids[number])
        self._load()
        os.close(self._says)
        self._listen(lambda: False)
        self._hears.close()

    def _wait_for(self, number: object) -> None:
        if self._known == len(self.heard):
            # Nobody else would answer.
            self._load()
        self._listen(lambda: self.heard[-1].get("id") == number)

    def _load(self) -> None:
        """Let the server be loaded, once all has been answered that can be before."""
        if self._loading is not None:
            if self._known > len(self.heard):
                self._listen(lambda: self._known == len(self.heard))
            os.close(self._loading)
            self._loading = None

    def _listen(self, enough: Callable[[], bool]) -> None:
        for line in self._hears:
            self.heard.append(json.loads(line))
            if enough():
                break


async def _serve(server: MCPServer[Any], host: Host, known: Answers | None) -> Given:
    talking = threading.Thread(target=host.talk, daemon=True)
    talking.start()
    intake, out = Intake(host.its_in), Outgoing(host.its_out)
    if known is None:
        beginning = Beginning(intake, host.its_out)
    else:
        beginning = await asyncio.to_thread(Front(known).answer_until, host.loaded, intake, out)
    with streams(beginning, lambda: None) as (read, write):
        await serve_streams(server, read, write)
    os.close(host.its_out)
    await asyncio.to_thread(talking.join, 30)
    assert not talking.is_alive()
    for fd in (host.loaded, host.its_in):
        os.close(fd)
    return beginning.given


def heard(
    server: MCPServer[Any],
    lines: Sequence[Json],
    known: Answers | None,
    *,
    pipelined: bool = True,
    at: int = 99,
) -> list[Json]:
    """All that a host hears; in order, where it waits for each answer."""
    host = Host(lines, pipelined=pipelined, at=at, known=known)
    given = asyncio.run(_serve(server, host, known))
    assert not given.wrong
    assert not given
    return sorted(host.heard, key=_place) if pipelined else host.heard


def _asks(line: bytes) -> RequestId | None:
    """The id of a request, to which an answer will come."""
    message = message_of(line)
    return message.id if isinstance(message, JSONRPCRequest) else None


def _place(message: Json) -> str:
    return json.dumps(cast("object", message.get("id")))
