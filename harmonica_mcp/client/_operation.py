"""What the client knows of each REST operation before it sends it."""

import math
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

import anyio

from harmonica_mcp.client import errors

PLAIN = 30.0
MODEL = 120.0
LONG_MODEL = 180.0
SCRATCHPAD = 300.0


class Retry(Enum):
    """Which failures of an operation may be followed by a repeat.

    A 429 may be, for every class: the API counts requests before it does any work.
    """

    READ = "read"
    """Also connection errors, 502-504 and, once, a 500."""
    IDEMPOTENT = "idempotent"
    """The same without the 500, which often means bad input."""
    ONCE = "once"
    """Only when the request was never sent: a repeat would duplicate words, work or money."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API, by method and the document's own path template."""

    method: str
    path: str
    retry: Retry
    limit: float = PLAIN
    """Seconds after which a caller is told, waiting for the request budget included."""
    public: bool = False
    """Needs no key, and is sent without one."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def writes(self) -> bool:
        """Whether the operation can change anything."""
        return self.method != "GET"

    @property
    def loose_end(self) -> str:
        """How a sentence ends that tells of a missing or useless answer."""
        if self.retry is Retry.ONCE:
            return "; it may have taken effect, so look before repeating it."
        return "."


@dataclass(slots=True)
class Gate:
    """Until when a caller's requests with an effect may still leave, and whether one did."""

    closes_at: float = math.inf
    """On the event loop's clock."""
    patience: float = 0.0
    """Seconds for which what is half done waits for the gate to be opened again."""
    passed: bool = False
    """Whether a request left that may have taken effect."""
    announce: Callable[[], Awaitable[None]] | None = None
    """Told before the first such request leaves."""
    _moved: anyio.Event = field(default_factory=anyio.Event, init=False)

    @property
    def closed(self) -> bool:
        """Whether nothing may leave any more."""
        return anyio.current_time() >= self.closes_at

    def move(self, closes_at: float) -> None:
        """Close at another moment: earlier, or later again."""
        self.closes_at = closes_at
        self._moved.set()
        self._moved = anyio.Event()

    async def opened(self) -> None:
        """Wait while it is closed, where a part has left already and the rest shall follow."""
        with anyio.move_on_after(self.patience):
            while self.closed and self.passed:
                await self._moved.wait()

    def check(self) -> None:
        """Refuse what comes too late.

        Raises:
            BudgetSpent: It is closed; nothing was sent.
        """
        if self.closed:
            raise errors.BudgetSpent("It was too late to send anything, so nothing was sent.")

    async def about_to_leave(self) -> None:
        """Tell whoever is to know it before a request with an effect leaves."""
        if self.announce and not self.passed:
            await self.announce()

    def leave(self) -> None:
        """Note that a request with an effect leaves this moment.

        Raises:
            BudgetSpent: It is too late; nothing was sent.
        """
        self.check()
        self.passed = True

    @contextmanager
    def undone_if_refused(self) -> Generator[None]:
        """Forget that a request left when it turns out to be refused before any work was done."""
        before = self.passed
        try:
            yield
        except (errors.NotSent, errors.RateLimited):
            self.passed = before
            raise


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send as multipart form data."""

    name: str
    content: bytes = field(repr=False)
    kind: str = "application/octet-stream"
    """Its media type."""


@dataclass(frozen=True, slots=True, eq=False)
class OpenRequest:
    """A request under way that has an effect."""

    operation: Operation
    path: str
    """The path as sent: it names the session, and holds no words."""
    since: datetime

    def __str__(self) -> str:
        return f"{self.operation.method} {self.path}, sent {self.since:%H:%M:%S} UTC"
