"""Waiting for the host's lines."""

import asyncio
from collections.abc import Callable

import anyio.to_thread

from harmonica_mcp.transports.stdio.intake import Intake
from harmonica_mcp.transports.stdio.lines import Line


class Reader:
    """Takes in lines as they are wanted, reading ahead by no more than a chunk.

    Without threads where the descriptor can be waited for: pipes, sockets and terminals can,
    regular files cannot, and nothing can on Windows.

    Args:
        intake: from where.
        ended: called when the input has ended.
    """

    def __init__(self, intake: Intake, ended: Callable[[], None]) -> None:
        self._intake = intake
        self._tell_end = ended
        self._loop = asyncio.get_running_loop()
        self._arrived = asyncio.Event()
        self._awaited = False
        self._watching = False
        self._threads = False
        self._note_end()

    async def next(self) -> Line | None:
        """Wait for the next line; none after the last one."""
        lines = self._intake.lines
        while not lines and not self._intake.over:
            if self._threads or not self._watch():
                await anyio.to_thread.run_sync(self._intake.read, abandon_on_cancel=True)
                self._note_end()
            else:
                await self._arrival()
        return lines.popleft() if lines else None

    def close(self) -> None:
        """End here: what was not read is left where it is."""
        self._pause()
        self._intake.over = True
        self._intake.lines.clear()
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
                self._loop.add_reader(self._intake.fd, self._on_readable)
            except (OSError, NotImplementedError):
                self._threads = True
                return False
            self._watching = True
        return True

    def _pause(self) -> None:
        if self._watching:
            self._loop.remove_reader(self._intake.fd)
            self._watching = False

    def _on_readable(self) -> None:
        self._intake.read()
        if not self._awaited or self._intake.over:
            self._pause()
        self._note_end()
        self._arrived.set()

    def _note_end(self) -> None:
        if self._intake.over:
            self._tell_end()
