"""Participation over time: how many messages were written, and who joined, in equal steps."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel

from harmonica_mcp.client.responses import Participant
from harmonica_mcp.server.result import iso
from harmonica_mcp.server.status import Person

_MOST = 32
_HOURS = (1, 6, 24, 168)
# A Monday, so that steps of a week begin on one.
_ORIGIN = datetime(1970, 1, 5, tzinfo=UTC)


class Timeline(BaseModel):
    """Equal steps of time, each with what happened in it."""

    begins_at: str | None
    step_hours: int
    messages: list[int]
    """Participants' own."""
    joined: list[int]


def timeline(threads: Sequence[Participant], people: Iterable[Person]) -> Timeline | None:
    """The steps from the first own message to the last; None where no time is told."""
    said = [
        message.created_at
        for thread in threads
        for message in thread.messages
        if message.own_words and message.created_at
    ]
    came = [person.first_at for person in people if person.first_at]
    if not (moments := said + came):
        return None
    hours = _step(max(moments) - min(moments))
    first, last = _number(min(moments), hours), _number(max(moments), hours)
    steps = range(first, last + 1)
    written = Counter(_number(moment, hours) for moment in said)
    arrived = Counter(_number(moment, hours) for moment in came)
    return Timeline(
        begins_at=iso(_ORIGIN + first * timedelta(hours=hours)),
        step_hours=hours,
        messages=[written[step] for step in steps],
        joined=[arrived[step] for step in steps],
    )


def _step(span: timedelta) -> int:
    """The shortest step of which there are few enough; weeks in the end."""
    hours = -(-span // timedelta(hours=1))
    weeks = -(-hours // (_HOURS[-1] * _MOST))
    return next((step for step in _HOURS if hours <= step * _MOST), _HOURS[-1] * weeks)


def _number(moment: datetime, hours: int) -> int:
    return (moment - _ORIGIN) // timedelta(hours=hours)
