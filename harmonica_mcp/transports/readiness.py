"""Whether Harmonica can be reached from here, for whoever decides where requests go."""

from collections.abc import Generator
from contextlib import contextmanager, suppress

import anyio

from harmonica_mcp.client import HarmonicaError, Pool
from harmonica_mcp.client._observing import Exchange, Observer
from harmonica_mcp.client._operation import Operation, Retry
from harmonica_mcp.client._sending import Http

_LATELY = 60.0
"""Seconds for which an answer counts."""
_BETWEEN = 10.0
"""Seconds from one probe to the next, however often somebody asks."""
_PROBE = Operation("GET", "/sessions/public", Retry.ONCE, limit=5.0, public=True)


class Readiness(Observer):
    """Harmonica's answers to callers tell; where there are none, a cheap request without a key."""

    def __init__(self, pool: Pool) -> None:
        self._http = Http(pool, None)
        self._answered = self._probed = float("-inf")
        self._probing = anyio.Lock()
        pool.observers.append(self)

    @contextmanager
    def sending(self, exchange: Exchange) -> Generator[None]:
        """Take note of an answer that is no failure of Harmonica's own."""
        yield
        if exchange.status is not None and exchange.status < 500:
            self._answered = anyio.current_time()

    async def ready(self) -> bool:
        """Whether Harmonica answered in the last minute, or does now."""
        if not self._lately:
            async with self._probing:
                if not self._lately and anyio.current_time() - self._probed >= _BETWEEN:
                    self._probed = anyio.current_time()
                    await self._probe()
        return self._lately

    @property
    def _lately(self) -> bool:
        return anyio.current_time() - self._answered < _LATELY

    async def _probe(self) -> None:
        # Whether it has a list of public sessions does not matter, only that it answers.
        with suppress(HarmonicaError):
            await self._http.request(_PROBE, query={"limit": 1})
