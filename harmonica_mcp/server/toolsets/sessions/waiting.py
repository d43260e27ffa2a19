"""Waiting for a session's participants."""

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, NamedTuple

import anyio
from pydantic import Field

from harmonica_mcp.client.errors import TimedOut
from harmonica_mcp.client.responses import GET_RESPONSES
from harmonica_mcp.server import paging
from harmonica_mcp.server.call import Progress, current_call
from harmonica_mcp.server.caller import Api, Reporter, TellsApart, Watcher
from harmonica_mcp.server.guard import quote_whole
from harmonica_mcp.server.references import SEARCH, SessionRef, find_session
from harmonica_mcp.server.result import Result, count, lines
from harmonica_mcp.server.sealing import Seal
from harmonica_mcp.server.status import Person, short
from harmonica_mcp.server.toolsets.sessions.toolset import sessions
from harmonica_mcp.server.watching import FIRST, Seen, Waiter

_SHOWN = 20
# The answer needs a moment of its own within the call's time.
_MARGIN = 1.0
_FORM = struct.Struct(">IHQQ")


class Waited(Result):
    """What waiting came to."""

    session_id: str
    reached: bool
    joined: int
    finished: int
    new_messages: int
    changes: list[str]
    next_cursor: str | None = None

    def text(self) -> str:
        """Say whether it happened, what changed, and how to go on."""
        end = "What you waited for has happened" if self.reached else "It has not happened yet"
        return lines(
            f"{end} in session {self.session_id}: {self.joined} joined, {self.finished} finished, "
            f"{count(self.new_messages, 'new message')}.",
            *(f"- {change}" for change in self.changes),
            f"Go on waiting with cursor {self.next_cursor}." if self.next_cursor else None,
        )


class Target(NamedTuple):
    """What is waited for: any of these."""

    finished: int | None
    joined: int | None
    new_messages: int | None

    def met(self, seen: Seen, messages: int) -> bool:
        """Whether one has happened, with so many messages at the beginning."""
        found = (seen.finished, seen.joined, seen.messages - messages)
        return any(wanted and wanted <= number for wanted, number in zip(self, found, strict=True))


class Stand(NamedTuple):
    """Where a call begins to wait: anew, or where the one before ended."""

    seconds: float
    """How long to wait in all."""
    pace: float = FIRST
    messages: int | None = None
    """How many there were at the beginning; not known before the first look."""
    newest: int = 0
    """The time of the newest message that an earlier call told of."""

    @classmethod
    def opened(cls, seal: Seal, cursor: str) -> "Stand":
        """From a cursor."""
        millis, *known = _FORM.unpack(seal.open(cursor))
        return cls(millis / 1000, *known)


@dataclass
class _Wait:
    """One call's part of a wait."""

    stand: Stand
    target: Target
    first: Seen
    seen: Seen

    @property
    def messages(self) -> int:
        """How many there were at the beginning."""
        return self.first.messages if self.stand.messages is None else self.stand.messages

    @property
    def reached(self) -> bool:
        """Whether what is waited for has happened."""
        return self.target.met(self.seen, self.messages)

    async def go_on(self, waiter: Waiter, progress: Progress, ends: float) -> None:
        """Look until it has happened or the time is over, and tell each change."""
        with anyio.move_on_at(ends):
            while True:
                await progress.tell(
                    f"{self.seen.joined} joined, {self.seen.finished} finished, "
                    f"{count(self.seen.messages, 'message')}"
                )
                if self.reached:
                    return
                self.seen = await waiter.news()

    def cursor(self, seal: Seal, seconds: float, pace: float) -> str:
        """Where the next call begins, with so many seconds left."""
        place = (math.ceil(seconds * 1000), round(pace), self.messages, self.seen.newest)
        return seal.seal(_FORM.pack(*place))

    def changes(self) -> list[str]:
        """Who did what since this call began, or since the one before ended."""
        known = self.stand.messages is not None
        before = self.first.before(self.stand.newest) if known else self.first
        told = list(_changes(before, self.seen))
        more = len(told) - _SHOWN
        return [*told[:_SHOWN], f"and {more} more"] if more > 0 else told


@sessions.tool("Wait for participants", [GET_RESPONSES], lookups=[SEARCH], reads=True)
async def wait_for_participants(
    api: Api,
    progress: Reporter,
    watching: Watcher,
    tells_apart: TellsApart,
    session_id: SessionRef,
    finished: Annotated[int | None, Field(description="Until so many have finished", ge=1)] = None,
    joined: Annotated[int | None, Field(description="…or so many have joined", ge=1)] = None,
    new_messages: Annotated[
        int | None,
        Field(description="…or so many new messages (facilitator's may count); else 1", ge=1),
    ] = None,
    max_minutes: Annotated[float, Field(description="In all", gt=0, le=1440)] = 10,
    cursor: paging.Cursor = None,
) -> Waited:
    """Wait until people have joined, finished or written; then say what changed.

    When a call's time is up, next_cursor goes on waiting.
    """
    target = Target(finished, joined, new_messages)
    target = target if any(target) else target._replace(new_messages=1)
    session = await find_session(api, session_id)
    seal = Seal(api.key, "wait_for_participants", session)
    stand = Stand.opened(seal, cursor) if cursor else Stand(max_minutes * 60)
    begun, answer_by = anyio.current_time(), _answer_by()
    wait: _Wait | None = None
    with watching.watch(api, session, stand.pace) as waiter, anyio.move_on_at(answer_by):
        seen = await waiter.news()
        wait = _Wait(stand, target, seen, seen)
        await wait.go_on(waiter, progress, begun + stand.seconds)
    if wait is None:
        raise TimedOut("Harmonica could not be asked just now: call again with these arguments.")
    left = stand.seconds - (anyio.current_time() - begun)
    return Waited(
        session_id=session,
        reached=wait.reached,
        joined=wait.seen.joined,
        finished=wait.seen.finished,
        new_messages=max(wait.seen.messages - wait.messages, 0),
        changes=wait.changes() if tells_apart else [],
        next_cursor=None if wait.reached or left <= 0 else wait.cursor(seal, left, waiter.pace),
    )


def _answer_by() -> float:
    until = current_call().until
    return until - min(_MARGIN, (until - anyio.current_time()) / 10)


def _changes(before: Seen, now: Seen) -> Iterator[str]:
    old = {person.id: person for person in before.people}
    for person in now.people:
        if done := ", ".join(_done(old.pop(person.id, None), person)):
            yield f"{_name(person)} {done}"
    for person in old.values():
        yield f"{_name(person)} is not listed any more"


def _done(old: Person | None, new: Person) -> Iterator[str]:
    if old is None:
        yield "joined"
    elif new.messages > old.messages:
        yield "has new messages"
    was_finished = old is not None and old.finished
    if new.finished != was_finished:
        yield "finished" if new.finished else "talks again"


def _name(person: Person) -> str:
    return quote_whole(short(person.name) or "(no name)")
