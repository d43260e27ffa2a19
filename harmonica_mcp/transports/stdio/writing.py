"""Lines for the host, one after another, and what happens when it does not read them."""

import asyncio
import select
from collections.abc import Callable
from typing import Protocol

import anyio
import anyio.to_thread

from harmonica_mcp.transports.stdio.outgoing import Outgoing, write

_ROOM = 1024 * 1024
"""Bytes that may wait to be written before nothing more is read."""


class Out(Protocol):
    """Where lines go."""

    async def write(self, data: bytes) -> None:
        """Write it all.

        Raises:
            ConnectionError: The host is gone.
        """
        ...


class Polled:
    """A descriptor that is written to when there is room."""

    def __init__(self, out: Outgoing) -> None:
        self._out = out

    async def write(self, data: bytes) -> None:
        """Write it all; what is begun is ended with the next, if this is cancelled."""
        self._out.put(data)
        while not self._out.flush():
            await self._room()

    async def _room(self) -> None:
        loop = asyncio.get_running_loop()
        room = asyncio.Event()
        loop.add_writer(self._out.fd, room.set)
        try:
            await room.wait()
        finally:
            loop.remove_writer(self._out.fd)


class Threaded:
    """A descriptor that is written to by a thread, which waits where there is no room."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    async def write(self, data: bytes) -> None:
        """Write it all, whether this is cancelled or not."""
        await anyio.to_thread.run_sync(self._write, data)

    def _write(self, data: bytes) -> None:
        while data:
            data = data[write(self._fd, data) :]


def out_of(fd: int, waiting: bytes = b"") -> Out:
    """The way of this platform.

    Args:
        fd: the descriptor.
        waiting: what is to be written already; nothing on a platform without poll.
    """
    return Polled(Outgoing(fd, waiting)) if hasattr(select, "poll") else Threaded(fd)


class Writer:
    """Writes lines in turn.

    Args:
        out: where.
        gone: called when nobody reads any more.
    """

    def __init__(self, out: Out, gone: Callable[[], None]) -> None:
        self._out = out
        self._tell_gone = gone
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._room = asyncio.Event()
        self._room.set()

    async def write(self, line: bytes) -> None:
        """Write a line.

        Raises:
            anyio.BrokenResourceError: Nobody reads any more.
        """
        self._wait_with(len(line))
        try:
            async with self._turn:
                await self._out.write(line)
        except ConnectionError:
            self._tell_gone()
            raise anyio.BrokenResourceError from None
        finally:
            self._wait_with(-len(line))

    async def room(self) -> None:
        """Wait until not too much waits to be read by the host."""
        await self._room.wait()

    def _wait_with(self, size: int) -> None:
        self._waiting += size
        if self._waiting > _ROOM:
            self._room.clear()
        else:
            self._room.set()
