"""What the page shows: a session at a glance, and quotes on a click."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from pydantic import BaseModel

from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.guard import one_line
from harmonica_mcp.server.result import Result, count, iso
from harmonica_mcp.server.status import People, Person, Status
from harmonica_mcp.server.view.citing import Citation, citations
from harmonica_mcp.server.view.timeline import Timeline, timeline

_PEOPLE = 500
_QUOTES = 50
_NAME = 80


class PersonShown(BaseModel):
    """A participant."""

    id: str
    name: str
    state: str
    messages: int
    last_at: str | None = None

    @classmethod
    def of(cls, person: Person, state: str) -> Self:
        """Show a person."""
        return cls(
            id=person.id,
            name=_named(person.name),
            state=state,
            messages=person.messages,
            last_at=iso(person.last_at),
        )


class Quote(BaseModel):
    """A message, and who wrote it."""

    id: str
    name: str
    at: str | None = None
    words: str


class ResultsData(Result):
    """What the page asked for: everything at a glance, or quotes."""

    session_id: str
    topic: str | None = None
    goal: str | None = None
    status: str | None = None
    joined: int | None = None
    finished: int | None = None
    talking: int | None = None
    stalled: int | None = None
    people: list[PersonShown] | None = None
    timeline: Timeline | None = None
    summary: str | None = None
    generated_at: str | None = None
    summary_words: str | None = None
    cited: list[Citation] | None = None
    extracts: bool | None = None
    quotes: list[Quote] | None = None
    left: int | None = None

    @classmethod
    def of(
        cls, status: Status, said: Sequence[Participant], *, apart: bool, extracts: bool
    ) -> Self:
        """Show a session at a glance.

        Args:
            status: how it stands.
            said: the conversations.
            apart: whether single people may be told of.
            extracts: whether knowledge can be extracted with the tools served.
        """
        people, states = status.people, status.people.counts()
        words = status.summary.summary
        return cls(
            session_id=status.session.id,
            topic=one_line(status.session.topic, 1_000),
            goal=one_line(status.session.goal, 1_000),
            status=one_line(status.session.status),
            joined=len(people.everybody),
            finished=states["finished"],
            talking=states["talking"],
            stalled=states["stalled"],
            people=_shown(people) if apart else [],
            left=max(len(people.everybody) - _PEOPLE, 0) if apart else 0,
            timeline=timeline(said, people.everybody),
            summary=status.freshness,
            generated_at=iso(status.summary.generated_at),
            summary_words=words,
            cited=citations(words, said) if words else [],
            extracts=extracts,
        )

    @classmethod
    def quoting(cls, session: str, wanted: "Wanted") -> Self:
        """Show what was said, as far as an answer should hold it."""
        found = wanted.found
        quotes = [
            Quote(
                id=message.id,
                name=_named(thread.participant_name) if message.role == "user" else "Facilitator",
                at=iso(message.created_at),
                words=message.content,
            )
            for thread, message in found[:_QUOTES]
        ]
        return cls(session_id=session, quotes=quotes, left=len(found) - len(quotes))

    def text(self) -> str:
        """Say no more than what it is: a host may pass on to a model what stands here."""
        if self.quotes is not None:
            return f"For the results view: {count(len(self.quotes), 'quote')}."
        return f"For the results view: session {self.session_id} at a glance."


class Wanted(NamedTuple):
    """Of what was said, what somebody clicked on."""

    threads: list[Participant]
    messages: list[str]
    """Their ids; what a participant wrote where there are none."""
    participant: str | None

    @property
    def found(self) -> list[tuple[Participant, Message]]:
        """The messages with their conversations, in the order in which they were written."""
        if self.messages:
            ids = set(self.messages)
            return [(t, m) for t in self.threads for m in t.messages if m.id in ids]
        return [
            (thread, message)
            for thread in self.threads
            if thread.participant_id == self.participant
            for message in thread.messages
            if message.own_words
        ]


def _shown(people: People) -> list[PersonShown]:
    rows = [PersonShown.of(person, people.state(person)) for person in people.everybody]
    return rows[:_PEOPLE]


def _named(name: str | None) -> str:
    return one_line(name or "", _NAME) or "(no name)"
