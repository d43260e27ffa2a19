"""What processes share through Redis."""

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast
from uuid import uuid4

import anyio
from limits import RateLimitItem
from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter
from redis.asyncio.lock import Lock
from redis.exceptions import LockError

from harmonica_mcp.shared import Claim, Shared, Standing, scripts
from harmonica_mcp.shared.link import PREFIX, Link
from harmonica_mcp.shared.renewing import LEASE, renewing

_LINGER = 60.0
"""Seconds for which those who waited beside its caller still find an outcome."""


class Replicas(Shared):
    """All processes that are told of the same Redis server."""

    def __init__(self, url: str) -> None:
        """Know where it is.

        Raises:
            NotReachable: That is no address of a Redis server.
        """
        self._link = link = Link(url)
        self._windows = FixedWindowRateLimiter(
            RedisStorage(
                f"async+{url}",
                implementation="redispy",
                key_prefix=f"{PREFIX}:budget",
                connection_pool=cast("Any", link.pool),
            )
        )
        register = cast(
            "Callable[[str], Callable[..., Awaitable[Any]]]", link.redis.register_script
        )
        self._stand = register(scripts.STAND)
        self._renew = register(scripts.RENEW)
        self._end = register(scripts.END)
        self._forget = register(scripts.FORGET)
        self._first_use = register(scripts.FIRST_USE)

    async def open(self) -> None:
        """Try it; what is wrong is told in the log."""
        await self._link.ask(self._link.probe)

    async def hit(self, item: RateLimitItem, digest: str) -> bool | None:
        """Count a request; tells whether it is within the budget of all processes."""
        return await self._link.ask(lambda: self._windows.hit(item, digest))

    async def reset_time(self, item: RateLimitItem, digest: str) -> float | None:
        """When the budget is full again, in seconds since 1970."""
        stats = await self._link.ask(lambda: self._windows.get_window_stats(item, digest))
        return stats and stats.reset_time

    @asynccontextmanager
    async def turn(self, name: str, seconds: float) -> AsyncGenerator[bool]:
        """Wait up to so long for a turn and keep it; false when others kept it for longer."""
        lock = self._link.redis.lock(
            _key("turn", hashlib.sha256(name.encode()).hexdigest()),
            timeout=LEASE,
            blocking_timeout=seconds,
            thread_local=False,
        )
        got = await self._link.ask(lock.acquire)
        if not got:
            # Where Redis is lost the turn is kept in this process only.
            yield got is None
            return
        try:
            async with renewing(lambda: self._keep(lock)):
                yield True
        finally:
            with anyio.CancelScope(shield=True), suppress(LockError):
                await self._link.ask(lock.release)

    async def first_use(self, mark: str, seconds: float) -> bool:
        """Whether nobody has used this mark in so many seconds; from now on somebody has."""
        keys, args = [_key("used", mark)], [uuid4().hex, _ms(seconds)]
        first = await self._link.ask(lambda: self._first_use(keys=keys, args=args))
        return first is None or bool(first)

    async def known(self, work: str) -> bool:
        """Whether such work goes on somewhere, or its outcome waits to be collected."""
        return bool(await self._link.ask(lambda: self._link.redis.exists(_key("work", work))))

    async def stand(self, claim: Claim) -> Standing | None:
        """Claim a piece of work where nobody has; tells how it stands."""
        keys = [_key("work", claim.work), *_beside(claim)]
        sent = int(claim.sent)
        args = [claim.token, claim.followed, sent, _ms(LEASE), _ms(claim.keep), PREFIX]
        told = await self._link.ask(lambda: self._stand(keys=keys, args=args))
        if told is None:
            return None
        state, token, more = told
        if state == "ended":
            return Standing(state, token, outcome=more)
        return Standing(state, token, sent=more == "sent")

    @asynccontextmanager
    async def working(self, claim: Claim) -> AsyncGenerator[None]:
        """Let others know, for as long as the context lasts, that this process is at it."""
        async with renewing(lambda: self._tell(claim)):
            yield

    async def about_to_send(self, claim: Claim) -> None:
        """Let others know that the work has an effect from now on."""
        claim.sent = True
        await self._tell(claim)

    async def end(self, claim: Claim, outcome: str | None) -> bool:
        """Give up a claim, with an outcome or as if it had never been; true when that is known."""
        args = [claim.token, int(outcome is not None), outcome or "", _ms(claim.keep)]
        done = await self._link.ask(lambda: self._end(keys=_keys(claim), args=args))
        return done is not None and outcome is not None

    async def forget(self, claim: Claim) -> None:
        """Forget an outcome that its caller has heard."""
        token = claim.followed or claim.token
        keys, args = [_key("work", claim.work), _key("outcome", token)], [token, _ms(_LINGER)]
        await self._link.ask(lambda: self._forget(keys=keys, args=args))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._link.aclose()

    async def _tell(self, claim: Claim) -> None:
        phase = "sent" if claim.sent else "begun"
        args = [claim.token, phase, _ms(LEASE), _ms(claim.keep)]
        await self._link.ask(lambda: self._renew(keys=_keys(claim), args=args))

    async def _keep(self, lock: Lock) -> None:
        with suppress(LockError):
            await self._link.ask(lock.reacquire)


def _key(kind: str, name: str) -> str:
    return f"{PREFIX}:{kind}:{name}"


def _beside(claim: Claim) -> list[str]:
    return [_key("beside", claim.exclusive)] if claim.exclusive else []


def _keys(claim: Claim) -> list[str]:
    return [_key("work", claim.work), _key("alive", claim.token), *_beside(claim)]


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
