"""What is written to a connection one after the other leaves it in one piece."""

import asyncio
from typing import Any

_AT_MOST = 64 * 1024
"""Bytes that wait for more; beyond, whoever writes has to feel whether the client reads."""


class Gathering:
    """A transport that writes once in a turn of the event loop: an answer's head with its body.

    Each writing by itself would cost a system call, a packet, and the client a waking.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._waiting: list[bytes] = []
        self._bytes = 0

    def write(self, data: bytes) -> None:
        """Write with what else is written now."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._leave)
        self._waiting.append(data)
        self._bytes += len(data)
        if self._bytes > _AT_MOST:
            self._leave()

    def close(self) -> None:
        """Close when all is written."""
        self._leave()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _leave(self) -> None:
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        if data and not self._transport.is_closing():
            self._transport.write(data)
