"""Participants on a stage: who joins, speaks and finishes, at a time of the test's."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from harmonica_mcp.sandbox.state import BEGIN_TURN, CONTEXT_TURN, Message, Role, Session, Thread
from tests.server.wire import Json

_SECOND = timedelta(seconds=1)


@dataclass
class People:
    """Who takes part in a session."""

    session: Session
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def join(self, name: str | None, at: datetime, said: int = 0) -> Thread:
        """Join as people do by the link, with an opening, and speak so many times."""
        number = next(self._numbers)
        thread = Thread(f"t{number}", f"row-{number:04}", f"p{number}", name, at)
        self.session.threads.append(thread)
        _add(thread, "user", f"{CONTEXT_TURN}\nRole: baker", at)
        _add(thread, "user", BEGIN_TURN, at)
        _add(thread, "assistant", "Welcome.", at)
        for turn in range(said):
            say(thread, at + (turn + 1) * _SECOND)
        return thread

    def join_all(self, names: Iterable[str], at: datetime, said: int = 1) -> None:
        """Join one after another."""
        for name in names:
            self.join(name, at, said)


def say(thread: Thread, at: datetime) -> None:
    """Speak, and be answered at once."""
    _add(thread, "user", "More light would help.", at)
    _add(thread, "assistant", "Why?", at)


def counted(identity: str, **fields: object) -> Json:
    """A participant as list mode shows it."""
    return {"participant_id": identity, "participant_name": identity.title(), **fields}


def _add(thread: Thread, role: Role, words: str, at: datetime) -> None:
    thread.messages.append(Message(f"{thread.id}-{len(thread.messages)}", role, words, at))
