"""One authenticated request, as the handlers see it."""

from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime

import anyio

from . import javascript
from .answers import Answer, ServerFault, forbidden
from .faults import Fault
from .records import Access
from .state import Session, Tenant
from .upload import Upload

_BIGINT = 2**63 - 1
Clock = Callable[[], datetime]
Scheduler = Callable[[Coroutine[object, object, Answer | None]], object]


@dataclass
class World:
    """What all tenants of one sandbox share."""

    public_url: str
    clock: Clock
    public_sessions: bool
    schedule: Scheduler
    effects: Counter[str] = field(default_factory=Counter[str])
    tenants: dict[str, Tenant] = field(default_factory=dict[str, Tenant])

    def join_url(self, session: Session) -> str:
        """Give the link that participants open."""
        return f"{self.public_url}/chat?s={session.id}"


@dataclass(frozen=True)
class Call:
    """A request of a known tenant: its path and query values, its body, and the fault it met."""

    world: World
    tenant: Tenant
    operation: str
    path: dict[str, str]
    query: dict[str, str]
    raw: bytes
    upload: Upload | None = None
    fault: Fault | None = None

    def now(self) -> datetime:
        """Read the sandbox's clock."""
        return self.world.clock()

    def happened(self, effect: str, times: int = 1) -> None:
        """Count something that really took place."""
        self.world.effects[effect] += times

    def body(self) -> dict[str, object]:
        """Read the body of a POST: JSON, whose `null` is a 500 and whose other kinds are empty."""
        value = javascript.parse(self.raw)
        if value is None:
            raise ServerFault
        return javascript.as_object(value) or {}

    def session(self, needed: Access = "viewer", refusal: str | None = None) -> Session:
        """Find the session of the path; unknown, foreign and insufficient all answer 403."""
        session = self.tenant.sessions.get(self.path["id"])
        if session is None or not session.allows(needed):
            raise forbidden(refusal) if refusal else forbidden()
        return session

    def page(self) -> tuple[int, int]:
        """Read limit (default 20, clamped to 1..100) and offset (from 0 to a bigint)."""
        limit = javascript.integer(self.query.get("limit"), 20)
        offset = javascript.integer(self.query.get("offset"), 0)
        if offset > _BIGINT:
            raise ServerFault
        return max(1, min(limit, 100)), max(0, offset)

    def in_time(self, work: Callable[[], Answer]) -> Answer:
        """Answer with the facilitator's reply: now, late, or never, as the fault says."""
        if self.fault and self.fault.no_reply:
            return Answer(200)
        if self.fault and self.fault.late_reply is not None:
            self.world.schedule(_later(self.fault.late_reply, work))
            return Answer(200)
        return work()


async def _later(seconds: float, work: Callable[[], Answer]) -> Answer:
    await anyio.sleep(seconds)
    return work()
