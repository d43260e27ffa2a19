"""Resources: sessions and projects as Markdown, for hosts that show them."""

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mcp.server.mcpserver import Context
from mcp_types import Annotations, Resource

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import NotFound
from harmonica_mcp.server.caller import call_of, client_for, offers
from harmonica_mcp.server.guard import clean, one_line
from harmonica_mcp.server.observing.calls import UNKNOWN
from harmonica_mcp.server.reading import Filters, read
from harmonica_mcp.server.references import session_id as id_of
from harmonica_mcp.server.result import count, iso
from harmonica_mcp.server.sealing import Seal
from harmonica_mcp.server.view import RESULTS

if TYPE_CHECKING:
    from harmonica_mcp.server.app import HarmonicaServer

MARKDOWN = "text/markdown"
BRIEF = "harmonica://sessions/{session_id}/brief"
SUMMARY = "harmonica://sessions/{session_id}/summary"
TRANSCRIPT = "harmonica://sessions/{session_id}/transcript{?cursor}"
SESSION = "harmonica://sessions/{session_id}"
PROJECT = "harmonica://projects/{project_id}"
_NEWEST = 20
_PAGE = 6_000

# What people said, for the person at the host and for the model alike.
_FOR = Annotations(audience=["user", "assistant"])


def add_to(server: "HarmonicaServer") -> None:
    """Offer the resource templates."""
    offers = [
        (SESSION, "session", "Session", "A session's topic, goal, texts and results", _session),
        (
            BRIEF,
            "session_brief",
            "Session brief",
            "A session's brief (SESSION.md): goal, context, questions, summary",
            _brief,
        ),
        (
            SUMMARY,
            "session_summary",
            "Session summary",
            "The summary of what a session's participants said",
            _summary,
        ),
        (
            TRANSCRIPT,
            "session_transcript",
            "Session transcript",
            "What a session's participants and facilitator said, in pages",
            _transcript,
        ),
        (PROJECT, "project", "Project", "A project and its sessions", _project),
    ]
    for template, name, title, description, read_it in offers:
        server.resource(
            template,
            name=name,
            title=title,
            description=description,
            mime_type=MARKDOWN,
            annotations=_FOR,
        )(read_it)


def kind(uri: str) -> str:
    """Which kind of resource an address is of: the last fixed part of its template."""
    if uri == RESULTS:
        return "view"
    parts = uri.partition("?")[0].removeprefix("harmonica://").split("/")
    match parts:
        case ["sessions", _, "brief" | "summary" | "transcript" as part]:
            return part
        case ["sessions", _]:
            return "session"
        case ["projects", _]:
            return "project"
        case _:
            return UNKNOWN


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
        write = ": generate_summary writes one" if offers(context, "generate_summary") else ""
        raise NotFound(f"This session has no summary yet{write}.", status=200)
    return clean(summary.summary)


async def _session(session_id: str, context: Context[Any, Any]) -> str:
    api = client_for(context, call_of(context))
    found = await api.sessions.get(id_of(session_id))
    texts = {
        "Goal": found.goal,
        "Context": found.context,
        "Critical question": found.critical,
        "Facilitation prompt": found.prompt,
    }
    there = {"summary": found.summary, "brief": found.session_md, "transcript": True}
    links = [
        f"- [{kind}](harmonica://sessions/{_part(found.id)}/{kind})"
        for kind in there
        if there[kind]
    ]
    facts = f"Session {one_line(found.id)}, {one_line(found.status)}, "
    facts += f"{count(found.participant_count, 'participant')}, "
    facts += f"created {iso(found.created_at) or 'at an unknown time'}."
    parts = [f"# {one_line(found.topic)}", facts]
    parts += [f"## {title}\n\n{quoted(text)}" for title, text in texts.items() if text]
    return "\n\n".join([*parts, "## Read on\n\n" + "\n".join(links)]) + "\n"


async def _transcript(
    session_id: str, context: Context[Any, Any], cursor: str | None = None
) -> str:
    api = client_for(context, call_of(context))
    session = id_of(session_id)
    seal = Seal(api.key, "transcript", session)
    page = await read(api, seal, Filters(), _PAGE, cursor)
    parts = [f"# Session {session}: {count(page.shown, 'message')}, {page.left} left"]
    for voice in page.participants:
        parts.append(f"## {one_line(voice.name)}")
        for said in voice.messages:
            at = f", {said.at}" if said.at else ""
            part = f", {said.part}" if said.part else ""
            parts.append(f"[{one_line(said.id)}] {said.by}{at}{part}:\n\n{quoted(said.words)}")
    if page.next_cursor:
        uri = f"harmonica://sessions/{_part(session)}/transcript?cursor={page.next_cursor}"
        parts.append(f"[Next page]({uri})")
    return "\n\n".join(parts) + "\n"


async def _project(project_id: str, context: Context[Any, Any]) -> str:
    api = client_for(context, call_of(context))
    found = await api.projects.get(project_id)
    sessions = [f"- harmonica://sessions/{_part(each)}" for each in found.session_ids]
    parts = [
        f"# {one_line(found.title)}",
        f"Project {one_line(found.id)}, {one_line(found.status)}.",
        quoted(found.description) if found.description else None,
        "## Sessions\n\n" + ("\n".join(sessions) or "None."),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def quoted(text: str) -> str:
    """A text as a Markdown quotation, which no line of it can leave."""
    return "\n".join(f"> {line}".rstrip() for line in clean(text).splitlines())


def _part(text: str) -> str:
    return quote(clean(text), safe="")
