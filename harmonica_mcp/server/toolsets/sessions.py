"""Toolset `sessions`: find, read, create and change sessions."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from harmonica_mcp.client.sessions import (
    CREATE_SESSION,
    GET_SESSION,
    LIST_SESSIONS,
    UPDATE_SESSION,
    CreatedSession,
    NewQuestion,
    NewSession,
    Page,
    Session,
    SessionChanges,
    SessionItem,
    Visibility,
)
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import one_line, quote, quote_whole
from harmonica_mcp.server.references import (
    SEARCH,
    SessionId,
    SessionRef,
    find_session,
    host_link,
)
from harmonica_mcp.server.references import (
    session_id as id_of,
)
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, iso, lines

sessions = Toolset("sessions", "find, read, create and change sessions")

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
            f"- {self.id} {quote(self.topic)} ({self.status}, {who}{born}); goal {quote(self.goal)}"
        )


class SessionPage(Result):
    """A page of sessions."""

    sessions: list[SessionRow]
    total: int
    left: int = Field(description="Sessions after this page")
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: Page[SessionItem]) -> "SessionPage":
        """Show a page, each session once."""
        rows = {item.id: SessionRow.of(item) for item in page.data}
        after = page.next_offset
        return cls(
            sessions=list(rows.values()),
            total=page.pagination.total,
            left=page.pagination.total - after if after else 0,
            next_cursor=paging.encode(after) if after else None,
        )

    def text(self) -> str:
        """List them."""
        if not self.sessions:
            return "No session fits."
        more = f"{self.left} more: call again with cursor {self.next_cursor}" if self.left else None
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
    (offset,) = paging.decode(cursor)
    page = await api.sessions.list(query=query, status=status, limit=limit, offset=offset)
    return SessionPage.of(page)


class SessionDetail(Result):
    """A session with its texts."""

    id: str
    topic: str
    goal: str
    status: str
    participants: int
    created_at: str | None = None
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
        cut = [name for name, text in texts.items() if text and not full and len(text) > _CUT]
        shown = {name: text[:_CUT] if name in cut else text for name, text in texts.items()}
        row = SessionRow.of(session)
        return cls(
            **row.model_dump(),
            **shown,
            cut=cut,
            has_summary=bool(session.summary),
            has_brief=bool(session.session_md),
        )

    def text(self) -> str:
        """Describe the session, naming what is not shown."""
        names = ("context", "critical", "prompt")
        results = {
            (True, True): "Summary and brief are there: get_summary, get_session_brief.",
            (True, False): "A summary is there, no brief: get_summary.",
        }
        return lines(
            f"Session {self.id} {quote(self.topic)}, {self.status}, "
            f"{count(self.participants, 'participant')}, created {self.created_at or 'unknown'}.",
            f"goal: {quote(self.goal)}",
            *(f"{name}: {quote_whole(text)}" for name in names if (text := getattr(self, name))),
            f"Shown in part: {', '.join(self.cut)}; full=true shows all." if self.cut else None,
            results.get((self.has_summary, self.has_brief), "No summary yet: generate_summary."),
        )


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


class QuestionToAsk(BaseModel):
    """A question that participants answer before they begin."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(description="The question")
    type: Literal["Short field", "Email", "Options"] | None = Field(
        default=None, description="How it is answered"
    )
    required: bool | None = Field(default=None, description="Must be answered")
    options: list[str] | None = Field(default=None, description="Choices for type Options")

    def to_api(self) -> NewQuestion:
        """Leave out what was not given."""
        return NewQuestion(**self.model_dump(exclude_none=True))


_Text = Annotated[str | None, Field(description="Background for the facilitator")]
_Critical = Annotated[str | None, Field(description="The one question or constraint that matters")]
_Prompt = Annotated[
    str | None, Field(description="The facilitator's instructions; composed when left out")
]
_Visibility = Annotated[
    Visibility | None, Field(description="Who sees what was said; host unless given")
]
_CrossPollination = Annotated[
    bool | None, Field(description="Bring ideas from one conversation into others; from 3 people")
]
_Widgets = Annotated[bool | None, Field(description="Let the facilitator offer polls and ratings")]
_Questions = Annotated[
    list[QuestionToAsk] | None, Field(description="Asked before the conversation begins")
]

_DEFAULTS = {
    "results_visibility": "host (only the host sees what was said)",
    "cross_pollination": "off",
    "widgets_enabled": "off",
    "prompt": "composed by Harmonica",
}


