"""What people call a session: an id, a link they were sent, or its topic."""

import base64
import binascii
import re
from typing import Annotated
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.sessions import LIST_SESSIONS
from harmonica_mcp.server.guard import quote

SEARCH = LIST_SESSIONS
"""The look-up behind a `SessionRef`."""

SessionRef = Annotated[str, Field(description="Id, link, or words of the topic")]
SessionId = Annotated[str, Field(description="Id, join or host link")]

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_SURE_ID = re.compile(r"hst_[0-9A-Za-z]+|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_SHOWN = 5


def session_id(text: str) -> str:
    """The id in an id or a link, for tools that change something: no guessing.

    Raises:
        InvalidInput: It is neither.
    """
    found = _linked(text.strip()) or text.strip()
    if not _ID.fullmatch(found):
        raise InvalidInput(
            "session_id must be a session's id (hst_… or a UUID), its join link or its host link; "
            "list_sessions finds it."
        )
    return found


def certain_id(text: str) -> str | None:
    """The id in a link, or the text itself where it can be nothing but one."""
    text = text.strip()
    return _linked(text) or (text if _SURE_ID.fullmatch(text) else None)


def possible_id(text: str) -> str | None:
    """The text itself, where it could be an id of a form that is not known."""
    return text if _ID.fullmatch(text) else None


async def find_session(api: HarmonicaClient, text: str) -> str:
    """The id of the session that an id, a link or words of a topic mean, for reading tools.

    Raises:
        InvalidInput: Several sessions fit, or none and the text cannot be an id.
    """
    text = text.strip()
    if found := certain_id(text):
        return found
    if not text:
        raise InvalidInput("session_id must not be empty; list_sessions finds sessions.")
    page = await api.sessions.list(query=text, limit=_SHOWN + 1)
    match page.data:
        case [only]:
            return only.id
        case []:
            if found := possible_id(text):
                return found
            raise InvalidInput(
                "No session has these words, in this order, in its topic or goal, and they are no "
                "id or link; list_sessions finds sessions."
            )
        case several:
            named = "; ".join(f"{item.id} {quote(item.topic, 80)}" for item in several[:_SHOWN])
            more = " and more" if len(several) > _SHOWN else ""
            raise InvalidInput(f"Several sessions fit: {named}{more}. Call again with one id.")


def _linked(text: str) -> str | None:
    """The id in a participant's link (`…/chat?s=<id>`) or a host's (`…/sessions/<base64>`)."""
    if "/" not in text:
        return None
    try:
        link = urlsplit(text)
    except ValueError:
        return None
    if shared := parse_qs(link.query).get("s"):
        return shared[0]
    parts = [unquote(part) for part in link.path.split("/") if part]
    if len(parts) >= 2 and parts[-2] == "sessions":
        return _decoded(parts[-1])
    return None


def _decoded(part: str) -> str:
    # Some tools put the plain id there.
    if _SURE_ID.fullmatch(part):
        return part
    padded = part.replace("-", "+").replace("_", "/") + "=" * (-len(part) % 4)
    try:
        text = base64.b64decode(padded, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return part
    return text if _ID.fullmatch(text) else part


def host_link(join_url: str, session: str) -> str | None:
    """The link under which the host sees a session, beside the participants' link."""
    try:
        link = urlsplit(join_url)
    except ValueError:
        return None
    encoded = base64.urlsafe_b64encode(session.encode()).decode().rstrip("=")
    return f"{link.scheme}://{link.netloc}/sessions/{encoded}"
