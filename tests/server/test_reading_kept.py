"""What is kept of sessions that were read."""

import anyio
import pytest

from harmonica_mcp.server.reading import kept
from harmonica_mcp.server.reading.kept import Heard, Kept, kept_by
from tests.server.clock import on_a_clock_of_its_own
from tests.server.talks import LATER, Harmonica, people_of


def heard(length: int = 10) -> Heard:
    """A session of one person and one message."""
    return Heard(people_of([("Ada", ["x" * length])]), LATER)


async def test_by_caller_and_session() -> None:
    """A session is kept for the caller who read it, and for nobody else."""
    kept_, mine = Kept(), heard()
    kept_.put("caller", "session", mine)
    assert kept_.get("caller", "session") is mine
    assert kept_.get("other", "session") is None
    assert kept_.get("caller", "other") is None


@on_a_clock_of_its_own
async def test_for_a_minute() -> None:
    """A kept session goes after 60 seconds, without being asked for."""
    kept_ = Kept()
    kept_.put("caller", "session", heard())
    await anyio.sleep(59)
    assert kept_.get("caller", "session") is not None
    await anyio.sleep(2)
    assert kept_.get("caller", "session") is None
    assert kept_.size == 0


class Large(Heard):
    """A session that takes 20 MiB."""

    @property
    def size(self) -> int:
        """Bytes of memory."""
        return 20 * 1024 * 1024


async def test_how_much_is_kept() -> None:
    """At most 64 MiB are kept in all, whoever reads what."""
    kept_ = Kept()
    for caller in "abcd":
        kept_.put(caller, "session", Large([], LATER))
    assert [bool(kept_.get(caller, "session")) for caller in "abcd"] == [False, True, True, True]


async def test_within_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest make room; what alone is too large is not kept, nor what it replaces."""
    one = heard().size
    monkeypatch.setattr(kept, "LARGEST", one * 2)
    kept_ = Kept()
    for session in ("first", "second", "third", "third"):
        kept_.put("caller", session, heard())
    assert [bool(kept_.get("caller", name)) for name in ("first", "second", "third")] == [
        False,
        True,
        True,
    ]
    assert kept_.size <= one * 2
    kept_.put("caller", "third", heard(10_000))
    assert kept_.get("caller", "third") is None
    assert kept_.get("caller", "second") is not None


def test_beside_the_pool() -> None:
    """What is kept belongs to a pool, and so to a process; it goes with it."""
    one, other = Harmonica([]), Harmonica([])
    assert kept_by(one.client) is kept_by(one.client)
    assert kept_by(one.client) is not kept_by(other.client)