class SessionCreated(Result):
    """A new session."""

    id: str
    topic: str
    join_url: str | None = Field(default=None, description="Give it to participants, and keep it")
    host_url: str | None = None
    sent: list[str] = Field(description="Fields that were set")
    defaults: list[str] = Field(description="What holds where nothing was set")
    recovered: bool = Field(description="The answer was lost; this session was found instead")

    @classmethod
    def of(cls, created: CreatedSession, sent: list[str]) -> "SessionCreated":
        """Show what was made, and on which terms."""
        join = created.join_url
        return cls(
            id=created.id,
            topic=one_line(created.topic),
            join_url=join,
            host_url=host_link(join, created.id) if join else None,
            sent=sent,
            defaults=[f"{k}: {v}" for k, v in _DEFAULTS.items() if k not in sent],
            recovered=created.recovered,
        )

    def text(self) -> str:
        """Say what now exists."""
        again = "Its answer was lost; this session was found instead, do not create it again."
        return lines(
            f"Session {self.id} {quote(self.topic)} is open.",
            again if self.recovered else None,
            f"Join link for participants: {self.join_url}" if self.join_url else None,
            f"Link for the host: {self.host_url}" if self.host_url else None,
            f"Set: {', '.join(self.sent)}.",
            f"Not set, so: {'; '.join(self.defaults)}." if self.defaults else None,
            "It cannot be closed or deleted here, only in the Harmonica web app.",
        )


@sessions.tool("Create session", [CREATE_SESSION], lookups=[SEARCH])
async def create_session(
    api: Api,
    topic: Annotated[str, Field(description="What it is about; participants see it")],
    goal: Annotated[str, Field(description="What it should lead to")],
    context: _Text = None,
    critical: _Critical = None,
    prompt: _Prompt = None,
    questions: _Questions = None,
    results_visibility: _Visibility = None,
    cross_pollination: _CrossPollination = None,
    widgets_enabled: _Widgets = None,
    template_id: Annotated[str | None, Field(description="Template to use")] = None,
    project_id: Annotated[str | None, Field(description="Project it belongs to")] = None,
) -> SessionCreated:
    """Create a session and open it at once; returns the link for participants.

    There is no draft and no way to delete it: agree on topic and goal with your user first. Takes
    up to two minutes. Never repeat it after an error that says it may have taken effect.
    """
    more: dict[str, Any] = _given(
        context=context,
        critical=critical,
        prompt=prompt,
        questions=questions and [question.to_api() for question in questions],
        results_visibility=results_visibility,
        cross_pollination=cross_pollination,
        widgets_enabled=widgets_enabled,
        template_id=template_id,
        project_id=project_id,
    )
    created = await api.sessions.create(topic, goal, **NewSession(**more))
    return SessionCreated.of(created, ["topic", "goal", *more])


class Change(BaseModel):
    """A field before and after; what the API does not return has no before."""

    field: str
    before: str | None = None
    now: str


class SessionUpdated(Result):
    """What an update changed."""

    id: str
    changes: list[Change]

    @classmethod
    def of(cls, before: Session, sent: dict[str, Any], after: Session) -> "SessionUpdated":
        """Compare the fields that were sent."""
        changes = [
            Change(
                field=name,
                before=getattr(before, name, None),
                now=str(getattr(after, name, None) or value),
            )
            for name, value in sent.items()
        ]
        return cls(id=after.id, changes=changes)

    def text(self) -> str:
        """Show old and new of each field."""
        rows = [
            f"- {change.field}: "
            + (f"{quote_whole(change.before)} -> " if change.before is not None else "")
            + quote_whole(change.now)
            for change in self.changes
        ]
        return lines(f"Session {self.id} is changed:", *rows)


@sessions.tool(
    "Update session", [UPDATE_SESSION], lookups=[GET_SESSION], replaces=True, repeatable=True
)
async def update_session(
    api: Api,
    session_id: SessionId,
    topic: Annotated[str | None, Field(description="New topic")] = None,
    goal: Annotated[str | None, Field(description="New goal")] = None,
    context: _Text = None,
    critical: _Critical = None,
    prompt: Annotated[
        str | None, Field(description="New instructions, for conversations that begin later")
    ] = None,
    results_visibility: _Visibility = None,
    cross_pollination: _CrossPollination = None,
    widgets_enabled: _Widgets = None,
    project_id: Annotated[str | None, Field(description="Project it belongs to")] = None,
) -> SessionUpdated:
    """Change fields of a session, and show what they were before; the rest stays as it is.

    Widening results_visibility shows what people said to others: ask your user first.
    """
    sent = _given(
        topic=topic,
        goal=goal,
        context=context,
        critical=critical,
        prompt=prompt,
        results_visibility=results_visibility,
        cross_pollination=cross_pollination,
        widgets_enabled=widgets_enabled,
        project_id=project_id,
    )
    session = id_of(session_id)
    before = await api.sessions.get(session)
    after = await api.sessions.update(session, **SessionChanges(**sent))  # pyright: ignore[reportArgumentType]
    return SessionUpdated.of(before, sent, after)


def _given(**arguments: Any) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}
