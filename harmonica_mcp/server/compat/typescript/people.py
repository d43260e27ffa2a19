"""Who took part, what they said, and what was made of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.responses import Participant
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api, TellsApart
from harmonica_mcp.server.compat.typescript.toolset import as_it_is, instead_of, ours
from harmonica_mcp.server.guard import one_line, quote
from harmonica_mcp.server.reading import Conversations, Filters, moment, read
from harmonica_mcp.server.references import SessionRef, find_session
from harmonica_mcp.server.result import Result, count, iso, lines
from harmonica_mcp.server.sealing import Seal
from harmonica_mcp.server.status import EPOCH, Person, micros
from harmonica_mcp.server.toolsets.results import results

_OURS = ours(results, "get_responses")
_ROWS = 100
_PAGE = 5_900
_HALF = 10**9
_LAST = 10**7

_Since = Annotated[str | None, Field(description="ISO time; only people who joined then or later")]
_Name = Annotated[str | None, Field(description="Only people whose name contains this")]
_Least = Annotated[
    int | None, Field(description="Only people who wrote so many messages themselves", ge=0)
]
_Sort = Annotated[
    Literal["newest", "oldest"] | None, Field(description="By joining; oldest when left out")
]


class ParticipantRow(BaseModel):
    """A participant in a list."""

    participant_id: str
    name: str
    finished: bool
    messages: int
    joined_at: str | None = None

    @classmethod
    def of(cls, thread: Participant) -> "ParticipantRow":
        """Choose what tells people apart."""
        person = Person.of(thread)
        return cls(
            participant_id=person.id,
            name=one_line(person.name, 80) or "(no name)",
            finished=person.finished,
            messages=person.messages,
            joined_at=iso(person.first_at),
        )

    def line(self) -> str:
        """Render one line of the list."""
        state = "finished" if self.finished else "talking"
        return (
            f"- {self.participant_id} {quote(self.name)} ({state}, "
            f"{count(self.messages, 'message')}, joined {self.joined_at or 'at an unknown time'})"
        )


class ParticipantPage(Result):
    """A page of participants."""

    session_id: str
    participants: list[ParticipantRow]
    total: int
    next_cursor: str | None = None

    def text(self) -> str:
        """List them."""
        if not self.participants:
            who = count(self.total, "participant") if self.total else "nobody fits"
            return f"Session {self.session_id}: {who}."
        more = f"More: call again with the same arguments and cursor {self.next_cursor}."
        head = f"{len(self.participants)} of {count(self.total, 'participant')}:"
        rows = [row.line() for row in self.participants]
        return lines(f"Session {self.session_id}, {head}", *rows, more if self.next_cursor else "")


@instead_of(_OURS, title="List participants")
async def list_participants(
    api: Api,
    tells_apart: TellsApart,
    session_id: SessionRef,
    since: _Since = None,
    name: _Name = None,
    min_messages: _Least = None,
    sort: _Sort = None,
    cursor: paging.Cursor = None,
) -> ParticipantPage:
    """List who takes part in a session: name, id, messages, and whether they have finished.

    What they said is in get_responses.
    """
    (shown,) = paging.decode("list_participants", cursor)
    after = moment("since", since)
    if not tells_apart and (after or name or min_messages):
        raise InvalidInput(
            "Privacy is strict here and tells nothing of single people: leave out since, name and "
            "min_messages, and how many take part is told."
        )
    session = await find_session(api, session_id)
    people = await _people(api, session, after, name, min_messages)
    if not tells_apart:
        return ParticipantPage(session_id=session, participants=[], total=len(people))
    if sort == "newest":
        # Counted from the oldest, so that who joins meanwhile moves nothing.
        end = shown or len(people)
        begin = max(end - _ROWS, 0)
        page, following = people[begin:end][::-1], begin
    else:
        page, following = people[shown : shown + _ROWS], shown + _ROWS
    more = 0 < following < len(people)
    return ParticipantPage(
        session_id=session,
        participants=list(map(ParticipantRow.of, page)),
        total=len(people),
        next_cursor=paging.encode("list_participants", following) if more else None,
    )


async def _people(
    api: HarmonicaClient,
    session: str,
    since: datetime | None,
    name: str | None,
    min_messages: int | None,
) -> list[Participant]:
    # Without the messages nobody can tell which of them Harmonica wrote in somebody's name.
    return await api.responses.list(
        session,
        mode="list" if min_messages is None else None,
        joined_since=since,
        name=name,
        min_messages=min_messages,
    )


def _halves(moment: datetime | None) -> tuple[int, int]:
    # A cursor holds no number as large as this.
    return divmod(micros(moment), _HALF)


def _moment(high: int, low: int) -> datetime | None:
    # No cursor of ours leads beyond the calendar, but one that was made up might.
    after = timedelta(microseconds=min(high, _LAST) * _HALF + low)
    return EPOCH + after if after else None


class _Joined(NamedTuple):
    """When those joined who are meant: it stays, whoever joins while the pages are read."""

    since: datetime | None = None
    until: datetime | None = None

    def told(self) -> str:
        """The span as text."""
        return paging.encode("get_responses", *_halves(self.since), *_halves(self.until))

    @classmethod
    def of(cls, text: str) -> "_Joined":
        """The span of a text."""
        place = paging.decode("get_responses", text, 4)
        return cls(_moment(*place[:2]), _moment(*place[2:]))

    def within(self, people: Sequence[Participant], limit: int, sort: str | None) -> "_Joined":
        """The span in which only so many of the people joined, the first or the last of them."""
        # Who has no message yet has no time, and nothing to be read.
        joined = [first for each in people if (first := Person.of(each).first_at)]
        if len(joined) <= limit:
            return self
        if sort == "newest":
            return self._replace(since=joined[-limit])
        return self._replace(until=joined[limit - 1])


@instead_of(_OURS)
async def get_responses(
    api: Api,
    tells_apart: TellsApart,
    session_id: SessionRef,
    since: _Since = None,
    name: _Name = None,
    min_messages: _Least = None,
    limit: Annotated[int | None, Field(description="At most so many people", ge=1)] = None,
    sort: _Sort = None,
    cursor: paging.Cursor = None,
) -> Conversations:
    """Read conversations, round by round so that every voice gets its share of a page.

    sort says which people limit keeps. next_cursor goes on where the page ends, with the same
    arguments. Cite messages by id.
    """
    session = await find_session(api, session_id)
    joined, inner = _Joined(moment("since", since)), cursor
    if cursor and "." in cursor:
        told, _, inner = cursor.partition(".")
        joined = _Joined.of(told)
    elif limit is not None and tells_apart:
        people = await _people(api, session, joined.since, name, min_messages)
        joined = joined.within(people, limit, sort)
    who = await api.responses.called(session, name) if name else name
    filters = Filters("dialogue", who, None, None, min_messages or 0, *joined)
    page = await read(api, Seal(api.key, "get_responses", session), filters, _PAGE, inner)
    following = page.next_cursor
    if following and limit is not None:
        following = f"{joined.told()}.{following}"
    # A time after which messages were new is not what this tool's since means.
    return page.model_copy(update={"next_cursor": following, "as_of": None})


as_it_is(results, "get_summary")
as_it_is(results, "generate_summary")
