"""Resources: briefs and summaries as Markdown, for hosts that show them."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mcp.server.mcpserver import Context
from mcp_types import Annotations, Resource

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import NotFound
from harmonica_mcp.server.caller import call_of, client_for
from harmonica_mcp.server.guard import clean, one_line
from harmonica_mcp.server.references import session_id as id_of

if TYPE_CHECKING:
    from harmonica_mcp.server.app import HarmonicaServer

MARKDOWN = "text/markdown"
BRIEF = "harmonica://sessions/{session_id}/brief"
SUMMARY = "harmonica://sessions/{session_id}/summary"
_NEWEST = 20

# What people said, for the person at the host and for the model alike.
_FOR = Annotations(audience=["user", "assistant"])


def add_to(server: "HarmonicaServer") -> None:
    """Offer the resource templates."""
    server.resource(
        BRIEF,
        name="session_brief",
        title="Session brief",
        description="A session's brief (SESSION.md): goal, context, questions, summary",
        mime_type=MARKDOWN,
        annotations=_FOR,
    )(_brief)
    server.resource(
        SUMMARY,
        name="session_summary",
        title="Session summary",
        description="The summary of what a session's participants said",
        mime_type=MARKDOWN,
        annotations=_FOR,
    )(_summary)


async def newest_briefs(api: HarmonicaClient) -> list[Resource]:
    """The briefs of the caller's newest sessions, by topic; one request.

    A session that has no summary yet is listed too: the list does not say, and asking each would
    cost a request apiece.
    """
    page = await api.sessions.list(limit=_NEWEST)
    return [
        Resource(
            uri=BRIEF.format(session_id=quote(item.id, safe="")),
            name=one_line(item.topic) or one_line(item.id),
            description=one_line(item.goal),
            mime_type=MARKDOWN,
            annotations=_FOR,
        )
        for item in page.data
    ]


async def _brief(session_id: str, context: Context[Any, Any]) -> str:
    api = client_for(context, call_of(context))
    return clean(await api.results.brief(id_of(session_id)))


async def _summary(session_id: str, context: Context[Any, Any]) -> str:
    api = client_for(context, call_of(context))
    summary = await api.results.summary(id_of(session_id))
    if not summary.summary:
        raise NotFound(
            "This session has no summary yet: generate_summary writes one.",
            status=200,
        )
    return clean(summary.summary)
