"""How a session stands: who joined, talks, finished or stalled, and how old its summary is."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.responses import Participant
from harmonica_mcp.client.results import Summary
from harmonica_mcp.client.sessions import Question, Session

STATES = ("stalled", "talking", "finished")
"""Stalled people first: they are the ones to ask after."""


class Person(NamedTuple):
    """One participant at a moment."""

    id: str
    name: str
    state: str
    messages: int
    last_at: datetime | None


class Status(NamedTuple):
    """A session at a moment."""

    session: Session
    summary: Summary
    questions: Sequence[Question]
    people: Sequence[Person]

    def count(self, state: str) -> int:
        """How many people are in a state."""
        return Counter(person.state for person in self.people)[state]

    @property
    def newest(self) -> datetime | None:
        """When somebody last said something."""
        return max((person.last_at for person in self.people if person.last_at), default=None)

    @property
    def freshness(self) -> str:
        """Whether the summary covers all that was said: fresh, stale, none or unknown."""
        if not self.summary.summary:
            return "none"
        if self.summary.generated_at is None or self.newest is None:
            return "unknown"
        return "stale" if self.newest > self.summary.generated_at else "fresh"


async def read_status(api: HarmonicaClient, session_id: str, stalled_hours: float) -> Status:
    """Ask for everything at once.

    Args:
        api: as whom.
        session_id: which session.
        stalled_hours: who has not finished and said nothing for so long has stalled, by
            Harmonica's own clock.
    """
    session, threads, summary, questions = await asyncio.gather(
        api.sessions.get(session_id),
        api.responses.list(session_id, mode="list"),
        api.results.summary(session_id),
        api.sessions.questions(session_id),
    )
    return Status(session, summary, questions, people_of(threads, api.now, stalled_hours))


def people_of(
    threads: Sequence[Participant], now: datetime | None, stalled_hours: float
) -> list[Person]:
    """The participants, stalled ones first, then by their last word."""
    people = [_person(thread, now, stalled_hours) for thread in threads]
    return sorted(people, key=lambda p: (STATES.index(p.state), str(p.last_at or ""), p.id))


def _person(thread: Participant, now: datetime | None, stalled_hours: float) -> Person:
    last = last_message_at(thread)
    silent = now is not None and last is not None and now - last > timedelta(hours=stalled_hours)
    state = "finished" if not thread.active else "stalled" if silent else "talking"
    name = thread.participant_name or ""
    return Person(thread.participant_id, name, state, own_messages(thread), last)


def last_message_at(thread: Participant) -> datetime | None:
    """When something was last said in a conversation."""
    said = [message.created_at for message in thread.messages if message.created_at]
    return thread.last_message_at or max(said, default=None)


def own_messages(thread: Participant) -> int:
    """How many messages the participant wrote; what the API says where it sends no messages."""
    if not thread.messages:
        return thread.message_count or 0
    return sum(message.own_words for message in thread.messages)
