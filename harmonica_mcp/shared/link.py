"""The connection to Redis, which may be lost without holding anybody up."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextvars import Context
from typing import TypeVar, cast

import anyio
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import LockError, RedisError

from harmonica_mcp.shared import NotReachable

log = logging.getLogger(__name__)
T = TypeVar("T")

PREFIX = "harmonica-mcp"

_PATIENCE = 2.0
"""Seconds that one answer may take."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0


class Link:
    """Asks Redis; while it is lost, nobody waits for it."""

    def __init__(self, url: str) -> None:
        """Know where it is.

        Raises:
            NotReachable: That is no address of a Redis server.
        """
        try:
            made = cast("Callable[..., ConnectionPool]", ConnectionPool.from_url)
            self.pool = made(
                url,
                decode_responses=True,
                socket_timeout=_PATIENCE,
                socket_connect_timeout=_PATIENCE,
                # An idle connection may have been closed; what takes too long is lost.
                retry=Retry(NoBackoff(), 1, (Disconnected,)),
            )
            self.pool.make_connection()
        except (TypeError, ValueError):
            # The reason would show the address, which holds a password.
            raise NotReachable("that is no address of a Redis server") from None
        self.redis: Redis = Redis(connection_pool=self.pool)
        self._looking: asyncio.Task[None] | None = None

    async def ask(self, question: Callable[[], Awaitable[T]]) -> T | None:
        """What Redis answers; None while it is lost.

        Raises:
            LockError: A lock is not ours any more.
        """
        if self._looking:
            return None
        try:
            return await question()
        except LockError:
            raise
        except (RedisError, OSError, TimeoutError) as error:
            self._lost(error)
            return None

    async def probe(self) -> bool:
        """Whether Redis takes what it is told."""
        return bool(await self.redis.set(f"{PREFIX}:probe", "1", px=1000))

    async def aclose(self) -> None:
        """Close the connections."""
        if self._looking:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        await self.pool.disconnect()

    def _lost(self, error: Exception) -> None:
        if self._looking:
            return
        log.warning(
            "Redis does not answer (%s). Until it does, each process keeps a request budget of its "
            "own and does not know what the others do.",
            type(error).__name__,
        )
        # Not in the context of the call that happened to notice: it holds the caller's key.
        self._looking = asyncio.get_running_loop().create_task(self._look(), context=Context())

    async def _look(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            await anyio.sleep(pause)
            try:
                await self.probe()
            except (RedisError, OSError, TimeoutError):
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                break
        log.warning("Redis answers again.")
        self._looking = None
