"""Which handler does what: the document's own path templates, matched as the service does."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from . import conversations, editing, responses, results, scratchpad, sessions
from .answers import Answer
from .call import Call

PREFIX = "/api/v1"
Handler = Callable[[Call], Answer]

OPERATIONS: dict[str, Handler] = {
    "GET /me": sessions.get_me,
    "GET /sessions": sessions.list_sessions,
    "POST /sessions": sessions.create_session,
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
