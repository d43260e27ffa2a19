"""Following a session: how it stands."""

from bisect import bisect_right
from collections.abc import Collection
from typing import Annotated

from pydantic import BaseModel, Field

from harmonica_mcp.client.responses import GET_RESPONSES
from harmonica_mcp.client.results import GET_SUMMARY
from harmonica_mcp.client.sessions import GET_QUESTIONS, GET_SESSION
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api, Served
from harmonica_mcp.server.guard import one_line, quote_whole
from harmonica_mcp.server.references import SEARCH, SessionRef, find_session
from harmonica_mcp.server.result import Result, count, iso, lines
from harmonica_mcp.server.sealing import Seal
from harmonica_mcp.server.status import Person, Status, read_status, short
from harmonica_mcp.server.toolsets.sessions.toolset import sessions

_PAGE = 25
_TOPIC = 300


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
    """How a session stands."""

    session_id: str
    topic: str
    status: str
    joined: int
    finished: int
    talking: int
    stalled: int
    questions: int
    newest_at: str | None = None
    summary: str
    brief: bool
    counted: str
    people: list[PersonRow]
    left: int
    next_cursor: str | None = None
    next_step: str

    @classmethod
    def of(
        cls, status: Status, seal: Seal, after: bytes, served: Collection[str]
    ) -> "SessionStatus":
        """Show all counts, and a page of people.

        Args:
            status: the session.
            seal: seals where the next page begins.
            after: where the page before ended.
            served: names of the tools that the caller has.
        """
        begin = bisect_right(status.people, after, key=lambda person: person.place)
        page = status.people[begin : begin + _PAGE]
        left = len(status.people) - begin - len(page)
        states = status.counts()
        return cls(
            session_id=status.session.id,
            topic=short(status.session.topic, _TOPIC),
            status=one_line(status.session.status),
            joined=len(status.people),
            finished=states["finished"],
            talking=states["talking"],
            stalled=states["stalled"],
            questions=len(status.questions),
            newest_at=iso(status.newest),
            summary=status.freshness,
            brief=bool(status.session.session_md),
            counted="own messages" if status.counts_own else "all messages",
            people=[PersonRow.of(person, status.state(person)) for person in page],
            left=left,
            next_cursor=seal.seal(page[-1].place) if left else None,
            next_step=_next_step(status, served),
        )

    def text(self) -> str:
        """Say who stands where, then what to do."""
        more = (
            f"{self.left} more: call again with cursor {self.next_cursor}." if self.left else None
        )
        return lines(
            f"Session {self.session_id} {quote_whole(self.topic)}, {self.status}: {self.joined} "
            f"joined, {self.finished} finished, {self.talking} talking, {self.stalled} stalled; "
            f"{count(self.questions, 'question')} beforehand.",
            f"Each with {self.counted}, longest silent first:" if self.people else None,
            *(person.line() for person in self.people),
            more,
            f"Newest message {self.newest_at or 'none'}; summary {self.summary}; "
            f"brief {'there' if self.brief else 'not there'}.",
            self.next_step,
        )


def _next_step(status: Status, served: Collection[str]) -> str:
    """What the host may do now, with the tool for it where it is served."""

    def by(tool: str, doing: str, otherwise: str = "") -> str:
        return f"{doing}: {tool}." if tool in served else f"{doing}{otherwise}."

    states, active = status.counts(), status.session.status != "completed"
    if not status.people:
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
)
async def get_session_status(
    api: Api,
    served: Served,
    session_id: SessionRef,
    stalled_hours: Annotated[
        float, Field(description="Stalled means silent so long", ge=0, le=10_000)
    ] = 24,
    cursor: paging.Cursor = None,
) -> SessionStatus:
    """Tell who joined, talks, finished or stalled, and whether the summary is up to date."""
    session = await find_session(api, session_id)
    seal = Seal(api.key, "get_session_status", session)
    after = seal.open(cursor) if cursor else b""
    status = await read_status(api, session, stalled_hours)
    return SessionStatus.of(status, seal, after, served)
