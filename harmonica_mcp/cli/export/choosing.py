"""Which sessions: by id, link or topic, those of a project, or all that the key can reach."""

import functools
import re
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

from harmonica_mcp.cli.export.waiting import Waiting
from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.sessions import SessionItem
from harmonica_mcp.server.guard import quote
from harmonica_mcp.server.references import certain_id, possible_id

_PAGE = 100
_SHOWN = 5
_AGO = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_UNIT = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def since_when(text: str, now: datetime) -> datetime:
    """The moment that `--since` means: a time, in UTC where it names no zone, or so long ago.

    Raises:
        ValueError: It is neither.
    """
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _UNIT[ago[2]]
    given = datetime.fromisoformat(text)
    return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)


def is_recent(session: SessionItem, since: datetime | None) -> bool:
    """Whether a session was created or updated since, or may have been."""
    times = [each for each in (session.created_at, session.updated_at) if each]
    return since is None or not times or max(times) >= since


async def named(api: HarmonicaClient, waiting: Waiting, text: str) -> str:
    """The id of the session that somebody means.

    Raises:
        InvalidInput: None fits, or several do.
        HarmonicaError: Harmonica does not say.
    """
    text = text.strip()
    if found := certain_id(text):
        return found
    if not text:
        raise InvalidInput("A session's name is empty: give its id, its link or its topic.")
    page = await waiting.out(lambda: api.sessions.list(query=text, limit=_SHOWN + 1))
    match page.data:
        case [only]:
            return only.id
        case []:
            if found := possible_id(text):
                return found
            raise InvalidInput("No session fits: give its id, its link or words of its topic.")
        case several:
            fitting = "; ".join(f"{item.id} {quote(item.topic, 80)}" for item in several[:_SHOWN])
            more = " and more" if len(several) > _SHOWN else ""
            raise InvalidInput(f"Several sessions fit: {fitting}{more}. Give one id.")


async def of_project(api: HarmonicaClient, waiting: Waiting, project: str) -> list[str]:
    """The ids of a project's sessions."""
    return (await waiting.out(lambda: api.projects.get(project))).session_ids


async def reachable(
    api: HarmonicaClient, waiting: Waiting, since: datetime | None
) -> AsyncGenerator[str]:
    """The ids of all sessions that the key can reach, created or updated since."""
    offset: int | None = 0
    while offset is not None:
        page = await waiting.out(functools.partial(api.sessions.list, limit=_PAGE, offset=offset))
        for item in page.data:
            if is_recent(item, since):
                yield item.id
        offset = page.next_offset
