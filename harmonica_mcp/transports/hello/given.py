"""Answers that the host was given before the SDK was there to give them."""

from collections.abc import Mapping
from typing import Any


class Given:
    """Keeps count of them until the SDK has given its own, which nobody needs any more."""

    def __init__(self) -> None:
        self._lines: dict[int | str, bytes] = {}
        self.wrong = False
        """Whether the SDK gave another answer."""

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, number: int | str, line: bytes) -> None:
        """Remember the answer to a request."""
        self._lines[number] = line

    def take(self, number: int | str | None, line: bytes) -> bool:
        """Whether this is the SDK's answer to one of these requests; to be asked once."""
        if number is None or number not in self._lines:
            return False
        self.wrong = self._lines.pop(number) != line or self.wrong
        return True

    def cancelled_by(self, params: Mapping[str, Any] | None) -> bool:
        """Whether a cancellation comes too late: one of these requests is what it is about."""
        about = str((params or {}).get("requestId"))
        return any(str(number) == about for number in self._lines)
