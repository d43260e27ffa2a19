"""Somebody who is told of calls."""

from collections.abc import Iterator

import pytest

from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.observing.calls import Listener, Seen


class Told(Listener):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def ended(self, seen: Seen) -> None:
        """Keep a call."""
        self.seen.append(seen)

    @property
    def last(self) -> Seen:
        """The last call."""
        return self.seen[-1]


@pytest.fixture
def told(served: HarmonicaServer) -> Iterator[Told]:
    """Listen to the server for the time of a test."""
    told = Told()
    served.calls.listeners.append(told)
    yield told
    served.calls.listeners.remove(told)
