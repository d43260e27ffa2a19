"""What is written to a connection one after the other leaves it in one piece."""

import asyncio
import socket
from typing import Any

_AT_MOST = 64 * 1024
"""Bytes that wait for more; beyond, whoever writes has to feel whether the client reads."""


class Gathering:
    """A transport that writes once in a turn of the event loop: an answer's head with its body.

    Each writing by itself would cost a system call, a packet, and the client a waking.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.reached = False
        """Whether the client was still there when `leave` wrote to it last."""
        self._waiting: list[bytes] = []
        self._bytes = 0

    def write(self, data: bytes) -> None:
        """Write with what else is written now."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._leave)
        self._waiting.append(data)
        self._bytes += len(data)
        if self._bytes > _AT_MOST:
            self.leave()

    def leave(self) -> None:
        """Write what waits, now."""
        if self._waiting:
            self.reached = self._is_there()
            self._leave()

    def close(self) -> None:
        """Close when all is written."""
        self.leave()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def _leave(self) -> None:
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._bytes = 0
        if data and not self._transport.is_closing():
            self._transport.write(data)

    def _is_there(self) -> bool:
        """Whether the client has not hung up, be it that the event loop does not know it yet."""
        if self._transport.is_closing():
            return False
        connection: socket.socket = self._transport.get_extra_info("socket")
        try:
            with connection.dup() as same:
                return same.recv(1, socket.MSG_PEEK) != b""
        except BlockingIOError:
            return True
        except OSError:
            return False
