"""How a session stands: who joined, talks, finished or stalled, and how old its summary is."""

import asyncio
import bisect
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.responses import Participant
from harmonica_mcp.client.results import Summary
from harmonica_mcp.client.sessions import Question, Session
from harmonica_mcp.server.guard import one_line, quote_whole

State = Literal["stalled", "talking", "finished"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Answers beforehand, the turn that begins, the opening: all that is written when somebody joins.
_JOINING = 3


class Person(NamedTuple):
    """One participant at a moment."""

    id: str
    name: str
    finished: bool
    messages: int
    """Their own words; all messages where the API says no more than how many there are."""
    first_at: datetime | None
    last_at: datetime | None

    @classmethod
    def of(cls, thread: Participant) -> "Person":
        """What a conversation tells of its participant."""
        said = [message.created_at for message in thread.messages if message.created_at]
        own = sum(message.own_words for message in thread.messages)
        return cls(
            id=thread.participant_id,
            name=thread.participant_name or "",
            finished=not thread.active,
            messages=own if thread.messages else thread.message_count or 0,
            first_at=thread.first_message_at or min(said, default=None),
            last_at=thread.last_message_at or max(said, default=None),
        )


class People(NamedTuple):
    """The participants of a session at a moment."""

    threads: Sequence[Participant]
    """Each once."""
    everybody: Sequence[Person]
    """In the same order."""
    quiet_since: datetime | None
    """Who has said nothing since then has stalled; unknown where the API tells no time."""

    @property
    def counts_own(self) -> bool:
        """Whether messages are the people's own, and not the facilitator's too."""
        return not any(thread.only_counted for thread in self.threads)

    @property
    def newest(self) -> datetime | None:
        """When somebody last said something."""
        return newest(self.everybody)

    def state(self, person: Person) -> State:
        """How a person stands."""
        if person.finished:
            return "finished"
        if self.quiet_since is None or person.last_at is None:
            return "talking"
        return "stalled" if person.last_at < self.quiet_since else "talking"

    def counts(self) -> Counter[str]:
        """How many people are in each state."""
        return Counter(map(self.state, self.everybody))


class Status(NamedTuple):
    """A session at a moment."""

    session: Session
    summary: Summary
    questions: Sequence[Question]
    people: People
    answered_since: bool
    """Whether somebody has said something after the summary was written."""

    @property
    def freshness(self) -> Literal["fresh", "stale", "none", "unknown"]:
        """Whether the summary covers all that was said."""
        if not self.summary.summary:
            return "none"
        if not self.people.threads:
            return "fresh"
        if self.summary.generated_at is None or self.people.newest is None:
            return "unknown"
        return "stale" if self.answered_since else "fresh"


async def read_status(api: HarmonicaClient, session_id: str, stalled_hours: float) -> Status:
    """Ask for the session, and when it can be read, for everything else at once.

    Args:
        api: as whom.
        session_id: which session.
        stalled_hours: who has not finished and said nothing for so long has stalled, by
            Harmonica's own clock.
    """
    session = await api.sessions.get(session_id)
    people = asyncio.ensure_future(read_people(api, session_id, stalled_hours))
    summary = asyncio.ensure_future(api.results.summary(session_id))
    questions = asyncio.ensure_future(api.sessions.questions(session_id))
    readings = (people, summary, questions)
    try:
        # Not a task group: one that fails cancels its parent, which the SDK takes for a cancel.
        await asyncio.gather(*readings)
    finally:
        for reading in readings:
            reading.cancel()
    written = summary.result().generated_at if summary.result().summary else None
    return Status(
        session=session,
        summary=summary.result(),
        questions=questions.result(),
        people=people.result(),
        answered_since=await _answered_since(api, session_id, people.result(), written),
    )


async def _answered_since(
    api: HarmonicaClient, session_id: str, people: People, written: datetime | None
) -> bool:
    """Whether somebody has said something since then; who only joined has not.

    One more request only where nothing but the messages can tell.
    """
    if written is None:
        return False
    spoken = zip(people.everybody, people.threads, strict=True)
    later = [each for each in spoken if each[0].last_at and each[0].last_at > written]
    counted = [each for each in later if each[1].only_counted]
    if any(_is_sure(person, written) for person, _ in counted):
        return True
    threads = await api.responses.list(session_id) if counted else [each for _, each in later]
    said = (message for thread in threads for message in thread.messages if message.own_words)
    return any(message.created_at and message.created_at > written for message in said)


def _is_sure(person: Person, written: datetime) -> bool:
    """Whether later messages, of which only the number is known, cannot all be of the joining."""
    return person.messages > _JOINING or person.first_at is None or person.first_at <= written


async def read_people(
    api: HarmonicaClient, session_id: str, stalled_hours: float, moment: int | None = None
) -> People:
    """Ask for the participants.

    Args:
        api: as whom.
        session_id: which session.
        stalled_hours: as `read_status` takes it.
        moment: microseconds since 1970; who spoke later comes with the messages before.
    """
    threads = _each_once(await _threads(api, session_id))
    if moment is not None and any(
        thread.only_counted and micros(thread.last_message_at) > moment for thread in threads
    ):
        threads = _each_once(await api.responses.list(session_id))
    return People(
        threads=threads,
        everybody=list(map(Person.of, threads)),
        quiet_since=api.now and api.now - timedelta(hours=stalled_hours),
    )


async def _threads(api: HarmonicaClient, session_id: str) -> Sequence[Participant]:
    threads = await api.responses.list(session_id, mode="list")
    if any(thread.only_counted and thread.last_message_at is None for thread in threads):
        # Without times nobody could be told to have stalled: only the messages have them.
        return await api.responses.list(session_id)
    return threads


def _each_once(threads: Sequence[Participant]) -> list[Participant]:
    return list({thread.participant_id or n: thread for n, thread in enumerate(threads)}.values())


def people_of(threads: Sequence[Participant]) -> list[Person]:
    """The participants, each once."""
    return list(map(Person.of, _each_once(threads)))


def newest(people: Sequence[Person]) -> datetime | None:
    """When one of them last said something."""
    return max((person.last_at for person in people if person.last_at), default=None)


def micros(moment: datetime | None) -> int:
    """A moment as microseconds since 1970; 0 where there is none."""
    return max((moment - EPOCH) // timedelta(microseconds=1), 0) if moment else 0


def short(text: str, size: int = 100) -> str:
    """A text on one line that takes at most so many bytes as a JSON string, cut with `…`."""
    line = one_line(text, len(text))
    if _bytes(line) <= size:
        return line
    fits = bisect.bisect_right(range(size), size, key=lambda end: _bytes(f"{line[:end]}…"))
    return f"{line[: fits - 1].rstrip()}…"


def _bytes(text: str) -> int:
    return len(quote_whole(text).encode())
