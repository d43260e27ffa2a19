"""Cutting what is read into lines, however it arrives and however long they are."""

from typing import NamedTuple

LIMIT = 16 * 1024 * 1024
"""Bytes in a line; a longer one is dropped as it comes."""
_KEPT = 512


class TooLong(NamedTuple):
    """A line that was dropped.

    Args:
        head: how it began.
        tail: how it ended.
    """

    head: bytes
    tail: bytes


Line = bytes | TooLong


class Lines:
    """Gives the lines of a stream as soon as they are complete."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._part = bytearray()
        self._head: bytes | None = None

    def feed(self, data: bytes) -> list[Line]:
        """Take what was read; gives the lines that it completes."""
        *wholes, part = data.split(b"\n")
        found = [self._finish(piece) for piece in wholes]
        self._grow(part)
        return found

    def rest(self) -> list[Line]:
        """The last line, where the input ended without a line break."""
        return [self._finish(b"")] if self._part else []

    def _grow(self, piece: bytes) -> None:
        self._part += piece
        if self._head is None and len(self._part) > self._limit:
            self._head = bytes(self._part[:_KEPT])
        if self._head is not None:
            del self._part[:-_KEPT]

    def _finish(self, piece: bytes) -> Line:
        self._grow(piece)
        whole, head = bytes(self._part), self._head
        self._part.clear()
        self._head = None
        return whole if head is None else TooLong(head, whole)
