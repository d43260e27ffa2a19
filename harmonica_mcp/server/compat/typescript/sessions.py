"""Finding, reading and creating sessions."""

from typing import Annotated

from pydantic import Field

from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.compat.typescript.toolset import as_it_is, instead_of, ours
from harmonica_mcp.server.guard import document
from harmonica_mcp.server.reading import page_of_text
from harmonica_mcp.server.references import SessionRef, find_session
from harmonica_mcp.server.result import lines
from harmonica_mcp.server.sealing import Seal
from harmonica_mcp.server.toolsets.sessions import reading, sessions

_PAGE = 5_500
_HEAD = {"topic": "Topic", "goal": "Goal"}
_TEXTS = {
    "context": "Context",
    "critical": "Critical question or constraint",
    "prompt": "Facilitation prompt",
    "summary": "Summary",
}
as_it_is(sessions, "list_sessions")


@instead_of(ours(sessions, "list_sessions"), title="Search sessions")
async def search_sessions(
    api: Api,
    query: Annotated[str, Field(description="A piece of the topic or goal, word for word")],
    status: Annotated[reading.Status | None, Field(description="Only these")] = None,
    cursor: paging.Cursor = None,
) -> reading.SessionPage:
    """Find sessions by topic or goal, last updated first, twenty to a page."""
    return await reading.list_sessions(api, query=query, status=status, cursor=cursor)


class SessionTexts(reading.SessionHead):
    """A session, and a page of its texts."""

    texts_words: str | None = Field(default=None, description="Context to summary, as Markdown")
    next_cursor: str | None = None

    def text(self) -> str:
        """Describe the session, its texts in a fence."""
        return lines(
            self.head(),
            document(self.texts_words) if self.texts_words else None,
            paging.more_of("get_session", self.next_cursor),
        )


@instead_of(ours(sessions, "get_session"))
async def get_session(
    api: Api, session_id: SessionRef, cursor: paging.Cursor = None
) -> SessionTexts:
    """Show a session: topic, goal, context, critical question, facilitation prompt and summary."""
    session = await api.sessions.get(await find_session(api, session_id))
    cut = reading.SessionDetail.of(session, full=False).cut
    heads = {name: head for name, head in _HEAD.items() if name in cut} | _TEXTS
    texts = "\n\n".join(
        f"## {head}\n\n{text}" for name, head in heads.items() if (text := getattr(session, name))
    )
    page = page_of_text(texts, Seal(api.key, "get_session", session.id), _PAGE, cursor)
    return SessionTexts(
        **reading.SessionRow.of(session).model_dump(),
        texts_words=page.words or None,
        next_cursor=page.next_cursor,
    )
