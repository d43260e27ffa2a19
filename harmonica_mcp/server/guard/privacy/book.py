"""The book of groups: who takes part where, as long as the next answer may need it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from harmonica_mcp.server.forgetting import forget_after

if TYPE_CHECKING:
    from harmonica_mcp.server.guard.privacy.group import Group

SECONDS = 20.0
Place = tuple[str, str]
"""Whose book: the digest of the caller's key, and the session's or meeting's id."""


class Book:
    """Groups by caller, each for twenty seconds; holds names and neither keys nor words."""

    def __init__(self) -> None:
        self._groups: dict[Place, tuple[Group, asyncio.TimerHandle]] = {}
        self._asking: WeakValueDictionary[Place, asyncio.Lock] = WeakValueDictionary()

    def __len__(self) -> int:
        return len(self._groups)

    def known(self, place: Place) -> "Group | None":
        """The group as it was a moment ago."""
        kept = self._groups.get(place)
        return kept[0] if kept else None

    async def group(
        self, place: Place, ask: Callable[[], Awaitable["Group"]], *, anew: bool = False
    ) -> "Group":
        """The group; several who want it at once ask for it once, save who wants it anew."""
        async with self._asking.setdefault(place, asyncio.Lock()):
            known = None if anew else self.known(place)
            return known or self.keep(place, await ask())

    def keep(self, place: Place, group: "Group") -> "Group":
        """Remember a group as it is now; what was known of the same people stays in use."""
        known = self.known(place)
        if known and known.is_like(group):
            known.spoken = group.spoken
            group = known
        self.forget(place)
        # A timer and not a look at the clock: names go when they are due.
        timer = forget_after(SECONDS, self.forget, place)
        self._groups[place] = group, timer
        return group

    def forget(self, place: Place) -> None:
        """Ask anew the next time."""
        if kept := self._groups.pop(place, None):
            kept[1].cancel()
