"""Waiting for the request budget, for as long as a job that nobody watches may take."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from harmonica_mcp.client.errors import BudgetSpent, RateLimited

T = TypeVar("T")

_LONGEST = 300.0
_MOST = 20


class Waiting:
    """Waits where the budget of the minute is used up; nothing was sent or done then.

    Args:
        tell: told the seconds before each wait.
    """

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell

    async def out(self, request: Callable[[], Awaitable[T]]) -> T:
        """Make a request as soon as it may be made.

        Raises:
            HarmonicaError: It fails for another reason, or Harmonica asks for very long waits.
        """
        for _ in range(_MOST):
            try:
                return await request()
            except (BudgetSpent, RateLimited) as error:
                seconds = error.retry_after or 0.0
                if seconds > _LONGEST:
                    raise
                self._tell(seconds)
                await anyio.sleep(seconds)
        return await request()

    async def told(self, seconds: float) -> None:
        """Tell of a wait of the client's own."""
        self._tell(seconds)
