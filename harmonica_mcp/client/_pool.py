"""What calls share whoever makes them."""

import math
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Self

from harmonica_mcp.client._budget import RequestBudget
from harmonica_mcp.client._http import Connections
from harmonica_mcp.client._observing import Observer
from harmonica_mcp.client._turns import OpenRequests, Turns
from harmonica_mcp.client.key import DEFAULT_URL, api_root
from harmonica_mcp.shared import Shared


class Pool:
    """What calls share whoever makes them: connections, request budgets, turns.

    Holds no key: budgets are known by the key's digest, and a request under way holds its key
    until it ends. Connections are made on first use.

    Args:
        url: Harmonica's host, with or without `/api/v1`.
        requests_per_minute: the budget of each key.
        max_seconds: an upper bound for every operation's own time limit.
        app: an ASGI app to speak to instead of the network.
        shared: what this process shares with others; closed with the pool.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        requests_per_minute: int = 100,
        max_seconds: float = math.inf,
        app: Callable[..., Any] | None = None,
        shared: Shared | None = None,
    ) -> None:
        self.shared = shared
        self.budget = RequestBudget(requests_per_minute, shared)
        self.max_seconds = max_seconds
        self.open_requests = OpenRequests()
        self.observers: list[Observer] = []
        self.connections = Connections(api_root(url), app)
        self._turns = Turns(shared)

    @property
    def root(self) -> str:
        """The API's address."""
        return self.connections.root

    def prepare(self) -> None:
        """Make now what the first request needs, in any thread, before there is one."""
        self.connections.prepare()

    def turn(
        self, session_id: str, participant_id: str, limit: float
    ) -> AbstractAsyncContextManager[None]:
        """Wait up to `limit` seconds for a participant's turn in a session, and keep it."""
        return self._turns.take(session_id, participant_id, min(limit, self.max_seconds))

    async def aclose(self) -> None:
        """Close the connections."""
        await self.connections.aclose()
        for observer in self.observers:
            await observer.aclose()
        if self.shared:
            await self.shared.aclose()

    async def __aenter__(self) -> Self:
        if self.shared:
            await self.shared.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()
