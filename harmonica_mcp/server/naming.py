"""Templates, projects and groups by id or by exact name: found, never guessed."""

import difflib
import re
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.projects import LIST_PROJECTS
from harmonica_mcp.client.telegram import LIST_GROUPS, TelegramGroup
from harmonica_mcp.client.templates import LIST_TEMPLATES, Template
from harmonica_mcp.server.guard import quote

TemplateRef = Annotated[str, Field(description="Id or exact title")]
ProjectRef = Annotated[str, Field(description="Id or exact title")]

NAMES = (LIST_TEMPLATES, LIST_PROJECTS, LIST_GROUPS)
"""The look-ups behind these arguments."""

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_MOST = 5
_PAGE = 100


async def find_template(api: HarmonicaClient, text: str) -> str:
    """The id of a template; a UUID is taken as it is."""
    if _UUID.fullmatch(text := text.strip()):
        return text
    return _id_of(text, await api.templates.list())


async def look_up_template(api: HarmonicaClient, text: str) -> tuple[str, Template | None]:
    """The id of a template, and the template itself where it is listed."""
    templates = await api.templates.list()
    text = text.strip()
    found = text if _UUID.fullmatch(text) else _id_of(text, templates)
    return found, next((item for item in templates if item.id == found), None)


def _id_of(text: str, templates: Sequence[Template]) -> str:
    return _one("template", text, [(item.id, item.title) for item in templates])


async def find_project(api: HarmonicaClient, text: str) -> str:
    """The id of a project; a UUID is taken as it is."""
    if _UUID.fullmatch(text := text.strip()):
        return text
    known: dict[str, str] = {}
    offset: int | None = 0
    while offset is not None:
        page = await api.projects.list(limit=_PAGE, offset=offset)
        known |= {item.id: item.title for item in page.data}
        offset = page.next_offset
    return _one("project", text, list(known.items()))


async def find_groups(api: HarmonicaClient, texts: Sequence[str]) -> list[str]:
    """The ids of Telegram groups."""
    return [group.group_id for group in await look_up_groups(api, texts)]


async def look_up_groups(api: HarmonicaClient, texts: Sequence[str]) -> list[TelegramGroup]:
    """Telegram groups by id or name, each once: nothing is announced twice."""
    groups = {item.group_id: item for item in await api.telegram.list()}
    known = [(key, item.group_name or "") for key, item in groups.items()]
    found = dict.fromkeys(_one("Telegram group", text.strip(), known) for text in texts)
    return [groups[each] for each in found]


def _one(noun: str, text: str, known: Sequence[tuple[str, str]]) -> str:
    """The id that is, or is called exactly, the text.

    Raises:
        InvalidInput: None is, or several are; the nearest are named.
    """
    if any(text == key for key, _ in known):
        return text
    wanted = text.casefold()
    called = [key for key, name in known if name.strip().casefold() == wanted]
    if len(called) == 1:
        return called[0]
    if called:
        raise InvalidInput(
            f"Several {noun}s have that name: {', '.join(called)}; give the id. Nothing was sent."
        )
    raise InvalidInput(
        f"There is no {noun} with that id or name; {_nearest(wanted, known)}. Nothing was sent."
    )


def _nearest(wanted: str, known: Sequence[tuple[str, str]]) -> str:
    """The likeliest, the others after them, or that there is none at all."""
    if not known:
        return "there is none"

    def unlike(item: tuple[str, str]) -> float:
        name = item[1].casefold()
        inside = bool(name) and (wanted in name or name in wanted)
        return -inside - difflib.SequenceMatcher(None, wanted, name).ratio()

    shown = sorted(known, key=unlike)[:_MOST]
    more = f" and {len(known) - _MOST} more" if len(known) > _MOST else ""
    return "there are " + "; ".join(f"{key} {quote(name, 80)}" for key, name in shown) + more
