"""Sight: what one call sees through privacy, and what it may send back."""

import json
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast
from urllib.parse import urlsplit

from harmonica_mcp.client import HarmonicaClient, errors
from harmonica_mcp.client._dry_run import Planned
from harmonica_mcp.client.responses import Participant
from harmonica_mcp.server.guard.privacy import strict
from harmonica_mcp.server.guard.privacy.book import Place
from harmonica_mcp.server.guard.privacy.group import Group
from harmonica_mcp.server.guard.privacy.lens import Lens
from harmonica_mcp.server.guard.privacy.pseudonyms import keys_for
from harmonica_mcp.server.guard.privacy.tokens import Tokens
from harmonica_mcp.server.guard.privacy.veil import Veil

# Where people speak, and what is made of that; all other texts are the host's own.
_SAID = frozenset({"chat", "responses", "results", "knowledge", "meetings"})


class Sight:
    """One call's sight.

    Args:
        client: asks Harmonica.
        lens: what it is seen through.
    """

    def __init__(self, client: HarmonicaClient, lens: Lens) -> None:
        self._client = client
        self._book = lens.book
        self._keys = keys_for(lens.secrets, client.key)
        self._tokens = Tokens()
        self._host = (urlsplit(client.pool.root).hostname or "").lower()
        self.is_strict = lens.privacy == "strict"
        """Whether nothing may be told of single people."""

    @property
    def nobody(self) -> Group:
        """The group where there is no session."""
        return self.group_of("", (), 0)

    async def group(self, session: str, *, anew: bool = False) -> Group:
        """Who takes part in a session; asked for where it is not known from a moment ago.

        Args:
            session: its id.
            anew: ask in any case.
        """
        with self.hiding(None):
            return await self._book.group(
                self._place(session), lambda: self._ask(session), anew=anew
            )

    async def _ask(self, session: str) -> Group:
        # Only messages tell who has spoken.
        mode = None if self.is_strict else "list"
        return self._of(session, await self._client.responses.list(session, mode=mode))

    async def all_said(self, session: str) -> Sequence[Participant]:
        """All conversations, uncovered."""
        with self.hiding(None):
            return await self._client.responses.list(session)

    def known(self, room: str | None) -> Group | None:
        """Who takes part in a session or meeting, if that is known."""
        return self._book.known(self._place(room)) if room else None

    def learn(self, session: str, people: Sequence[Participant]) -> Group:
        """Take the group from an answer that has all of them."""
        return self.keep(session, self._of(session, people))

    def keep(self, room: str, group: Group) -> Group:
        """Remember a group."""
        return self._book.keep(self._place(room), group)

    def _of(self, session: str, people: Sequence[Participant]) -> Group:
        names = [person.participant_name for person in people]
        return self.group_of(session, names, strict.spoken(people))

    def group_of(self, room: str, names: Iterable[str | None], spoken: int) -> Group:
        """A group of people of these names, so many of whom have spoken."""
        return Group(self._keys, room, names, spoken)

    def _place(self, room: str) -> Place:
        return (self._client.key.digest if self._client.key else "", room)

    def veil(self, area: str, group: Group | None) -> Veil:
        """The veil for an area's answers; a conversation is shown to whoever has it."""
        open_ = area == "chat" or not self.is_strict
        return Veil(
            self._tokens,
            self._host,
            group,
            apart=open_,
            quotes=open_ or group is None or not group.is_small,
            by_host=area not in _SAID,
        )

    def restored(self, value: Any, group: Group | None) -> Any:
        """An argument as Harmonica gets it: names for pseudonyms, values for this call's tokens."""
        match value:
            case str():
                text = self._tokens.restored(value)
                return group.named(text) if group else text
            case dict():
                fields = cast("dict[str, object]", value)
                return {name: self.restored(item, group) for name, item in fields.items()}
            case list() | tuple():
                return [self.restored(item, group) for item in cast("list[object]", value)]
            case _:
                return value

    @contextmanager
    def hiding(self, group: Group | None) -> Generator[None]:
        """Cover what Harmonica itself says in errors; it goes where the names are not known."""
        try:
            yield
        except errors.ApiError as error:
            self._hide(error, group)
            raise
        except errors.DryRun as unsent:
            unsent.planned = self._planned(unsent.planned, group)
            raise

    def _planned(self, planned: Planned, group: Group | None) -> Planned:
        """A request as the agent may see it: its names would only have been sent."""
        if planned.body is None:
            return planned
        veil = replace(self.veil("chat", group), by_host=True)
        body = json.dumps(veil.answer(json.loads(planned.body)), ensure_ascii=False)
        return replace(planned, body=body)

    def _hide(self, error: errors.ApiError, group: Group | None) -> None:
        before = _quoted(error.detail)
        if not before:
            return
        error.detail = self.veil("chat", group).text(error.detail) if group else ""
        after = _quoted(error.detail)
        text = str(error.args[0])
        told = text.replace(before, after) if after else text.replace(f": {before}", "")
        error.args = (told,)


def _quoted(detail: str) -> str:
    # As the client quotes it.
    return " ".join(detail.split())[:300].rstrip(".")
