"""Sessions that were read a moment ago, so that their following pages cost no request."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

import anyio

from harmonica_mcp.client import HarmonicaClient, Pool
from harmonica_mcp.client.responses import Participant
from harmonica_mcp.server.forgetting import forget_after
from harmonica_mcp.server.reading.choosing import UNKNOWN, Filters, Thread, choose

SECONDS = 60.0
LARGEST = 64 * 1024 * 1024
"""Bytes that all kept sessions may take together."""

# The API's clock has whole seconds, and what is written while it answers may not be seen yet.
_TOLERANCE = timedelta(seconds=2)
# Measured with sys.getsizeof (bench/sessions.py): objects, times and the lists of one choice.
_PER_MESSAGE = 340
_PER_PERSON = 700


@dataclass(slots=True)
class Heard:
    """All conversations of a session at a moment.

    Args:
        people: the conversations.
        settled: on the API's own clock, the time up to which nothing can be added any more.
    """

    people: Sequence[Participant]
    settled: datetime
    _choice: tuple[Filters, list[Thread]] | None = field(default=None, init=False)

    def threads(self, filters: Filters) -> list[Thread]:
        """The threads that fit; chosen once for the pages that follow one another."""
        if self._choice is None or self._choice[0] != filters:
            self._choice = filters, choose(self.people, filters)
        return self._choice[1]

    @property
    def size(self) -> int:
        """Bytes of memory, about."""
        return sum(
            _PER_PERSON + sum(_PER_MESSAGE + len(message.utf8) for message in person.messages)
            for person in self.people
        )


async def hear(api: HarmonicaClient, session_id: str) -> Heard:
    """Ask for all that was said in a session."""
    begun = anyio.current_time()
    people = await api.responses.list(session_id)
    now = api.now
    if now is None:
        times = (message.created_at for person in people for message in person.messages)
        return Heard(people, max((at for at in times if at), default=UNKNOWN))
    return Heard(people, now - timedelta(seconds=anyio.current_time() - begun) - _TOLERANCE)


class Kept:
    """Sessions by caller, for a minute and within a bound; the oldest go first."""

    def __init__(self) -> None:
        self._sessions: dict[tuple[str, str], tuple[Heard, int, asyncio.TimerHandle]] = {}

    @property
    def size(self) -> int:
        """Bytes that they take together, about."""
        return sum(size for _, size, _ in self._sessions.values())

    def get(self, caller: str, session_id: str) -> Heard | None:
        """A session as this caller read it less than a minute ago."""
        kept = self._sessions.get((caller, session_id))
        return kept[0] if kept else None

    def put(self, caller: str, session_id: str, heard: Heard) -> None:
        """Keep a session, unless it alone is too large."""
        name = caller, session_id
        self._drop(name)
        if (size := heard.size) > LARGEST:
            return
        while self.size + size > LARGEST:
            self._drop(next(iter(self._sessions)))
        # A timer and not a look at the clock: words of people who trust us go when they are due.
        timer = forget_after(SECONDS, self._drop, name)
        self._sessions[name] = heard, size, timer

    def drop(self, caller: str, session_id: str) -> None:
        """Forget a session, before it is asked for again."""
        self._drop((caller, session_id))

    def _drop(self, name: tuple[str, str]) -> None:
        if kept := self._sessions.pop(name, None):
            kept[2].cancel()


_kept = WeakKeyDictionary[Pool, Kept]()


def kept_by(api: HarmonicaClient) -> Kept:
    """What is kept beside the pool of this client."""
    return _kept.setdefault(api.pool, Kept())
