"""The request budget: at most so many requests a minute per key, each in its turn."""

import math
import time
from collections.abc import Awaitable, Callable
from itertools import takewhile
from weakref import WeakValueDictionary

import anyio
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from harmonica_mcp.client.errors import BudgetSpent
from harmonica_mcp.shared import Shared

PER_MINUTE = 100
"""What the documents promise per key; some editions allow more."""

OnWait = Callable[[float], Awaitable[None]]
"""Told the seconds that a call is about to wait for its turn."""


class _Counts(MemoryStorage):
    """The library's, without a task per request, which would hold the request, key included."""

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count, in a window that begins with the first."""
        if not await self.get(key):
            await self._drop_ended()
            self.expirations[key] = time.time() + expiry
        self.storage[key] += amount
        return self.storage[key]

    async def _drop_ended(self) -> None:
        now = time.time()
        # All windows are equally long, and stand in the order in which they began.
        for key in list(takewhile(lambda key: self.expirations[key] <= now, self.expirations)):
            await self.clear(key)


class RequestBudget:
    """Counts requests in the API's own way: a fixed minute that starts with the first request.

    Keys are known by their digest only.

    Args:
        per_minute: requests of each key.
        shared: where the requests of other processes count as well.
    """

    def __init__(self, per_minute: int = PER_MINUTE, shared: Shared | None = None) -> None:
        self._shared = shared
        self._item = RateLimitItemPerMinute(per_minute)
        self._windows = FixedWindowRateLimiter(_Counts())
        self._queues: WeakValueDictionary[str, anyio.Lock] = WeakValueDictionary()

    async def take(self, digest: str, deadline: float, on_wait: OnWait | None = None) -> None:
        """Take one request from the budget, waiting for the next minute where it must be.

        Args:
            digest: whose budget.
            deadline: the moment of the event loop's clock up to which waiting makes sense.
            on_wait: told before a wait.

        Raises:
            BudgetSpent: The wait would pass the deadline; `retry_after` says how long it is.
        """
        queue = self._queues.get(digest)
        if queue is None and self._shared is None and await self._hit(digest):
            # Nobody waits, and nothing is asked that could make this call wait.
            return
        queue = self._queues.setdefault(digest, anyio.Lock(fast_acquire=True))
        if queue.locked():
            # Others wait for the next minute already: this call shall know, or give up, now.
            await self._announce(digest, deadline, on_wait)
        with anyio.move_on_at(deadline):
            async with queue:
                while not await self._hit(digest):
                    wait = await self._announce(digest, deadline, on_wait)
                    await anyio.sleep(wait)
                return
        raise self._spent(await self._until_reset(digest))

    async def _hit(self, digest: str) -> bool:
        # Counted here in any case: what is shared may be lost within the minute.
        own = await self._windows.hit(self._item, digest)
        told = await self._shared.hit(self._item, digest) if self._shared else None
        return own if told is None else told

    async def _announce(self, digest: str, deadline: float, on_wait: OnWait | None) -> float:
        """Seconds to wait, told to the caller; refused where they pass the deadline."""
        wait = await self._until_reset(digest)
        if anyio.current_time() + wait > deadline:
            raise self._spent(wait)
        if on_wait:
            await on_wait(wait)
        return wait

    def _spent(self, wait: float) -> BudgetSpent:
        seconds = math.ceil(wait)
        return BudgetSpent(
            f"This key has used its {self._item.amount} requests of the minute; nothing was sent, "
            f"try again in {seconds} seconds.",
            retry_after=seconds,
        )

    async def _until_reset(self, digest: str) -> float:
        ends = await self._shared.reset_time(self._item, digest) if self._shared else None
        if ends is None:
            ends = (await self._windows.get_window_stats(self._item, digest)).reset_time
        wait = ends - time.time()
        if wait > self._item.get_expiry():
            # This machine's clock was set back: the window would not end for as long.
            await self._windows.clear(self._item, digest)
        return min(max(wait, 0.0), self._item.get_expiry()) + 0.05
