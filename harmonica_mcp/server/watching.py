"""Waiting for participants: one poller per caller and session, however many wait."""

import asyncio
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import Context
from datetime import datetime
from typing import NamedTuple, NoReturn

import anyio

from harmonica_mcp.client import HarmonicaClient, errors
from harmonica_mcp.client.responses import Participant
from harmonica_mcp.server.status import Person, micros, newest, people_of

FIRST, LONGEST, SLOWER = 5.0, 30.0, 1.5
"""Seconds between two looks at first and at most, and how fast they grow while nothing changes."""

# The next look may well succeed.
_PASSING = (
    errors.AnswerLost,
    errors.BudgetSpent,
    errors.ConnectionFailed,
    errors.RateLimited,
    errors.ServerError,
)


class Seen(NamedTuple):
    """What a look showed."""

    people: Sequence[Person]

    @classmethod
    def of(cls, threads: Sequence[Participant]) -> "Seen":
        """Take from the conversations what counts."""
        # The API's order changes when somebody speaks.
        return cls(sorted(people_of(threads), key=lambda person: (person.id, person.name)))

    @property
    def joined(self) -> int:
        """How many have joined."""
        return len(self.people)

    @property
    def finished(self) -> int:
        """How many have finished."""
        return sum(person.finished for person in self.people)

    @property
    def messages(self) -> int:
        """How many messages there are."""
        return sum(person.messages for person in self.people)

    @property
    def newest(self) -> int:
        """When the newest message was written, in microseconds since 1970."""
        return micros(newest(self.people))

    def before(self, moment: int) -> "Seen":
        """How it must have been when this was the newest message's time."""

        def later(said: datetime | None) -> bool:
            return micros(said) > moment

        return Seen(
            [
                person._replace(finished=False, messages=-1) if later(person.last_at) else person
                for person in self.people
                if not later(person.first_at)
            ]
        )


class Watch:
    """Looks at a session again and again.

    With a client of its own: the calls that wait come and go.
    """

    def __init__(self, api: HarmonicaClient, session_id: str, pace: float) -> None:
        self._api = api.apart()
        self._session_id = session_id
        self.waiters = 0
        self.pace = pace
        self.seen: Seen | None = None
        self.seen_at = 0.0
        self.told = anyio.Event()
        """Set, and replaced, at every look."""
        self._asked = anyio.Event()
        # In a context of its own: nothing of the first call is to live as long as the others wait.
        context = Context()
        self.poller = asyncio.get_running_loop().create_task(self._poll(), context=context)
        self.poller.add_done_callback(self._end, context=context)

    def ask(self) -> None:
        """Look soon, however slow the pace is."""
        self._asked.set()

    async def _poll(self) -> NoReturn:
        while True:
            pause = FIRST
            begun = anyio.current_time()
            try:
                threads = await self._api.responses.list(self._session_id, mode="list")
            except _PASSING as error:
                self._slow_down()
                pause = max(error.retry_after or 0, FIRST)
            else:
                self._take(Seen.of(threads), begun)
            await self._rest(pause)

    def _take(self, seen: Seen, begun: float) -> None:
        if seen == self.seen:
            self._slow_down()
        elif self.seen is not None:
            self.pace = FIRST
        self.seen, self.seen_at = seen, begun
        self._tell()

    def _slow_down(self) -> None:
        self.pace = min(self.pace * SLOWER, LONGEST)

    async def _rest(self, at_least: float) -> None:
        await anyio.sleep(at_least)
        with anyio.move_on_after(self.pace - at_least):
            await self._asked.wait()
        self._asked = anyio.Event()

    def _tell(self) -> None:
        self.told.set()
        self.told = anyio.Event()

    def _end(self, poller: "asyncio.Task[NoReturn]") -> None:
        if not poller.cancelled():
            # Waiters raise it; where none is left, it need not be logged as lost either.
            poller.exception()
        self._tell()


class Waiter:
    """One call's view of a watch: each change once."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        # What the call finds is not to be older than this.
        self._since = anyio.current_time() - FIRST
        self._shown: Seen | None = None
        if watch.seen and watch.seen_at < self._since:
            watch.ask()

    @property
    def pace(self) -> float:
        """Seconds between two looks by now."""
        return self._watch.pace

    async def news(self) -> Seen:
        """What the session shows now, and when asked again, what it shows when that has changed.

        Raises:
            HarmonicaError: A look failed in a way that does not pass.
        """
        watch = self._watch
        while True:
            told = watch.told
            if watch.poller.done():
                watch.poller.result()
            if watch.seen and watch.seen_at >= self._since and watch.seen != self._shown:
                self._shown = watch.seen
                return self._shown
            await told.wait()


class Watching:
    """The sessions that somebody waits for."""

    def __init__(self) -> None:
        self._watches: dict[tuple[str, str], Watch] = {}

    def __len__(self) -> int:
        return len(self._watches)

    @contextmanager
    def watch(
        self, api: HarmonicaClient, session_id: str, pace: float = FIRST
    ) -> Generator[Waiter]:
        """Watch a session together with others who have the same key; the last to leave ends it.

        Args:
            api: as whom.
            session_id: which session.
            pace: seconds between two looks to begin with.
        """
        watch = self._join((api.key.digest if api.key else "", session_id), api, pace)
        watch.waiters += 1
        try:
            yield Waiter(watch)
        finally:
            watch.waiters -= 1
            if not watch.waiters:
                self._end(watch)

    def _join(self, identity: tuple[str, str], api: HarmonicaClient, pace: float) -> Watch:
        watch = self._watches.get(identity)
        if watch is None or watch.poller.done():
            watch = self._watches[identity] = Watch(api, identity[1], pace)
        watch.pace = min(watch.pace, pace)
        return watch

    def _end(self, watch: Watch) -> None:
        watch.poller.cancel()
        self._watches = {key: each for key, each in self._watches.items() if each is not watch}
