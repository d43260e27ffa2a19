"""Waiting for the host's lines."""

import asyncio
import os
from collections import deque
from collections.abc import Callable

import anyio.to_thread

from harmonica_mcp.transports.stdio.lines import Line, Lines

_CHUNK = 64 * 1024


class Reader:
    """The lines that come in over a descriptor, read ahead by no more than a chunk.

    Without threads where the descriptor can be waited for: pipes, sockets and terminals can,
    regular files cannot, and nothing can on Windows.

    Args:
        fd: the descriptor.
        ended: called once, when the input has ended.
    """

    def __init__(self, fd: int, ended: Callable[[], None]) -> None:
        self._fd = fd
        self._tell_end = ended
        self._lines = Lines()
        self._ready: deque[Line] = deque()
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._awaited = False
        self._watching = False
        self._threads = False
        self._over = False

    async def next(self) -> Line | None:
        """Wait for the next line; none after the last one."""
        while not self._ready and not self._over:
            if self._threads or not self._watch():
                self._take(await anyio.to_thread.run_sync(self._read, abandon_on_cancel=True))
            else:
                await self._arrival()
        return self._ready.popleft() if self._ready else None

    def close(self) -> None:
        """End here: what was not read is left where it is."""
        self._pause()
        self._over = True
        self._ready.clear()
        self._arrived.set()

    async def _arrival(self) -> None:
        self._arrived.clear()
        self._awaited = True
        try:
            await self._arrived.wait()
        finally:
            self._awaited = False

    def _watch(self) -> bool:
        if not self._watching:
            try:
                self._loop.add_reader(self._fd, self._on_readable)
            except (OSError, NotImplementedError):
                self._threads = True
                return False
            self._watching = True
        return True

    def _pause(self) -> None:
        if self._watching:
            self._loop.remove_reader(self._fd)
            self._watching = False

    def _on_readable(self) -> None:
        try:
            data = self._read()
        except BlockingIOError:
            # Somebody else took it.
            return
        if not (self._awaited and data):
            self._pause()
        self._take(data)

    def _read(self) -> bytes:
        try:
            return os.read(self._fd, _CHUNK)
        except BlockingIOError:
            raise
        except OSError:
            # A terminal or a socket whose other end is gone.
            return b""

    def _take(self, data: bytes) -> None:
        if data:
            self._ready += self._lines.feed(data)
        else:
            self._over = True
            self._ready += self._lines.rest()
            self._tell_end()
        self._arrived.set()
