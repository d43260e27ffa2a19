"""The end of a server: what is under way may finish, nothing new begins."""

import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager

import anyio

GRACE = 5.0
"""Seconds for what is under way, where nobody says otherwise."""


class Stopping:
    """Whether the server is to end, and how long what is under way may take.

    Args:
        grace: seconds from the signal.
    """

    def __init__(self, grace: float = GRACE) -> None:
        self.grace = grace
        self.begun = False
        self._until = 0.0
        self._waiting: anyio.CancelScope | None = None
        self._heard_by: set[Callable[[], None]] = set()

    def begin(self) -> None:
        """Tell everybody who listens."""
        self.begun = True
        self._until = time.monotonic() + self.grace
        for hear in list(self._heard_by):
            hear()

    def hurry(self) -> None:
        """Leave no more time."""
        self._until = 0.0
        if self._waiting:
            self._waiting.cancel()

    @contextmanager
    def heard_by(self, hear: Callable[[], None]) -> Generator[None]:
        """Call this when the end begins, or at once when it has begun."""
        self._heard_by.add(hear)
        if self.begun:
            hear()
        try:
            yield
        finally:
            self._heard_by.discard(hear)

    async def wait_for(self, *finishing: Callable[[], Awaitable[None]]) -> None:
        """Wait for one after the other as long as there is time."""
        with anyio.move_on_after(self._until - time.monotonic()) as self._waiting:
            for each in finishing:
                await each()
