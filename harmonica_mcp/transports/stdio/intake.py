"""What comes in over a descriptor."""

import os
from collections import deque

from harmonica_mcp.transports.stdio.lines import Line, Lines

CHUNK = 64 * 1024
"""Bytes that are read at once."""


class Intake:
    """The lines that came in and were not taken yet.

    Args:
        fd: the descriptor.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.lines: deque[Line] = deque()
        self.over = False
        """Whether the input has ended."""
        self._cut = Lines()

    def read(self) -> list[Line]:
        """Read once, as much as is there; gives the lines that are new."""
        try:
            data = os.read(self.fd, CHUNK)
        except BlockingIOError:
            # Somebody else took it.
            return []
        except OSError:
            # A terminal or a socket whose other end is gone.
            data = b""
        self.over = not data
        new = self._cut.feed(data) if data else self._cut.rest()
        self.lines += new
        return new
