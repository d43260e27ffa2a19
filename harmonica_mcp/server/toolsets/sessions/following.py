"""Following a session: how it stands, and waiting for its participants."""

from contextlib import aclosing
from typing import Annotated

import anyio
from pydantic import BaseModel, Field

from harmonica_mcp.client.errors import TimedOut
from harmonica_mcp.client.responses import GET_RESPONSES
from harmonica_mcp.client.results import GET_SUMMARY
from harmonica_mcp.client.sessions import GET_QUESTIONS, GET_SESSION
from harmonica_mcp.server import paging
from harmonica_mcp.server.call import current_call
from harmonica_mcp.server.caller import Api, Reporter, Watcher
from harmonica_mcp.server.guard import one_line, quote
from harmonica_mcp.server.references import SEARCH, SessionRef, find_session
from harmonica_mcp.server.result import Result, count, iso, lines
from harmonica_mcp.server.status import STATES, Person, Status, read_status
from harmonica_mcp.server.toolsets.sessions.toolset import sessions
from harmonica_mcp.server.watching import Seen

_PAGE = 25
# The answer needs a moment of its own within the call's time.
_MARGIN = 1.0


class PersonRow(BaseModel):
    """A participant in a line."""

    name: str
    state: str
    messages: int
    last_at: str | None = None

    @classmethod
    def of(cls, person: Person) -> "PersonRow":
        """Show a person."""
        name = one_line(person.name, 60) or "(no name)"
        return cls(
            name=name, state=person.state, messages=person.messages, last_at=iso(person.last_at)
        )


class SessionStatus(Result):
    """How a session stands."""

    session_id: str
    topic: str
    joined: int
    finished: int
    talking: int
    stalled: int
    questions: int
    newest_at: str | None = None
    summary: str = Field(description="fresh, stale, none or unknown")
    brief: bool
    people: list[PersonRow]
    left: int
    next_cursor: str | None = None
    next_step: str

    @classmethod
    def of(cls, status: Status, begin: int) -> "SessionStatus":
        """Show a page of people and all counts."""
        left = max(len(status.people) - begin - _PAGE, 0)
        return cls(
            session_id=status.session.id,
            topic=one_line(status.session.topic),
            joined=len(status.people),
            **{state: status.count(state) for state in STATES},
            questions=len(status.questions),
            newest_at=iso(status.newest),
            summary=status.freshness,
            brief=bool(status.session.session_md),
            people=[PersonRow.of(person) for person in status.people[begin : begin + _PAGE]],
            left=left,
            next_cursor=paging.encode(begin + _PAGE) if left else None,
            next_step=_next_step(status),
        )

    def text(self) -> str:
        """Say who stands where, then what to do."""
        rows = [
            f"- {quote(p.name)} {p.state}, {count(p.messages, 'message')}, "
            f"last {p.last_at or 'never'}"
            for p in self.people
        ]
        more = f"{self.left} more: cursor {self.next_cursor}" if self.left else None
        return lines(
            f"Session {self.session_id} {quote(self.topic)}: {self.joined} joined, {self.finished} "
            f"finished, {self.talking} talking, {self.stalled} stalled; "
            f"{count(self.questions, 'question')} beforehand.",
            *rows,
            more,
            f"Newest message {self.newest_at or 'none'}; summary {self.summary}; "
            f"brief {'there' if self.brief else 'not there'}.",
            self.next_step,
        )


def _next_step(status: Status) -> str:
    if not status.people:
        return "Nobody has joined: share the join link."
    if status.freshness == "stale" or (
        status.freshness == "none" and status.count("finished") == len(status.people)
    ):
        return "Next: generate_summary."
    if status.count("finished") < len(status.people):
        return "Next: wait_for_participants, or ask after those who stalled."
    return "Next: get_summary."


@sessions.tool(
    "Get session status",
    [GET_SESSION, GET_RESPONSES, GET_SUMMARY, GET_QUESTIONS],
    lookups=[SEARCH],
    reads=True,
)
async def get_session_status(
    api: Api,
    session_id: SessionRef,
    stalled_hours: Annotated[
        float, Field(description="Silent for so long means stalled", gt=0)
    ] = 24,
    cursor: paging.Cursor = None,
) -> SessionStatus:
    """Tell who joined, talks, finished or stalled, and whether the summary is up to date."""
    (begin,) = paging.decode(cursor)
    session = await find_session(api, session_id)
    return SessionStatus.of(await read_status(api, session, stalled_hours), begin)


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


@sessions.tool("Wait for participants", [GET_RESPONSES], lookups=[SEARCH], reads=True)
async def wait_for_participants(
    api: Api,
    progress: Reporter,
    watching: Watcher,
    session_id: SessionRef,
    finished: Annotated[int | None, Field(description="Until so many have finished", ge=1)] = None,
    joined: Annotated[int | None, Field(description="…or so many have joined", ge=1)] = None,
    new_messages: Annotated[
        int | None, Field(description="…or so many messages are new; 1 if nothing is given", ge=1)
    ] = None,
    max_minutes: Annotated[float, Field(description="In all", gt=0, le=1440)] = 10,
    cursor: paging.Cursor = None,
) -> Waited:
    """Wait until people have joined, finished or written; then say what changed.

    Each call answers within its time; next_cursor goes on waiting.
    """
    if finished is joined is new_messages is None:
        new_messages = 1
    session = await find_session(api, session_id)
    begun = paging.decode(cursor, 2) if cursor else None
    seconds = begun[1] if begun else round(max_minutes * 60)
    started = anyio.current_time()
    first: Seen | None = None
    seen: Seen | None = None
    reached, messages = False, 0
    with anyio.move_on_at(min(started + seconds, current_call().until - _MARGIN)):
        async with aclosing(watching.looks(api, session)) as looks:
            async for seen in looks:
                first = first or seen
                messages = begun[0] if begun else first.messages
                await progress.tell(f"{seen.joined} joined, {seen.finished} finished")
                reached = (
                    (finished is not None and seen.finished >= finished)
                    or (joined is not None and seen.joined >= joined)
                    or (new_messages is not None and seen.messages - messages >= new_messages)
                )
                if reached:
                    break
    if first is None or seen is None:
        raise TimedOut("Harmonica could not be asked in time; nothing was changed, try again.")
    left = seconds - round(anyio.current_time() - started)
    return Waited(
        session_id=session,
        reached=reached,
        joined=seen.joined,
        finished=seen.finished,
        new_messages=max(seen.messages - messages, 0),
        changes=_changes(first, seen),
        next_cursor=None if reached or left <= 0 else paging.encode(messages, left),
    )


def _changes(first: Seen, now: Seen) -> list[str]:
    """Who joined or finished while this call waited."""
    before = {person for person, _, _ in first.names}
    return [
        f"{quote(name, 60)} {'joined' if person not in before else 'finished'}"
        for person, name, _ in sorted(now.names - first.names)
    ]
