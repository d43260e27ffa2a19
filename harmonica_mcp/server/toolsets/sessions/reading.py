"""Finding and reading sessions."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from harmonica_mcp.client.sessions import GET_SESSION, LIST_SESSIONS, Page, Session, SessionItem
from harmonica_mcp.server import paging
from harmonica_mcp.server.call import is_served
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import one_line, quote_whole
from harmonica_mcp.server.references import SEARCH, SessionRef, find_session
from harmonica_mcp.server.result import Result, count, iso, lines
from harmonica_mcp.server.toolsets.sessions.toolset import sessions

_CUT = 1_000
Status = Literal["active", "completed"]


class SessionRow(BaseModel):
    """A session in a list."""

    id: str
    topic: str
    goal: str
    status: str
    participants: int = Field(description="Who wrote more than a greeting")
    created_at: str | None = None

    @classmethod
    def of(cls, item: SessionItem) -> "SessionRow":
        """Choose what tells sessions apart."""
        return cls(
            id=item.id,
            topic=one_line(item.topic),
            goal=one_line(item.goal),
            status=item.status,
            participants=item.participant_count,
            created_at=iso(item.created_at),
        )

    def line(self) -> str:
        """Render one line of the list."""
        who = count(self.participants, "participant")
        born = f", created {self.created_at}" if self.created_at else ""
        return (
            f"- {self.id} {quote_whole(self.topic)} ({self.status}, {who}{born}); "
            f"goal {quote_whole(self.goal)}"
        )


class SessionPage(Result):
    """A page of sessions."""

    sessions: list[SessionRow]
    total: int
    left: int
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: Page[SessionItem], begin: paging.Begin) -> "SessionPage":
        """Show a page, each session once."""
        where = page.pagination
        return cls(
            sessions=[SessionRow.of(item) for item in begin.once(page)],
            total=max(where.total, where.offset + len(page.data) if page.data else 0),
            left=paging.left(page),
            next_cursor=begin.following(page),
        )

    def text(self) -> str:
        """List them."""
        if not self.total:
            return "No session fits."
        if not self.sessions and not self.left:
            return f"No session after this cursor; there are {count(self.total, 'session')}."
        more = paging.more(self.left, self.next_cursor)
        head = f"{len(self.sessions)} of {count(self.total, 'session')}, last updated first:"
        return lines(head, *(row.line() for row in self.sessions), more)


@sessions.tool("List sessions", [LIST_SESSIONS], reads=True)
async def list_sessions(
    api: Api,
    query: Annotated[
        str | None, Field(description="A piece of the topic or goal, word for word")
    ] = None,
    status: Annotated[Status | None, Field(description="Only these")] = None,
    limit: Annotated[int, Field(description="Sessions per page", ge=1, le=100)] = 20,
    cursor: paging.Cursor = None,
) -> SessionPage:
    """List or search the sessions that the key can reach, last updated first."""
    begin = paging.Begin.of("list_sessions", cursor)
    page = await api.sessions.list(query=query, status=status, limit=limit, offset=begin.offset)
    return SessionPage.of(page, begin)


class SessionHead(Result):
    """What a session that is shown alone begins with."""

    id: str
    topic: str
    goal: str
    status: str
    participants: int
    created_at: str | None = None

    def head(self) -> str:
        """Render it, two lines."""
        return lines(
            f"Session {self.id} {quote_whole(self.topic)}, {self.status}, "
            f"{count(self.participants, 'participant')}, created {self.created_at or 'unknown'}.",
            f"goal: {quote_whole(self.goal)}",
        )


class SessionDetail(SessionHead):
    """A session with its texts."""

    context: str | None = None
    critical: str | None = None
    prompt: str | None = Field(default=None, description="The facilitator's instructions")
    cut: list[str] = Field(description="Texts shown only in part")
    has_summary: bool
    has_brief: bool

    @classmethod
    def of(cls, session: Session, *, full: bool) -> "SessionDetail":
        """Show the texts whole or their beginnings."""
        texts = {name: getattr(session, name) for name in ("context", "critical", "prompt")}
        long = [name for name, text in texts.items() if text and not full and len(text) > _CUT]
        shown = {name: text[:_CUT] if name in long else text for name, text in texts.items()}
        row = SessionRow.of(session).model_dump()
        whole = {name: _line(getattr(session, name)) for name in ("topic", "goal")}
        short = [name for name, text in whole.items() if not full and text != row[name]]
        return cls(
            **row | (whole if full else {}),
            **shown,
            cut=short + long,
            has_summary=bool(session.summary),
            has_brief=bool(session.session_md),
        )

    def text(self) -> str:
        """Describe the session, naming what is not shown."""
        names = ("context", "critical", "prompt")
        return lines(
            self.head(),
            *(f"{name}: {quote_whole(text)}" for name in names if (text := getattr(self, name))),
            f"Shown in part: {', '.join(self.cut)}; full=true shows all." if self.cut else None,
            self._results(),
        )

    def _results(self) -> str:
        tools = ["get_summary"] if self.has_summary else ["generate_summary"]
        there = "A summary is there, no brief" if self.has_summary else "No summary yet"
        if self.has_summary and self.has_brief:
            tools.append("get_session_brief")
            there = "Summary and brief are there"
        named = ", ".join(tool for tool in tools if is_served(tool))
        return f"{there}: {named}." if named else f"{there}."


def _line(text: str) -> str:
    return one_line(text, len(text))


@sessions.tool("Get session", [GET_SESSION], lookups=[SEARCH], reads=True)
async def get_session(
    api: Api,
    session_id: SessionRef,
    full: Annotated[
        bool, Field(description="Whole texts instead of their first 1,000 characters")
    ] = False,
) -> SessionDetail:
    """Show a session: topic, goal, context, facilitation prompt, and which results exist.

    Visibility, cross-pollination, template and project cannot be read through Harmonica's API.
    """
    return SessionDetail.of(await api.sessions.get(await find_session(api, session_id)), full=full)
