"""The host at the other end of stdin and stdout, as the pair of streams that the SDK serves."""

from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

import anyio
from mcp.shared.message import SessionMessage

from harmonica_mcp.transports.stdio.lines import TooLong
from harmonica_mcp.transports.stdio.messages import line_of, message_of, refusal
from harmonica_mcp.transports.stdio.reading import Reader
from harmonica_mcp.transports.stdio.unanswered import Unanswered
from harmonica_mcp.transports.stdio.writing import Writer, out_of
from harmonica_mcp.transports.streams import Closing

_LAST_ANSWERS = 0.9
"""Seconds after the end of input in which calls may still be answered."""


class Heard(Closing):
    """What the host says, up to the end of its input, and then until all of it is answered."""

    def __init__(self, reader: Reader, writer: Writer, unanswered: Unanswered) -> None:
        self._reader = reader
        self._writer = writer
        self._unanswered = unanswered

    def __aiter__(self) -> "Heard":
        return self

    async def __anext__(self) -> SessionMessage:
        # A host that does not read gets no further calls begun.
        await self._writer.room()
        while (line := await self._reader.next()) is not None:
            if isinstance(line, TooLong):
                with suppress(anyio.BrokenResourceError):
                    await self._writer.write(line_of(refusal(line)))
            elif message := message_of(line):
                return self._unanswered.heard(message)
        with anyio.move_on_after(_LAST_ANSWERS):
            await self._unanswered.wait()
        raise StopAsyncIteration

    receive = __anext__


class Said(Closing):
    """What is said to the host."""

    def __init__(self, writer: Writer, unanswered: Unanswered) -> None:
        self._writer = writer
        self._unanswered = unanswered

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message; returns when the host's side has taken it."""
        try:
            await self._writer.write(line_of(item.message))
        finally:
            await self._unanswered.said(item.message)


@contextmanager
def streams(
    incoming: int, outgoing: int, ended: Callable[[], None]
) -> Generator[tuple[Heard, Said]]:
    """The streams from and to a host.

    Args:
        incoming: the descriptor on which it speaks; stays open, as the other does.
        outgoing: the one on which it listens.
        ended: called when its input has ended.
    """
    reader = Reader(incoming, ended)
    unanswered = Unanswered()

    def gone() -> None:
        reader.close()
        unanswered.forget()

    writer = Writer(out_of(outgoing), gone)
    try:
        yield Heard(reader, writer, unanswered), Said(writer, unanswered)
    finally:
        reader.close()
