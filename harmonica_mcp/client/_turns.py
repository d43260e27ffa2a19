"""What happens side by side: turns that wait for each other, shares, requests under way."""

import logging
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from weakref import WeakValueDictionary

import anyio

from harmonica_mcp.client import errors
from harmonica_mcp.client._operation import OpenRequest, Operation
from harmonica_mcp.shared import Shared

log = logging.getLogger(__name__)

BUSY = "Too many requests to Harmonica are under way; nothing was sent, try again in a minute."


class Turns:
    """Lets the turns of one participant in one session follow each other, whoever calls."""

    def __init__(self, shared: Shared | None = None) -> None:
        self._shared = shared
        self._locks: WeakValueDictionary[tuple[str, str], anyio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def take(
        self, session_id: str, participant_id: str, seconds: float
    ) -> AsyncGenerator[None]:
        """Wait for one's turn and keep it.

        Raises:
            TurnRunning: The previous turns took longer than `seconds`.
        """
        lock = self._locks.setdefault((session_id, participant_id), anyio.Lock(fast_acquire=True))
        until = anyio.current_time() + seconds
        with anyio.move_on_at(until) as waiting:
            await lock.acquire()
        if waiting.cancelled_caught:
            raise _running()
        try:
            if self._shared is None:
                yield
                return
            left = max(until - anyio.current_time(), 0)
            async with self._shared.turn(f"{session_id}\n{participant_id}", left) as ours:
                if not ours:
                    raise _running()
                yield
        finally:
            lock.release()


def _running() -> errors.TurnRunning:
    return errors.TurnRunning(
        "This participant's previous turn is still running; nothing was sent, read the "
        "conversation before you try again."
    )


class Shares:
    """Lets the requests of one key be so many at a time, so that nobody's stalls are everybody's.

    Keys are known by their digest only.
    """

    def __init__(self, each: int) -> None:
        self._each = each
        self._shares: WeakValueDictionary[str, anyio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def take(self, digest: str, seconds: float) -> AsyncGenerator[None]:
        """Wait for one of the key's connections and keep it.

        Raises:
            ConnectionFailed: None was free for `seconds`.
        """
        new = anyio.Semaphore(self._each, fast_acquire=True)
        share = self._shares.setdefault(digest, new)
        try:
            share.acquire_nowait()
        except anyio.WouldBlock:
            await _in_time(share, seconds)
        try:
            yield
        finally:
            share.release()


async def _in_time(share: anyio.Semaphore, seconds: float) -> None:
    with anyio.move_on_after(seconds):
        await share.acquire()
        return
    raise errors.ConnectionFailed(BUSY)


class OpenRequests(set[OpenRequest]):
    """The requests with an effect that are under way."""

    def send(self, operation: Operation, path: str) -> AbstractContextManager[OpenRequest]:
        """Keep a request that is sent now here while it runs, as `track` does."""
        return self.track(OpenRequest(operation, path, datetime.now(UTC)))

    @contextmanager
    def track(self, request: OpenRequest) -> Generator[OpenRequest]:
        """Keep a request here while its outcome is not known; name it in the log if it is cut."""
        self.add(request)
        try:
            yield request
        except anyio.get_cancelled_exc_class():
            log.warning("Cut off while under way, it may have taken effect: %s", request)
            raise
        finally:
            self.discard(request)
