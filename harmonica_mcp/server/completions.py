"""Completions: what a person may choose for an argument, found by title while they type."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import anyio
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from harmonica_mcp.client import HarmonicaClient, HarmonicaError, Pool
from harmonica_mcp.server.forgetting import forget_after
from harmonica_mcp.server.labels import label
from harmonica_mcp.server.prompts import offer_of

if TYPE_CHECKING:
    from harmonica_mcp.server.app import HarmonicaServer

log = logging.getLogger(__name__)

SECONDS = 15.0
"""For so long a caller's list is kept: about as long as choosing takes."""

MOST = 100
"""Values in one answer, as the protocol bounds it."""

_OLDEST = datetime.min.replace(tzinfo=UTC)


class Choice(NamedTuple):
    """Something that can be chosen."""

    id: str
    label: str


class Choices(NamedTuple):
    """All that can be chosen, newest first."""

    known: tuple[Choice, ...] = ()
    whole: bool = True
    """Whether there is no more of it."""

    def fitting(self, typed: str) -> list[Choice]:
        """Those in whose title or id every word that was typed is found."""
        words = typed.casefold().split()
        return [one for one in self.known if all(word in one.label.casefold() for word in words)]


def _newest_first(
    items: Iterable[tuple[str, str, datetime | None]], *, whole: bool = True
) -> Choices:
    each_once = {found: (title, born) for found, title, born in items}
    ordered = sorted(each_once.items(), key=lambda item: item[1][1] or _OLDEST, reverse=True)
    return Choices(
        tuple(Choice(found, label(title, found)) for found, (title, _) in ordered), whole
    )


async def _sessions(api: HarmonicaClient) -> Choices:
    page = await api.sessions.list(limit=MOST)
    found = ((item.id, item.topic, item.created_at) for item in page.data)
    return _newest_first(found, whole=page.next_offset is None)


async def _projects(api: HarmonicaClient) -> Choices:
    page = await api.projects.list(limit=MOST)
    found = ((item.id, item.title, item.created_at) for item in page.data)
    return _newest_first(found, whole=page.next_offset is None)


async def _templates(api: HarmonicaClient) -> Choices:
    found = await api.templates.list()
    return _newest_first((item.id, item.title, item.created_at) for item in found)


async def _groups(api: HarmonicaClient) -> Choices:
    found = await api.telegram.list()
    return _newest_first((item.group_id, item.group_name or "", item.created_at) for item in found)


ASKED: dict[str, Callable[[HarmonicaClient], Awaitable[Choices]]] = {
    "session_id": _sessions,
    "project_id": _projects,
    "template_id": _templates,
    "group": _groups,
}
"""How Harmonica is asked, with one request, for what an argument of this name can be."""


@dataclass(slots=True)
class _Entry:
    turn: anyio.Lock = field(default_factory=anyio.Lock)
    choices: Choices | None = None


class Kept:
    """What callers could choose from some seconds ago, under their keys' digests."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], _Entry] = {}

    async def get(
        self, caller: str, argument: str, ask: Callable[[], Awaitable[Choices]]
    ) -> Choices:
        """What a caller may choose for an argument; asked for once, however fast they type."""
        name = caller, argument
        entry = self._entries.get(name)
        if entry is None:
            entry = self._entries[name] = _Entry()
            forget_after(SECONDS, self._entries.pop, name, None)
        async with entry.turn:
            if entry.choices is None:
                entry.choices = await ask()
            return entry.choices


_kept = WeakKeyDictionary[Pool, Kept]()


def add_to(server: "HarmonicaServer") -> None:
    """Answer completions for the server's prompts and resource templates."""

    async def complete(
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        _: CompletionContext | None,
    ) -> Completion:
        if isinstance(ref, PromptReference):
            return await _for_prompt(server, ref.name, argument)
        return await _for_resource(server, ref.uri, argument)

    server.completion()(complete)


async def _for_prompt(
    server: "HarmonicaServer", prompt: str, argument: CompletionArgument
) -> Completion:
    known = {each.name: each for each in offer_of(server.prompts, prompt).arguments}
    if argument.name not in known:
        return _NOTHING
    if fixed := known[argument.name].choices:
        found = Choices(tuple(Choice(one, one) for one in fixed))
    else:
        found = await _choices(server, argument.name)
    return _completion([one.label for one in found.fitting(argument.value)], found)


async def _for_resource(
    server: "HarmonicaServer", uri: str, argument: CompletionArgument
) -> Completion:
    templates = [each.uri_template for each in await server.list_resource_templates()]
    if uri not in templates:
        there = ", ".join(templates)
        raise MCPError(INVALID_PARAMS, f"Unknown resource template. There are: {there}.")
    if f"{{{argument.name}}}" not in uri:
        return _NOTHING
    found = await _choices(server, argument.name)
    # Part of an address: a title is not.
    return _completion([one.id for one in found.fitting(argument.value)], found)


async def _choices(server: "HarmonicaServer", argument: str) -> Choices:
    """What can be chosen; nothing where it cannot be read, because nobody asked to be told."""
    api = server.callers.client_without_context()
    ask = ASKED.get(argument)
    if ask is None or api.key is None:
        return Choices()

    async def read() -> Choices:
        try:
            return await ask(api)
        except HarmonicaError as error:
            log.warning("Nothing to complete with: %s", server.sentence(error))
            return Choices()

    with anyio.move_on_after(server.patience):
        return await _kept.setdefault(api.pool, Kept()).get(api.key.digest, argument, read)
    return Choices()


def _completion(values: list[str], of: Choices) -> Completion:
    return Completion(
        values=values[:MOST],
        total=len(values) if of.whole else None,
        has_more=len(values) > MOST or not of.whole,
    )


_NOTHING = _completion([], Choices())
