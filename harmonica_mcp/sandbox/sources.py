"""Context sources of sessions and projects: what the facilitator reads in the background."""

from collections.abc import Callable
from typing import Literal

from . import ingest, javascript, projects
from .answers import Answer, Refusal, forbidden, invalid, not_found
from .call import Call
from .records import Access, Project, Source
from .state import Session
from .upload import VERBATIM

CAP = 20
_STATUSES = ("kept", "pinned", "dropped")
Home = Session | Project


def list_sources(call: Call) -> Answer:
    """List by position, then age; a project also shows what its sessions' have, to read only."""
    home = _home(call, "viewer")
    shown: dict[str, object] = {"sources": [_row(home, each) for each in _ordered(home)]}
    if isinstance(home, Project):
        sessions = [call.tenant.sessions[each] for each in home.session_ids]
        shown["inheritedSources"] = [
            _row(session, each) | {"session_topic": session.topic}
            for session in sessions
            for each in _ordered(session)
        ]
    return Answer(200, shown)


def add_file(call: Call) -> Answer:
    """Keep an uploaded file: up to 50 KB of text verbatim, more in chunks."""
    home = _writable(call)
    upload = call.upload
    if upload is None:
        raise invalid("file is required")

    def fill(source: Source) -> None:
        source.content = upload.text()
        small = len(source.content.encode()) <= VERBATIM
        source.mode = "verbatim" if small else "chunked"

    row = _add(call, home, "file", upload.title or upload.name, fill)
    names = ("id", "session_id", "source_type", "title", "content_mode", "created_at")
    short = {name: row[name] for name in names}
    return Answer(201, short if isinstance(home, Session) else row)


def add_session(call: Call) -> Answer:
    """Keep a snapshot of another session's brief."""
    home, body = _writable(call), call.body()
    reference = body.get("source_ref")

    def fill(source: Source) -> None:
        ingest.snapshot_session(call, source, reference)

    return Answer(201, _add(call, home, "session", _title(body), fill))


def add_url(call: Call) -> Answer:
    """Keep a page; the sandbox makes it up instead of fetching it."""
    home, body = _writable(call), call.body()
    url = ingest.public_url(body.get("url"))

    def fill(source: Source) -> None:
        ingest.snapshot_page(source, url)

    return Answer(201, _add(call, home, "url", _title(body), fill))


def add_mcp(call: Call) -> Answer:
    """Keep an MCP server with the tools it says it has."""
    home, body = _writable(call), call.body()
    title = _title(body)
    if not title:
        raise invalid("title is required")

    def fill(source: Source) -> None:
        ingest.handshake(source, body)

    return Answer(201, _add(call, home, "mcp", title, fill))


def update_source(call: Call) -> Answer:
    """Change title, position, a part of the MCP settings, or one item's curation."""
    home = _writable(call)
    source = _source(call, home)
    body = call.body()
    if not any(name in body for name in _CHANGES):
        raise invalid("No fields to update")
    for name, change in _CHANGES.items():
        if name in body:
            change(source, body[name])
    source.updated_at = call.now()
    call.happened("source updated")
    return Answer(200, _row(home, source))


def remove_source(call: Call) -> Answer:
    """Remove a source: 204 once, 404 after that."""
    home = _writable(call)
    home.sources.remove(_source(call, home))
    call.happened("source removed")
    return Answer(204)


def refresh_source(call: Call) -> Answer:
    """Take a session, page or MCP source anew; a file has to be uploaded again."""
    home = _writable(call)
    source = _source(call, home)
    if source.kind == "file":
        raise Refusal(422, "unprocessable", "Re-upload to refresh file content")
    if source.kind == "session":
        ingest.snapshot_session(call, source, source.ref)
    elif source.kind == "url":
        ingest.snapshot_page(source, source.ref or "")
    else:
        ingest.handshake(source, source.mcp_config or {})
    source.updated_at = call.now()
    call.happened("source refreshed")
    return Answer(200, _row(home, source))


def _home(call: Call, needed: Access) -> Home:
    below_project = "/projects/" in call.operation
    return projects.of_path(call, needed) if below_project else call.session(needed)


def _writable(call: Call) -> Home:
    home = _home(call, "editor")
    if not call.tenant.paid:
        raise forbidden("Context sources require a Pro subscription")
    return home


def _source(call: Call, home: Home) -> Source:
    fitting = (each for each in home.sources if each.id == call.path["source_id"])
    source = next(fitting, None)
    if source is None:
        raise not_found("Context source not found")
    return source


def _ordered(home: Home) -> list[Source]:
    return sorted(home.sources, key=lambda each: (each.position, each.created_at))


def _row(home: Home, source: Source) -> dict[str, object]:
    return source.json("session_id" if isinstance(home, Session) else "workspace_id")


def _add(
    call: Call,
    home: Home,
    kind: Literal["file", "session", "url", "mcp"],
    title: str,
    fill: Callable[[Source], None],
) -> dict[str, object]:
    """Add a source below the cap, which counts duplicates too."""
    if len(home.sources) >= CAP:
        noun = "session" if isinstance(home, Session) else "project"
        raise Refusal(422, "validation_error", f"Source cap reached ({CAP} per {noun})")
    now = call.now()
    position = max((each.position for each in home.sources), default=-1) + 1
    source = Source(call.tenant.ids.uuid(), home.id, kind, title, position, now, now)
    fill(source)
    home.sources.append(source)
    call.happened("source added")
    return _row(home, source)


def _title(body: dict[str, object]) -> str:
    title = body.get("title")
    return title.strip() if isinstance(title, str) else ""


def _change_title(source: Source, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise invalid("title must be a non-empty string")
    source.title = value.strip()


def _change_position(source: Source, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid("position must be an integer")
    source.position = value


def _change_mcp(source: Source, value: object) -> None:
    config = javascript.as_object(value)
    if config is None or source.mcp_config is None:
        raise invalid("mcp_config must be an object, on an MCP source")
    source.mcp_config |= config


def _change_curation(source: Source, value: object) -> None:
    fields = javascript.as_object(value) or {}
    item, status = fields.get("itemId"), fields.get("status")
    if not isinstance(item, str) or status not in _STATUSES:
        raise invalid(f"curation needs itemId and a status of: {', '.join(_STATUSES)}")
    source.curation.pop(item, None)
    if status != "kept":
        source.curation[item] = javascript.shown(status)


_CHANGES: dict[str, Callable[[Source, object], None]] = {
    "title": _change_title,
    "position": _change_position,
    "mcp_config": _change_mcp,
    "curation": _change_curation,
}
