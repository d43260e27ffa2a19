"""Which handler does what: the document's own path templates, matched as the service does."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from . import (
    conversations,
    creating,
    design,
    editing,
    grounding,
    history,
    knowledge,
    meetings,
    pages,
    projects,
    publishing,
    responses,
    results,
    scratchpad,
    sessions,
    sources,
    telegram,
    templates,
)
from .answers import Answer
from .call import Call

PREFIX = "/api/v1"
Handler = Callable[[Call], Answer]

OPERATIONS: dict[str, Handler] = {
    "GET /me": sessions.get_me,
    "GET /sessions": sessions.list_sessions,
    "POST /sessions": creating.create_session,
    # Before the template with an id, which would take "public" for one.
    "GET /sessions/public": pages.list_public,
    "GET /sessions/{id}": sessions.get_session,
    "PATCH /sessions/{id}": editing.update_session,
    "GET /sessions/{id}/questions": sessions.get_questions,
    "GET /sessions/{id}/responses": responses.get_responses,
    "POST /sessions/{id}/responses": responses.submit_response,
    "GET /sessions/{id}/session-md": results.get_brief,
    "GET /sessions/{id}/summary": results.get_summary,
    "POST /sessions/{id}/summary": results.write_summary,
    "POST /sessions/{id}/scratchpad": scratchpad.scratchpad,
    "POST /sessions/{id}/chat": conversations.chat,
    "POST /sessions/{id}/chat/questions": conversations.join,
    "POST /sessions/{id}/knowledge": knowledge.extract_knowledge,
    "GET /sessions/{id}/grounding": grounding.preview_grounding,
    "POST /sessions/{id}/grounding": grounding.ground_responses,
    "POST /sessions/{id}/regenerate-facilitation-prompt": design.propose_prompt,
    "POST /sessions/{id}/regenerate-welcome": design.propose_welcome,
    "GET /sessions/{id}/edit-history": history.get_edit_history,
    "GET /sessions/{id}/context-sources": sources.list_sources,
    "POST /sessions/{id}/context-sources/file": sources.add_file,
    "POST /sessions/{id}/context-sources/session": sources.add_session,
    "POST /sessions/{id}/context-sources/url": sources.add_url,
    "POST /sessions/{id}/context-sources/mcp": sources.add_mcp,
    "PATCH /sessions/{id}/context-sources/{source_id}": sources.update_source,
    "DELETE /sessions/{id}/context-sources/{source_id}": sources.remove_source,
    "POST /sessions/{id}/context-sources/{source_id}/refresh": sources.refresh_source,
    "GET /projects": projects.list_projects,
    "POST /projects": projects.create_project,
    "GET /projects/{id}": projects.get_project,
    "PATCH /projects/{id}": projects.update_project,
    "DELETE /projects/{id}": projects.delete_project,
    "GET /projects/{id}/sensemaking": publishing.get_topic,
    "PATCH /projects/{id}/sensemaking": publishing.update_topic,
    "POST /projects/{id}/unconference/topics": publishing.create_unconference_topic,
    "GET /projects/{id}/context-sources": sources.list_sources,
    "POST /projects/{id}/context-sources/file": sources.add_file,
    "POST /projects/{id}/context-sources/session": sources.add_session,
    "POST /projects/{id}/context-sources/mcp": sources.add_mcp,
    "PATCH /projects/{id}/context-sources/{source_id}": sources.update_source,
    "DELETE /projects/{id}/context-sources/{source_id}": sources.remove_source,
    "POST /projects/{id}/context-sources/{source_id}/refresh": sources.refresh_source,
    "GET /templates": templates.list_templates,
    "POST /templates": templates.create_template,
    "GET /templates/{id}": templates.get_template,
    "PATCH /templates/{id}": templates.update_template,
    "DELETE /templates/{id}": templates.delete_template,
    "GET /integrations/telegram/groups": telegram.list_groups,
    "POST /integrations/telegram/groups": telegram.register_group,
    "DELETE /integrations/telegram/groups/{groupId}": telegram.unregister_group,
    "GET /meetings": meetings.list_meetings,
    "GET /meetings/{id}/transcript": meetings.get_transcript,
    "GET /meetings/{id}/restrictions": meetings.get_restrictions,
    "POST /meetings/{id}/restrictions": meetings.update_restrictions,
}
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class BadPath(ValueError):
    """A path whose percent-encoding cannot be read."""


@dataclass(frozen=True)
class Match:
    """The operations of a path, by method, and the values in it."""

    template: str
    handlers: dict[str, Handler]
    values: dict[str, str]


def _table() -> dict[tuple[str, ...], dict[str, Handler]]:
    table: dict[tuple[str, ...], dict[str, Handler]] = {}
    for operation, handler in OPERATIONS.items():
        method, template = operation.split()
        table.setdefault(tuple(template.split("/")), {})[method] = handler
    return table


_TABLE = _table()


def find(path: str) -> Match | None:
    """Match a raw path below the prefix; each part is decoded by itself, so ids may hold `/`."""
    if not path.startswith(f"{PREFIX}/"):
        return None
    parts = tuple(map(_decoded, path.removeprefix(PREFIX).split("/")))
    for template, handlers in _TABLE.items():
        values = _values(template, parts)
        if values is not None:
            return Match("/".join(template), handlers, values)
    return None


def _values(template: tuple[str, ...], parts: tuple[str, ...]) -> dict[str, str] | None:
    if len(template) != len(parts):
        return None
    values: dict[str, str] = {}
    for pattern, part in zip(template, parts, strict=True):
        if pattern.startswith("{"):
            values[pattern[1:-1]] = part
        elif pattern != part:
            return None
    return values


def _decoded(part: str) -> str:
    if _BAD_ESCAPE.search(part):
        raise BadPath(part)
    try:
        return unquote_to_bytes(part).decode()
    except UnicodeDecodeError as error:
        raise BadPath(part) from error
