"""The host at the other end of stdin and stdout, as the pair of streams that the SDK serves."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCError, JSONRPCMessage, JSONRPCNotification, JSONRPCResponse

from harmonica_mcp.transports.hello.given import Given
from harmonica_mcp.transports.stdio.beginning import Beginning
from harmonica_mcp.transports.stdio.lines import TooLong
from harmonica_mcp.transports.stdio.messages import line_of, message_of, refusal
from harmonica_mcp.transports.stdio.reading import Reader
from harmonica_mcp.transports.stdio.unanswered import Unanswered
from harmonica_mcp.transports.stdio.writing import Writer, out_of
from harmonica_mcp.transports.streams import Closing

_LAST_ANSWERS = 1.6
"""Seconds after the end of input in which calls may still be answered."""


class Heard(Closing):
    """What the host says, up to the end of its input, and then until all of it is answered."""

    def __init__(
        self, reader: Reader, writer: Writer, unanswered: Unanswered, given: Given
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._unanswered = unanswered
        self._given = given

    def __aiter__(self) -> "Heard":
        return self

    async def __anext__(self) -> SessionMessage:
        # A host that does not read gets no further calls begun.
        await self._writer.room()
        while (line := await self._reader.next()) is not None:
            if isinstance(line, TooLong):
                with suppress(anyio.BrokenResourceError):
                    await self._writer.write(line_of(refusal(line)))
            elif (message := message_of(line)) and not self._comes_too_late(message):
                return self._unanswered.heard(message)
        with anyio.move_on_after(_LAST_ANSWERS):
            await self._unanswered.wait()
        raise StopAsyncIteration

    receive = __anext__

    async def all_answered(self) -> None:
        """Wait until nothing that was heard is without an answer."""
        await self._unanswered.wait()

    def _comes_too_late(self, message: JSONRPCMessage) -> bool:
        return (
            bool(self._given)
            and isinstance(message, JSONRPCNotification)
            and message.method == "notifications/cancelled"
            and self._given.cancelled_by(message.params)
        )


class Said(Closing):
    """What is said to the host, save what it was told already."""

    def __init__(self, writer: Writer, unanswered: Unanswered, given: Given) -> None:
        self._writer = writer
        self._unanswered = unanswered
        self._given = given

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message; returns when the host's side has taken it."""
        line = line_of(item.message)
        try:
            if not (self._given and self._was_told(item.message, line)):
                await self._writer.write(line)
        finally:
            await self._unanswered.said(item.message)

    def _was_told(self, message: JSONRPCMessage, line: bytes) -> bool:
        answers = isinstance(message, JSONRPCResponse | JSONRPCError)
        return answers and self._given.take(message.id, line)


@contextmanager
def streams(beginning: Beginning, ended: Callable[[], None]) -> Generator[tuple[Heard, Said]]:
    """The streams from and to a host, whose descriptors stay open.

    Args:
        beginning: what was said up to now.
        ended: called when its input has ended.
    """
    reader = Reader(beginning.intake, ended)
    unanswered = Unanswered()

    def gone() -> None:
        reader.close()
        unanswered.forget()

    writer = Writer(out_of(beginning.outgoing, beginning.unwritten), gone)
    given = beginning.given
    try:
        yield Heard(reader, writer, unanswered, given), Said(writer, unanswered, given)
    finally:
        reader.close()
