"""The order in which pages name the people of a session, whatever they do meanwhile."""

import hashlib
import struct
from collections.abc import Sequence
from operator import itemgetter
from typing import NamedTuple

from harmonica_mcp.client.responses import Participant
from harmonica_mcp.server.status import People, Person, micros

_PLACE = struct.Struct(">BQ8s")
_SILENT = 2
_MARKED = 640
"""Of so many people a roll knows who had finished: it stands in a cursor, which stays short."""


class Roll(NamedTuple):
    """Who had finished when the first page was read.

    Of those who had said something by then the longest silent comes first, and who had finished
    after them; who said their first word later, or never, comes last. Their messages tell all of
    that at any time, except who had finished. In a large session that is known of the longest
    silent ones; the others stand among those who go on.
    """

    moment: int
    """When the newest message of all was written, in microseconds since 1970."""
    heard: int
    """How many had said something."""
    finished: int
    """A bit for each of them, the longest silent's lowest."""

    @classmethod
    def taken(cls, people: People) -> "Roll":
        """The roll as it is now."""
        moment = micros(people.newest)
        heard, _ = _heard(people, moment)
        ended = (each.person.finished << n for n, each in enumerate(heard[:_MARKED]))
        return cls(moment, len(heard), sum(ended))

    def placed(self, people: People) -> list[tuple[bytes, Person]]:
        """Everybody with their place, in order; a place sorts as bytes and stays.

        Args:
            people: the same session's, now or later.
        """
        heard, silent = _heard(people, self.moment)
        finished = self._finished(heard)
        places = [
            *(
                (each.place(ended), each.person)
                for each, ended in zip(heard, finished, strict=True)
            ),
            *((each.place(_SILENT), each.person) for each in silent),
        ]
        return sorted(places, key=itemgetter(0))

    def _finished(self, heard: Sequence["_Heard"]) -> list[bool]:
        if len(heard) != self.heard:
            # The host has excluded somebody since: whose bit is whose is no longer known.
            return [each.person.finished for each in heard]
        return [bool(self.finished >> n & 1) for n in range(len(heard))]


class _Heard(NamedTuple):
    """A person, and when they had said their last word by a moment."""

    last: int
    identity: bytes
    person: Person

    def place(self, group: int) -> bytes:
        """Where they stand among those of a group: as they fell silent."""
        return _PLACE.pack(group, self.last, self.identity)


def _heard(people: People, moment: int) -> tuple[list[_Heard], list[_Heard]]:
    """Who had said something by a moment, the longest silent first, and who had not."""
    everybody = [
        _Heard(_last(person, thread, moment), _identity(person), person)
        for person, thread in zip(people.everybody, people.threads, strict=True)
    ]
    heard = sorted((each for each in everybody if each.last), key=itemgetter(0, 1))
    return heard, [each for each in everybody if not each.last]


def _last(person: Person, thread: Participant, moment: int) -> int:
    """When a person had last said something by a moment; 0 for nothing."""
    now = micros(person.last_at)
    if now <= moment:
        return now
    said = (micros(message.created_at) for message in thread.messages)
    return max((at for at in said if at <= moment), default=0)


def _identity(person: Person) -> bytes:
    return hashlib.sha256(person.id.encode()).digest()[:8]
