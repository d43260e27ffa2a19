"""What a process holds for as long as it lives, and not much longer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio

LEASE = 10.0
"""Seconds after which others take a process that is not heard of for dead."""


@asynccontextmanager
async def renewing(renew: Callable[[], Awaitable[None]]) -> AsyncGenerator[None]:
    """Renew a hold again and again while the context lasts."""
    over = asyncio.Event()

    async def again() -> None:
        while not over.is_set():
            with anyio.move_on_after(LEASE / 3):
                await over.wait()
                return
            await renew()

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        # Not cut in the middle: a renewal that arrives late would bring back what was given up.
        over.set()
        with anyio.CancelScope(shield=True):
            await task
