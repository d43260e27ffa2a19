"""After a lost answer: look for what happened, never do it again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import anyio
import stamina

from harmonica_mcp.client import errors
from harmonica_mcp.client._answer import Answer
from harmonica_mcp.client._http import Http
from harmonica_mcp.client._operation import Operation

T = TypeVar("T")

# Clocks: the Date header has whole seconds, and the database may be another machine.
_TOLERANCE = timedelta(seconds=2)
# Looking goes on at least so long after the loss: the API finishes what it has begun.
_AT_LEAST = 10.0


@dataclass(slots=True)
class Attempt:
    """One sending of a `once` operation, and what to do when its answer is lost."""

    http: Http
    operation: Operation
    started: float = field(default_factory=anyio.current_time)

    def since(self, answer: Answer) -> datetime | None:
        """The moment of sending on the API's own clock, read off a later answer of it.

        This machine's clock is not asked: it may be wrong.
        """
        if answer.date is None:
            return None
        return answer.date - timedelta(seconds=anyio.current_time() - self.started) - _TOLERANCE

    async def settle(
        self,
        send: Callable[[], Awaitable[T]],
        look: Callable[[], Awaitable[T | None]],
        unknown: errors.Unsettled,
    ) -> T:
        """Send; when the answer is lost, look until it is known what happened.

        Args:
            send: sends the request, once.
            look: returns what the lost answer would have said, None where there is nothing yet;
                raises an `Unsettled` that says more than `unknown`.
            unknown: raised when nothing was found in time.
        """
        try:
            return await send()
        except (errors.AnswerLost, errors.ServerError, errors.UnexpectedAnswer) as lost:
            if not lost.may_have_happened:
                raise
            try:
                return await self._keep_looking(look, unknown, self._patience(lost))
            except errors.Unsettled as end:
                raise end from lost
            except errors.HarmonicaError:
                raise unknown from lost

    def _patience(self, lost: errors.HarmonicaError) -> float:
        # A 500 is the API's own last word; after anything else it may still be at work.
        left = self.started + self.http.limit(self.operation) - anyio.current_time()
        return min(_AT_LEAST if lost.status == 500 else max(left, _AT_LEAST), self.http.limit_max)

    async def _keep_looking(
        self, look: Callable[[], Awaitable[T | None]], unknown: errors.Unsettled, seconds: float
    ) -> T:
        looking = stamina.retry_context(_may_change, attempts=None, timeout=seconds)
        async for attempt in looking:
            with attempt:
                if (found := await look()) is None:
                    raise unknown
                return found
        raise AssertionError  # pragma: no cover - stamina always returns or raises


def _may_change(error: Exception) -> bool:
    return isinstance(error, errors.HarmonicaError) and not isinstance(error, errors.Ambiguous)
