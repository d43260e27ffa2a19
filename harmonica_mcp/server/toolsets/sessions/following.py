"""Following a session: how it stands."""

import struct
from bisect import bisect_right
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field

from harmonica_mcp.client.responses import GET_RESPONSES
from harmonica_mcp.client.results import GET_SUMMARY
from harmonica_mcp.client.sessions import GET_QUESTIONS, GET_SESSION
from harmonica_mcp.server import paging
from harmonica_mcp.server.call import is_served
from harmonica_mcp.server.caller import Api, TellsApart
from harmonica_mcp.server.guard import one_line, quote_whole
from harmonica_mcp.server.references import SEARCH, SessionRef, find_session
from harmonica_mcp.server.result import Result, count, iso, lines
from harmonica_mcp.server.roll import Roll
from harmonica_mcp.server.sealing import Seal
from harmonica_mcp.server.status import (
    People,
    Person,
    Status,
    read_people,
    read_status,
    short,
)
from harmonica_mcp.server.toolsets.sessions.toolset import sessions
from harmonica_mcp.server.view import RESULTS

_PAGE = 25
_TOPIC = 300
_CURSOR = struct.Struct(">QI17s")


class PersonRow(BaseModel):
    """A participant in a line."""

    name: str
    state: str
    messages: int
    last_at: str | None = None

    @classmethod
    def of(cls, person: Person, state: str) -> "PersonRow":
        """Show a person."""
        return cls(
            name=short(person.name) or "(no name)",
            state=state,
            messages=person.messages,
            last_at=iso(person.last_at),
        )

    def line(self) -> str:
        """Render a line of the list."""
        said = f"{count(self.messages, 'message')}, last {self.last_at or 'never'}"
        return f"- {quote_whole(self.name)} {self.state}, {said}"


class SessionStatus(Result):
    """How a session stands; pages after the first show people only."""

    session_id: str
    topic: str | None = None
    status: str | None = None
    joined: int
    finished: int
    talking: int
    stalled: int
    questions: int | None = None
    newest_at: str | None = None
    summary: str | None = None
    brief: bool | None = None
    counted: str
    people: list[PersonRow]
    left: int
    next_cursor: str | None = None
    next_step: str | None = None

    @classmethod
    def of(
        cls,
        session_id: str,
        people: People,
        seal: Seal,
        place: "Place",
        *,
        apart: bool,
    ) -> "SessionStatus":
        """Show all counts, and a page of people.

        Args:
            session_id: the session.
            people: its participants.
            seal: seals where the next page begins.
            place: where this one does.
            apart: whether single ones are shown.
        """
        placed = place.roll.placed(people)
        shown = placed if apart else placed[:0]
        begin = bisect_right(shown, place.after, key=lambda each: each[0])
        page = shown[begin : begin + _PAGE]
        left = len(shown) - begin - len(page)
        states = people.counts()
        return cls(
            session_id=session_id,
            joined=len(placed),
            finished=states["finished"],
            talking=states["talking"],
            stalled=states["stalled"],
            newest_at=iso(people.newest),
            counted="own messages" if people.counts_own else "all messages",
            people=[PersonRow.of(person, people.state(person)) for _, person in page],
            left=left,
            next_cursor=seal.seal(place._replace(after=page[-1][0]).pack()) if left else None,
        )

    def with_session(self, status: Status) -> "SessionStatus":
        """Add what is told once."""
        return self.model_copy(
            update={
                "topic": short(status.session.topic, _TOPIC),
                "status": one_line(status.session.status),
                "questions": len(status.questions),
                "summary": status.freshness,
                "brief": bool(status.session.session_md),
                "next_step": _next_step(status),
            }
        )

    def text(self) -> str:
        """Say who stands where, then what to do."""
        return lines(
            self._head(),
            f"Each with {self.counted}, longest silent first:" if self.people else None,
            *(person.line() for person in self.people),
            paging.more(self.left, self.next_cursor),
            self._newest(),
            self.next_step,
        )

    def _head(self) -> str:
        counts = (
            f"{self.joined} joined, {self.finished} finished, {self.talking} talking, "
            f"{self.stalled} stalled"
        )
        if self.topic is None or self.questions is None:
            return f"Session {self.session_id}, next page: {counts}."
        return (
            f"Session {self.session_id} {quote_whole(self.topic)}, {self.status}: {counts}; "
            f"{count(self.questions, 'question')} beforehand."
        )

    def _newest(self) -> str:
        newest = f"Newest message {self.newest_at or 'none'}"
        if self.summary is None:
            return f"{newest}."
        return f"{newest}; summary {self.summary}; brief {'there' if self.brief else 'not there'}."


class Place(NamedTuple):
    """Where a page begins."""

    roll: Roll
    """As it was taken for the first page."""
    after: bytes = b""
    """The place of the last person of the page before."""

    def pack(self) -> bytes:
        """What a cursor holds."""
        moment, heard, marks = self.roll
        size = (marks.bit_length() + 7) // 8
        return _CURSOR.pack(moment, heard, self.after) + marks.to_bytes(size)

    @classmethod
    def unpack(cls, payload: bytes) -> "Place":
        """What a cursor held."""
        moment, heard, after = _CURSOR.unpack_from(payload)
        return cls(Roll(moment, heard, int.from_bytes(payload[_CURSOR.size :])), after)


def _next_step(status: Status) -> str:
    """What the host may do now, with the tool for it where it is served."""

    def by(tool: str, doing: str, otherwise: str = "") -> str:
        return f"{doing}: {tool}." if is_served(tool) else f"{doing}{otherwise}."

    states, active = status.people.counts(), status.session.status != "completed"
    if not status.people.threads:
        if not active:
            return "Nobody took part, and the session is completed."
        return by("wait_for_participants", "Next: share the join link, then wait")
    if active and states["talking"]:
        return by("wait_for_participants", f"Next: wait for the {states['talking']} still talking")
    if status.freshness in {"none", "stale"}:
        remind = "remind who stalled, or " if active and states["stalled"] else ""
        write = "write the summary" + (" anew" if status.freshness == "stale" else "")
        return by("generate_summary", f"Next: {remind}{write}", " in the Harmonica web app")
    return by("get_summary", "Next: read the summary")


@sessions.tool(
    "Get session status",
    [GET_SESSION, GET_RESPONSES, GET_SUMMARY, GET_QUESTIONS],
    lookups=[SEARCH],
    reads=True,
    view=RESULTS,
)
async def get_session_status(
    api: Api,
    tells_apart: TellsApart,
    session_id: SessionRef,
    stalled_hours: Annotated[
        float, Field(description="Stalled means silent so long", ge=0, le=10_000)
    ] = 24,
    cursor: paging.Cursor = None,
) -> SessionStatus:
    """Tell who joined, talks, finished or stalled, and whether the summary is up to date."""
    session = await find_session(api, session_id)
    seal = Seal(api.key, "get_session_status", session)
    if cursor:
        place = Place.unpack(seal.open(cursor))
        people = await read_people(api, session, stalled_hours, place.roll.moment)
        return SessionStatus.of(session, people, seal, place, apart=tells_apart)
    status = await read_status(api, session, stalled_hours)
    begin = Place(Roll.taken(status.people))
    shown = SessionStatus.of(status.session.id, status.people, seal, begin, apart=tells_apart)
    return shown.with_session(status)
