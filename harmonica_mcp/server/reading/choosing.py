"""Which of a session's messages are asked for, as threads that pages can be cut from."""

import bisect
import hashlib
import itertools
import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.guard import one_line

View = Literal["dialogue", "participants_only", "outline"]

BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
UNKNOWN = BEFORE_ALL + timedelta(microseconds=1)
"""The time of a message that has none, and stands before all that have."""
_ID_BYTES = 64


class Key(NamedTuple):
    """Where a participant stands among the others; the same on every page, whoever joins."""

    joined: datetime = BEFORE_ALL
    id: bytes = b""
    twin: int = 0


class Filters(NamedTuple):
    """What a caller asks for.

    Args:
        view: dialogue with the facilitator's turns, participants_only without them; outline one
            entry per participant.
        participant: only this id, or names that contain it in any case.
        query: only own messages with all these words, in any case; a dialogue shows before each
            what it answers.
        since: only messages later than this.
        min_messages: only people who wrote at least so many messages themselves.
        joined_since: only people who joined then or later.
        joined_until: only people who joined then or earlier.
    """

    view: View = "dialogue"
    participant: str | None = None
    query: str | None = None
    since: datetime | None = None
    min_messages: int = 0
    joined_since: datetime | None = None
    joined_until: datetime | None = None

    @property
    def digest(self) -> bytes:
        """Tells these filters from others, in eight bytes."""
        return hashlib.sha256(json.dumps(self, default=str).encode()).digest()[:8]


class Thread(NamedTuple):
    """What is asked for of one conversation, oldest first."""

    key: Key
    person: Participant
    said: list[Message]
    times: list[datetime]
    """Of each message, rising; in an outline only of the first."""
    own_times: list[datetime]
    """Of all that the participant wrote, asked for or not."""

    def between(self, after: datetime, until: datetime, least: int) -> range:
        """The messages of a span of time, if the participant had written enough by its end.

        Who came to enough within it tells with it what stands before.
        """
        if bisect.bisect_right(self.own_times, until) < least:
            return range(0)
        known = bisect.bisect_right(self.own_times, after) >= least
        begin = bisect.bisect_right(self.times, after) if known else 0
        return range(begin, bisect.bisect_right(self.times, until))


def moment(name: str, text: str | None) -> datetime | None:
    """A time that a caller gave; UTC where it names no zone.

    Raises:
        InvalidInput: It is no time.
    """
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
        return given.astimezone(UTC) if given.tzinfo else given.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(f"{name} must be a time like 2026-11-22T09:00:00Z.") from None


def choose(people: Iterable[Participant], filters: Filters) -> list[Thread]:
    """The threads that fit, in the order in which people joined."""
    chosen: list[Thread] = []
    twins = Counter[tuple[datetime, bytes]]()
    for person in people:
        if filters.participant is not None and not _is_meant(person, filters.participant):
            continue
        messages, times = _in_order(person.messages)
        joined = times[0] if times else UNKNOWN
        place = joined, person.participant_id.encode()[:_ID_BYTES]
        own_times = [at for at, each in zip(times, messages, strict=True) if each.own_words]
        said, times = _asked_for(messages, times, filters)
        if said and _joined_in_time(joined, filters):
            key = Key(*place, twins[place])
            chosen.append(Thread(key, person, said, times, own_times))
        twins[place] += 1
    return sorted(chosen, key=lambda thread: thread.key)


def _is_meant(person: Participant, participant: str) -> bool:
    # As it is shown: nobody can type what was cleaned out of a name.
    name = _plain(one_line(person.participant_name or ""))
    return person.participant_id == participant or _plain(one_line(participant)) in name


def _joined_in_time(joined: datetime, filters: Filters) -> bool:
    since, until = filters.joined_since, filters.joined_until
    return (since is None or joined >= since) and (until is None or joined <= until)


def _in_order(messages: Sequence[Message]) -> tuple[list[Message], list[datetime]]:
    """By time; what has no time counts as said with what stands before it."""
    if all(message.created_at for message in messages):
        messages = sorted(messages, key=_place)
    known = (message.created_at or UNKNOWN for message in messages)
    return list(messages), list(itertools.accumulate(known, max))


def _place(message: Message) -> tuple[datetime, bool, str]:
    # Some are stored together: words stand before what answers them.
    return message.created_at or UNKNOWN, message.role != "user", message.id


def _asked_for(
    messages: Sequence[Message], times: Sequence[datetime], filters: Filters
) -> tuple[list[Message], list[datetime]]:
    fits = _fitting(messages, filters)
    said: list[Message] = []
    when: list[datetime] = []
    for number, message in enumerate(messages):
        # What a message answers belongs to it: it comes with it, and so at its time.
        leads = filters.query and filters.view == "dialogue" and any(fits[number + 1 : number + 2])
        at = times[number + 1] if leads and not fits[number] else times[number]
        if (fits[number] or leads) and (filters.since is None or at > filters.since):
            said.append(message)
            when.append(at)
    return said, when[:1] if filters.view == "outline" else when


def _fitting(messages: Iterable[Message], filters: Filters) -> list[bool]:
    words = _plain(filters.query or "").split()
    if not words:
        everything = filters.view != "participants_only"
        return [everything or message.own_words for message in messages]
    return [
        message.own_words and all(word in text for word in words)
        for message in messages
        for text in [_plain(message.content) if message.own_words else ""]
    ]


def _plain(text: str) -> str:
    return text.casefold() if text.isascii() else unicodedata.normalize("NFKC", text.casefold())
