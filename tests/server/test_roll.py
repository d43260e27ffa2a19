"""The order in which people are named page by page."""

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from harmonica_mcp.client.responses import Responses
from harmonica_mcp.server.roll import Roll
from harmonica_mcp.server.status import People, people_of

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


class Talk(NamedTuple):
    """A conversation: when its person spoke, in minutes after noon, and whether they go on."""

    name: str
    said: list[int]
    active: bool

    def body(self) -> dict[str, Any]:
        """As the API tells it."""
        times = [(NOON + timedelta(minutes=minute)).isoformat() for minute in self.said]
        said = [{"role": "user", "content": "Yes.", "created_at": at} for at in times]
        return {"participant_id": self.name, "messages": said, "active": self.active}


def people(talks: list[Talk]) -> People:
    """The people of these conversations."""
    threads = Responses.model_validate({"data": [talk.body() for talk in talks]}).data
    return People(threads, people_of(threads), None)


def places(roll: Roll, talks: list[Talk]) -> dict[str, bytes]:
    """The place of everybody."""
    return {person.id: place for place, person in roll.placed(people(talks))}


minutes = st.lists(st.integers(0, 100))
later = st.lists(st.integers(101, 200))


@given(st.lists(st.tuples(minutes, st.booleans(), later, st.booleans())), later)
def test_nobody_moves(
    known: list[tuple[list[int], bool, list[int], bool]], newcomer: list[int]
) -> None:
    """Speaking, speaking again, finishing and joining change nobody's place in the list."""
    first = [Talk(f"P{n}", said, active) for n, (said, active, _, _) in enumerate(known)]
    then = [Talk(f"P{n}", said + more, stays) for n, (said, _, more, stays) in enumerate(known)]
    roll = Roll.taken(people(first))
    before = places(roll, first)
    after = places(roll, [*reversed(then), Talk("New", newcomer, active=True)])
    assert {name: after[name] for name in before} == before
    assert after["New"] > max((before[talk.name] for talk in first if talk.said), default=b"")


@given(st.lists(st.tuples(minutes, st.booleans())))
def test_order(known: list[tuple[list[int], bool]]) -> None:
    """The longest silent comes first, who has finished after them, who never spoke last."""
    talks = {f"P{n}": Talk(f"P{n}", *each) for n, each in enumerate(known)}
    now = people(list(talks.values()))
    shown = [talks[person.id] for _, person in Roll.taken(now).placed(now)]
    keys = [
        (not talk.said, bool(talk.said) and not talk.active, max(talk.said, default=0))
        for talk in shown
    ]
    assert keys == sorted(keys)
    assert len(shown) == len(talks)


def test_somebody_excluded() -> None:
    """When the host excludes somebody between two pages, everybody else is still in the list."""
    talks = [
        Talk("Ada", [1], active=True),
        Talk("Bo", [2], active=False),
        Talk("Cy", [3], active=True),
    ]
    roll = Roll.taken(people(talks))
    names = [person.id for _, person in roll.placed(people(talks[1:]))]
    assert names == ["Cy", "Bo"]


def test_a_large_session() -> None:
    """Of more people than a cursor has room for, the longest silent still come first in each part.

    Who had finished among the latest to speak stands where they fell silent; nobody moves.
    """
    talks = [Talk(f"P{n}", [n], active=n % 3 == 0) for n in range(2_000)]
    roll = Roll.taken(people(talks))
    before = places(roll, talks)
    turned = [talk._replace(said=[*talk.said, 3_000], active=not talk.active) for talk in talks]
    assert places(roll, turned) == before
    named = sorted(before, key=before.__getitem__)
    ended = [n for n in range(640) if n % 3]
    others = [n for n in range(2_000) if n >= 640 or n % 3 == 0]
    assert named == [f"P{n}" for n in [*others, *ended]]
