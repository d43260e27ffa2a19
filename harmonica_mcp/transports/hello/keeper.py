"""Seeing to it that the next start finds a snapshot that is right."""

import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
from mcp.server import MCPServer

from harmonica_mcp.transports.hello import snapshot
from harmonica_mcp.transports.hello.given import Given
from harmonica_mcp.transports.hello.taking import take

log = logging.getLogger(__name__)

_SETTLED = 1.0
"""Seconds after the start, in which a host asks its first questions."""


class Keeper:
    """Takes a snapshot where there is none, and where the one there is proved wrong.

    Args:
        identity: what it is to hold for.
        given: the answers that were given from one, if there is one.
    """

    def __init__(self, identity: str, given: Given | None = None) -> None:
        self._identity = identity
        self._given = given
        self._done = False

    @asynccontextmanager
    async def beside(
        self, server: MCPServer[Any], quiet: Callable[[], Awaitable[None]]
    ) -> AsyncGenerator[None]:
        """Do it while a server serves, when nobody waits for it, or else when it has served."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._when_settled, server, quiet)
            yield
            tasks.cancel_scope.cancel()
        await self._keep(server)

    async def _when_settled(
        self, server: MCPServer[Any], quiet: Callable[[], Awaitable[None]]
    ) -> None:
        await anyio.sleep(_SETTLED)
        await quiet()
        await self._keep(server)

    async def _keep(self, server: MCPServer[Any]) -> None:
        wrong = self._given is not None and self._given.wrong
        if self._done or not (self._given is None or wrong):
            return
        snapshot.write(self._identity, await take(server))
        self._done = True
        if wrong:
            log.warning("What was said at the start was out of date: the next start says it anew.")
