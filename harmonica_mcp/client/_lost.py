"""After a lost answer: look for what happened, never do it again."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import anyio
import stamina

from harmonica_mcp.client import errors
from harmonica_mcp.client._answer import Answer
from harmonica_mcp.client._operation import Operation
from harmonica_mcp.client._sending import Http


class Listed(Protocol):
    """A thing of a list, with an id and a time of birth."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def created_at(self) -> datetime | None:
        """When it was made, on the API's clock."""
        ...


T = TypeVar("T")
Item = TypeVar("Item", bound=Listed)

_LOST = (errors.AnswerLost, errors.ServerError, errors.UnexpectedAnswer)

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
        except _LOST as lost:
            request = self.http.last_write
            if request is None or not lost.may_have_happened:
                raise
            with self.http.pool.open_requests.track(request):
                found = await self._keep_looking(look, unknown, self._patience(lost))
            if isinstance(found, errors.Unsettled):
                raise found from lost
            return found

    def pick(
        self,
        answer: Answer,
        things: Iterable[T],
        moment: Callable[[T], datetime | None],
        several: errors.Ambiguous,
    ) -> T | None:
        """The one thing that this attempt can have made; None when there is none yet.

        Args:
            answer: the answer that the things were read from.
            things: what fits in everything but time.
            moment: when a thing was made, on the API's clock.
            several: raised when more than one fits, or when times cannot be compared.
        """
        since = self.since(answer)
        made = [(thing, moment(thing)) for thing in things]
        fitting = [(thing, at) for thing, at in made if not (since and at and at < since)]
        if not fitting:
            return None
        (thing, at), *others = fitting
        if others or at is None or since is None:
            raise several
        return thing

    async def settle_blind(self, send: Callable[[], Awaitable[T]], unknown: errors.Unsettled) -> T:
        """Send what no other operation shows: a lost answer stays open."""
        try:
            return await send()
        except _LOST as lost:
            if not lost.may_have_happened:
                raise
            raise unknown from lost

    def only_new(
        self, answer: Answer, fitting: Sequence[Item], noun: str, listing: Operation
    ) -> Item | None:
        """The one of these listed things that this attempt can have made, as `pick` says."""
        several = errors.Ambiguous(
            f"Harmonica's answer was lost, and more than one {noun} could be the new one: "
            + ", ".join(item.id for item in fitting)
            + "; do not repeat it, check with {check}.",
            check=str(listing),
        )
        return self.pick(answer, fitting, lambda item: item.created_at, several)

    def unknown(self, noun: str, listing: Operation) -> errors.Unsettled:
        """What to say when nothing new was found in a list."""
        return errors.Unsettled(
            f"Harmonica's answer was lost and no such new {noun} was found, but it may still have "
            "been created: do not repeat it, check with {check}.",
            check=str(listing),
        )

    def _patience(self, lost: errors.HarmonicaError) -> float:
        # A 500 is the API's own last word; after anything else it may still be at work.
        left = self.started + self.http.limit(self.operation) - anyio.current_time()
        longest = self.http.pool.max_seconds
        return min(_AT_LEAST if lost.status == 500 else max(left, _AT_LEAST), longest)

    async def _keep_looking(
        self, look: Callable[[], Awaitable[T | None]], unknown: errors.Unsettled, seconds: float
    ) -> T | errors.Unsettled:
        known = unknown

        async def look_again() -> T:
            nonlocal known
            try:
                found = await look()
            except errors.Unsettled as more:
                # Stays true whatever later looks meet.
                known = more
                raise
            if found is None:
                raise unknown
            return found

        looking = stamina.AsyncRetryingCaller(attempts=None, timeout=seconds)
        try:
            return await looking(_may_change, look_again)
        except errors.HarmonicaError:
            return known


def _may_change(error: Exception) -> bool:
    return isinstance(error, errors.HarmonicaError) and not isinstance(error, errors.Ambiguous)
