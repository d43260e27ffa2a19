"""In which order messages are told: round by round, within spans of time that stay as they are.

A page's cursor says where the next one begins by things that do not move when people write, join or
are excluded in between: a span of time, a round, and the order key of a participant.
"""

import itertools
import struct
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.responses import Message
from harmonica_mcp.server.reading.choosing import BEFORE_ALL, Filters, Key, Thread
from harmonica_mcp.server.sealing import Seal

_FORM = struct.Struct(">8sQQIIQH")
_MICROSECOND = timedelta(microseconds=1)
# The API's clock has whole seconds, so its time comes up to one late.
_SECOND = timedelta(seconds=1)
_SOON = timedelta(seconds=4)


class Window(NamedTuple):
    """A span of time, without its beginning and with its end."""

    after: datetime
    until: datetime


class Place(NamedTuple):
    """Where a page begins."""

    window: Window
    round: int = 0
    key: Key = Key()
    offset: int = 0
    """Characters of the first message that the page before has shown."""

    def sealed(self, seal: Seal, filters: Filters) -> str:
        """The place as a cursor for these filters only."""
        after, until, joined = map(_number, (*self.window, self.key.joined))
        place = after, until, self.round, self.offset, joined, self.key.twin
        return seal.seal(_FORM.pack(filters.digest, *place) + self.key.id)

    @classmethod
    def opened(cls, cursor: str, seal: Seal, filters: Filters) -> "Place":
        """The place of a cursor.

        Raises:
            InvalidInput: It is none of ours, or was made with other filters.
        """
        payload = seal.open(cursor)
        digest, after, until, number, offset, joined, twin = _FORM.unpack_from(payload)
        if digest != filters.digest:
            raise InvalidInput(
                "This cursor goes on with other arguments than it was made with: repeat "
                "them, only max_tokens may differ, or leave it out to begin again."
            )
        key = Key(_time(joined), payload[_FORM.size :], twin)
        return cls(Window(_time(after), _time(until)), number, key, offset)


class Turn(NamedTuple):
    """One message in its place."""

    place: Place
    thread: Thread
    message: Message


class Order(NamedTuple):
    """All that fits, in the order in which it is told.

    Args:
        threads: in the order in which people joined.
        settled: the time up to which nothing can be added any more.
        least: own messages that somebody must have written to be told.
    """

    threads: Sequence[Thread]
    settled: datetime
    least: int = 0

    @property
    def beginning(self) -> Place:
        """Where the first page begins."""
        return Place(Window(BEFORE_ALL, self.settled))

    def turns(self, place: Place) -> Iterator[Turn]:
        """The turns from this place on, then what is newer as rounds of their own."""
        for window in self._windows(place.window):
            begin = place if window == place.window else Place(window)
            yield from self._rounds(begin)

    def left(self, place: Place) -> int:
        """How many turns there are from this place on."""
        number = 0
        for window in self._windows(place.window):
            begin = place if window == place.window else Place(window)
            for thread in self.threads:
                told = begin.round + (thread.key < begin.key)
                number += max(len(thread.between(*window, self.least)) - told, 0)
        return number

    def is_open(self, window: Window) -> bool:
        """Whether something may still be added to this span of time."""
        return window.until > self.settled

    def unsettled(self, place: Place | None) -> float:
        """Seconds to wait until nothing can be added before this place.

        None to wait where it would not help: the messages' times are ahead of the API's clock.
        """
        if place is None or place == Place(place.window):
            return 0
        ahead = place.window.until - self.settled
        return (ahead + _SECOND).total_seconds() if timedelta() < ahead <= _SOON else 0

    def _windows(self, first: Window) -> Iterator[Window]:
        settled = max(first.until, self.settled)
        newest = max((thread.times[-1] for thread in self.threads), default=settled)
        ends = first.until, settled, max(settled, newest)
        yield first
        for after, until in itertools.pairwise(ends):
            if after < until:
                yield Window(after, until)

    def _rounds(self, begin: Place) -> Iterator[Turn]:
        """Everybody's first message, then everybody's second, and so on."""
        live = [(thread, thread.between(*begin.window, self.least)) for thread in self.threads]
        longest = max((len(span) for _, span in live), default=0)
        for number in range(begin.round, longest):
            live = [(thread, span) for thread, span in live if number < len(span)]
            for thread, span in live:
                if number > begin.round or thread.key >= begin.key:
                    place = Place(begin.window, number, thread.key)
                    yield Turn(place, thread, thread.said[span[number]])


def _number(moment: datetime) -> int:
    return (moment - BEFORE_ALL) // _MICROSECOND


def _time(number: int) -> datetime:
    return BEFORE_ALL + number * _MICROSECOND
