"""Places, of which there are so many in all and for one key; what is told to who gets none."""

import asyncio
from collections import Counter
from typing import Self

from starlette.types import ASGIApp

from harmonica_mcp.transports.answers import refusal

RETRY_SECONDS = "5"
"""After which who was refused may come again; most calls take less."""


class Full(Exception):
    """There is no place: not for this key (`status` 429), or for nobody (503)."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Places:
    """A number of places, of which each key has at most some.

    Args:
        total: how many there are.
        per_key: how many one key can have at a time; keys are known by their digest.
        things: what takes them, as told to who gets none.
    """

    def __init__(self, total: int, per_key: int, things: str) -> None:
        self.total = total
        self.per_key = per_key
        self.things = things
        self.taken: Counter[str] = Counter()
        self._freed = asyncio.Event()

    def take(self, digest: str) -> "Place":
        """Take a place.

        Raises:
            Full: There is none.
        """
        if self.taken[digest] >= self.per_key:
            raise Full(429, f"This key has {self.per_key} {self.things} already, and no more.")
        if self.taken.total() >= self.total:
            raise Full(503, f"The server has as many {self.things} as it can take.")
        return Place(self, digest)

    async def all_free(self) -> None:
        """Wait until nobody has one."""
        while self.taken:
            self._freed.clear()
            await self._freed.wait()

    def occupy(self, digest: str) -> None:
        """Count one as taken."""
        self.taken[digest] += 1

    def free(self, digest: str) -> None:
        """Count one as free."""
        self.taken[digest] -= 1
        if not self.taken[digest]:
            del self.taken[digest]
        self._freed.set()


class Place:
    """What a request takes while it is under way: free again when all who hold it let go."""

    def __init__(self, places: Places, digest: str) -> None:
        self._places = places
        self._digest = digest
        self._holders = 0
        self.hold()

    def hold(self) -> None:
        """Keep it, beside whoever else does."""
        if not self._holders:
            # Its own again, be there as many as may, for who comes back began before the others.
            self._places.occupy(self._digest)
        self._holders += 1

    def release(self) -> None:
        """Let go of it."""
        self._holders -= 1
        if not self._holders:
            self._places.free(self._digest)

    def __enter__(self) -> Self:
        self.hold()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def refused(full: Full) -> ASGIApp:
    """The answer to who finds no place."""
    return refusal(full.status, f"{full} Try again in a moment.", Retry_After=RETRY_SECONDS)
