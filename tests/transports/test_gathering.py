"""What is written to a connection one after the other leaves it in one piece."""

import asyncio
import socket
from typing import Self, cast

from harmonica_mcp.transports.gathering import Gathering


class Client:
    """A socket whose other end says nothing, and goes on listening."""

    def dup(self) -> Self:
        """Give the same socket."""
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Be done with it."""

    def recv(self, size: int, flags: int) -> bytes:
        """Find nothing."""
        assert (size, flags) == (1, socket.MSG_PEEK)
        raise BlockingIOError


class Written:
    """A transport that keeps what is written to it, each time by itself."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.pieces.append(data)

    def get_extra_info(self, name: str) -> Client:
        """Give the socket."""
        assert name == "socket"
        return Client()

    def is_closing(self) -> bool:
        """Whether nothing can be written any more."""
        return self.closed

    def close(self) -> None:
        """Write nothing any more."""
        self.closed = True


def gathering(written: Written) -> Gathering:
    """What is tested, over it."""
    return Gathering(cast("asyncio.Transport", written))


async def test_head_and_body_leave_together() -> None:
    """What is written before the event loop turns is one piece, and what comes later another."""
    written = Written()
    transport = gathering(written)
    transport.write(b"head")
    transport.write(b" body")
    assert written.pieces == []
    await asyncio.sleep(0)
    assert written.pieces == [b"head body"]
    transport.write(b"more")
    await asyncio.sleep(0)
    assert written.pieces == [b"head body", b"more"]


async def test_much_leaves_at_once() -> None:
    """Whoever writes more than 64 KiB at once learns whether the client reads it."""
    written = Written()
    transport = gathering(written)
    transport.write(b"head")
    transport.write(b"x" * 65_536)
    assert written.pieces == [b"head" + b"x" * 65_536]
    await asyncio.sleep(0)
    assert len(written.pieces) == 1


async def test_the_last_words_leave_before_the_end() -> None:
    """Closing loses nothing that was written."""
    written = Written()
    transport = gathering(written)
    transport.write(b"last words")
    transport.close()
    assert written.pieces == [b"last words"]
    assert transport.is_closing()


async def test_nothing_is_written_to_who_is_gone() -> None:
    """What waits for a client that hung up meanwhile goes nowhere."""
    written = Written()
    transport = gathering(written)
    transport.write(b"to nobody")
    written.closed = True
    await asyncio.sleep(0)
    assert written.pieces == []
