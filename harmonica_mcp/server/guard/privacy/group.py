"""A group: who takes part in a session, and how answers show them."""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from harmonica_mcp.server.guard.privacy.finding import Finder
from harmonica_mcp.server.guard.privacy.names import forms_of
from harmonica_mcp.server.guard.privacy.pseudonyms import WRITTEN, Pseudonyms, canonical

FIVE = 5
"""Below so many people who have spoken, strict privacy shows no individual words."""


class Group:
    """The people of one session, or the speakers of one meeting.

    Args:
        keys: of the pseudonyms, the one that makes them first.
        room: the session's or meeting's id.
        names: in the order in which people joined.
        spoken: how many of them have said something.
    """

    def __init__(
        self, keys: Sequence[bytes], room: str, names: Iterable[str | None], spoken: int = 0
    ) -> None:
        self._keys = keys
        self._room = room
        self.names = tuple(dict.fromkeys(name for name in names if name))
        self.spoken = spoken

    @property
    def is_small(self) -> bool:
        """Whether what is said in it could be traced to one of few."""
        return self.spoken < FIVE

    def is_like(self, other: "Group") -> bool:
        """Whether it has the same people, in the same order."""
        return self.names == other.names

    def joined_by(self, name: str) -> "Group":
        """The group with one who has just joined, or itself."""
        if canonical(name) in self.pseudonyms.names:
            return self
        return Group(self._keys, self._room, [*self.names, name], self.spoken)

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """What is shown in their places."""
        return Pseudonyms(self._keys, self._room, self.names)

    @cached_property
    def finder(self) -> Finder:
        """Finds them in texts."""
        return Finder(forms_of(self.pseudonyms))

    def named(self, text: str) -> str:
        """A text that goes to Harmonica: with the people's names in it, as people know no codes."""

        def name(written: re.Match[str]) -> str:
            return self.pseudonyms.meant(written[0]) or written[0]

        return WRITTEN.sub(name, text)
