"""Waiting for participants: one poller per caller and session, however many wait."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import anyio

from harmonica_mcp.client import HarmonicaClient, errors
from harmonica_mcp.client.responses import Participant
from harmonica_mcp.server.status import own_messages

FIRST, LONGEST, SLOWER = 5.0, 30.0, 1.5
"""Seconds between two looks at first and at most, and how fast they grow while nothing changes."""

# A fault that passes: the next look may well succeed.
_PASSING = (errors.AnswerLost, errors.NotSent, errors.RateLimited, errors.ServerError)


class Seen(NamedTuple):
    """What a look showed."""

    joined: int
    finished: int
    messages: int
    names: frozenset[tuple[str, str, bool]]
    """Id, name and whether they have finished, of everybody."""

    @classmethod
    def of(cls, threads: Sequence[Participant]) -> "Seen":
        """Count."""
        return cls(
            joined=len(threads),
            finished=sum(not thread.active for thread in threads),
            messages=sum(map(own_messages, threads)),
            names=frozenset(
                (t.participant_id, t.participant_name or "", not t.active) for t in threads
            ),
        )


@dataclass(slots=True)
class _Watch:
    api: HarmonicaClient
    session_id: str
    waiters: int = 0
    seen: Seen | None = None
    failure: errors.HarmonicaError | None = None
    changed: anyio.Event = field(default_factory=anyio.Event)
    poller: asyncio.Task[None] | None = None

    async def poll(self) -> None:
        wait = FIRST
        while True:
            try:
                threads = await self.api.responses.list(self.session_id, mode="list")
            except _PASSING as error:
                wait = max(wait * SLOWER, error.retry_after or 0)
            except errors.HarmonicaError as error:
                self.failure = error
                self._tell()
                return
            else:
                wait = self._take(Seen.of(threads), wait)
            await anyio.sleep(wait)

    def _take(self, seen: Seen, wait: float) -> float:
        if seen == self.seen:
            return min(wait * SLOWER, LONGEST)
        self.seen = seen
        self._tell()
        return FIRST

    def _tell(self) -> None:
        self.changed.set()
        self.changed = anyio.Event()


class Watching:
    """The sessions that somebody waits for."""

    def __init__(self) -> None:
        self._watches: dict[tuple[str, str], _Watch] = {}

    async def looks(self, api: HarmonicaClient, session_id: str) -> AsyncGenerator[Seen]:
        """Yield what the session shows now, and again at every change; ends with its caller.

        Raises:
            HarmonicaError: A look failed in a way that does not pass.
        """
        identity = (api.key.digest if api.key else "", session_id)
        watch = self._watches.get(identity)
        if watch is None:
            watch = self._watches[identity] = _Watch(api, session_id)
            watch.poller = asyncio.create_task(watch.poll())
        watch.waiters += 1
        try:
            shown: Seen | None = None
            while True:
                changed = watch.changed
                if watch.failure:
                    raise watch.failure
                if watch.seen is not None and watch.seen != shown:
                    shown = watch.seen
                    yield shown
                else:
                    await changed.wait()
        finally:
            watch.waiters -= 1
            if not watch.waiters:
                self._watches.pop(identity, None)
                if watch.poller:
                    watch.poller.cancel()
