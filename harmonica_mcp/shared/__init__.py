"""What several processes of one server share, so that callers find any of them as good as another.

Client and server know it as `Shared` only; without it each process is on its own. Nothing that goes
there holds a key, an argument or anybody's words in the clear: names are digests, outcomes sealed.
"""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol
from uuid import uuid4

from limits import RateLimitItem


class NotReachable(ValueError):
    """What was given as the address of what is shared is none."""


@dataclass(slots=True, eq=False)
class Claim:
    """A process's claim to do a piece of work.

    Args:
        work: its name, the same for whoever wants the same.
        exclusive: of works with the same value only one goes on at a time; none when empty.
        keep: seconds for which its outcome waits for whoever asks again.
    """

    work: str
    exclusive: str = ""
    keep: float = 600.0
    token: str = field(default_factory=lambda: uuid4().hex)
    """Tells this attempt from all others."""
    sent: bool = False
    """Whether it may have had an effect."""
    followed: str = ""
    """The attempt of another process that this one waits for."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a piece of work stands among all processes."""

    state: Literal["mine", "theirs", "beside", "ended"]
    """Claimed now; done by another process; held up by another work; there is an outcome."""
    token: str = ""
    """Whose it is."""
    sent: bool = False
    """Whether it may have had an effect already."""
    outcome: str = ""
    """What it came to, sealed; empty when its process ended before it knew."""


class Shared(Protocol):
    """What processes tell each other. Answers None where it cannot be reached."""

    async def open(self) -> None:
        """Try it; what is wrong is told in the log."""
        ...

    async def hit(self, item: RateLimitItem, digest: str) -> bool | None:
        """Count a request; tells whether it is within the budget of all processes."""
        ...

    async def reset_time(self, item: RateLimitItem, digest: str) -> float | None:
        """When the budget is full again, in seconds since 1970."""
        ...

    def turn(self, name: str, seconds: float) -> AbstractAsyncContextManager[bool]:
        """Wait up to so long for a turn and keep it; false when others kept it for longer."""
        ...

    async def first_use(self, mark: str, seconds: float) -> bool:
        """Whether nobody has used this mark in so many seconds; from now on somebody has."""
        ...

    async def known(self, work: str) -> bool:
        """Whether such work goes on somewhere, or its outcome waits to be collected."""
        ...

    async def stand(self, claim: Claim) -> Standing | None:
        """Claim a piece of work where nobody has; tells how it stands."""
        ...

    def working(self, claim: Claim) -> AbstractAsyncContextManager[None]:
        """Let others know, for as long as the context lasts, that this process is at it."""
        ...

    async def about_to_send(self, claim: Claim) -> None:
        """Let others know that the work has an effect from now on."""
        ...

    async def end(self, claim: Claim, outcome: str | None) -> bool:
        """Give up a claim, with an outcome or as if it had never been; true when that is known."""
        ...

    async def forget(self, claim: Claim) -> None:
        """Forget an outcome that its caller has heard."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


def through_redis(url: str) -> Shared:
    """What is shared through a Redis server, which is connected to on first use.

    Raises:
        ImportError: The extra `redis` is not installed.
        NotReachable: That is no address of one.
    """
    from harmonica_mcp.shared.replicas import Replicas  # noqa: PLC0415 - only with the extra

    return Replicas(url)
