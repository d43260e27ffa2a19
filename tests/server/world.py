"""A session in which things happen while it is read."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio
import pytest
from hypothesis import strategies as st

from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.reading import Conversations, Filters, read
from tests.server.talks import (
    BEGUN,
    SEAL,
    Harmonica,
)

SECOND = timedelta(seconds=1)


@dataclass
class World:
    """A session in which things happen; what is written is seen up to two seconds later."""

    now: datetime = BEGUN
    threads: dict[str, list[tuple[datetime, Message]]] = field(
        default_factory=dict[str, list[tuple[datetime, Message]]]
    )
    excluded: set[str] = field(default_factory=set[str])
    _count: int = 0

    def write(self, name: str, length: int, lag: float) -> None:
        """Somebody writes, and joins with it the first time."""
        self.now += SECOND / 10
        self._count += 1
        said = Message(
            id=f"msg_{self._count:012}",
            role="user",
            content=b"w" * length,
            created_at=self.now,
        )
        self.threads.setdefault(name, []).append((self.now + lag * SECOND, said))

    def seen(self) -> list[Participant]:
        """What Harmonica shows by now; the order of people means nothing."""
        return [
            Participant(
                participant_id=name,
                participant_name=f"Person {name}",
                messages=[said for at, said in thread if at <= self.now],
            )
            for name, thread in sorted(self.threads.items(), reverse=bool(self._count % 2))
            if name not in self.excluded
        ]


Happening = tuple[str, str, int, float]
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["write", "write", "write", "exclude", "wait"]),
        st.sampled_from("abcdef"),
        st.integers(1, 2_500),
        st.sampled_from([0.0, 0.5, 1.9]),
    ),
    max_size=8,
)


def happen(world: World, happenings: list[Happening]) -> None:
    """Let things happen."""
    for kind, name, length, lag in happenings:
        if kind == "write":
            world.write(name, length, lag)
        elif kind == "exclude":
            world.excluded.add(name)
        else:
            world.now += length * SECOND / 500


class Live(Harmonica):
    """An API that shows a world as it is when asked."""

    def __init__(self, world: World) -> None:
        super().__init__([])
        self.world = world
        self.now = None

    async def list(self, session_id: str) -> list[Participant]:
        """What can be seen by now."""
        self.people, self.now = self.world.seen(), self.world.now.replace(microsecond=0)
        return await super().list(session_id)

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.world.now += seconds * SECOND


async def read_through(
    world: World, between: list[list[Happening]], filters: Filters, budget: int
) -> tuple[list[Conversations], set[str]]:
    """All pages, with what happens between them; and the ids of what is there at the end."""
    api = Live(world)
    found: list[Conversations] = []
    cursor = None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anyio, "sleep", api.sleep)
        while True:
            found.append(await read(api.client, SEAL, filters, budget, cursor))
            cursor = found[-1].next_cursor
            if cursor is None:
                return found, {m.id for person in world.seen() for m in person.messages}
            if between:
                happen(world, between.pop())
