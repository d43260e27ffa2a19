"""One call: its signs of life, its time, and what it leaves behind."""

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import pytest

from harmonica_mcp.server.call import BEAT, Call, Progress, current_call, under_way
from harmonica_mcp.server.work import Work
from tests.client import conftest

Clock = conftest.Clock
clock = conftest.clock


@dataclass
class Host:
    """A host that asked for progress or did not, and notes what it is told."""

    clock: Clock
    meta: dict[str, Any] | None = field(default_factory=lambda: {"progress_token": 1})
    told: list[tuple[float, float, str | None]] = field(
        default_factory=list[tuple[float, float, str | None]]
    )
    """When, which number, which words."""
    totals: list[float | None] = field(default_factory=list[float | None])
    broken: bool = False

    @property
    def request_context(self) -> "Host":
        """What the SDK calls the request."""
        return self

    async def report_progress(self, number: float, total: float | None, text: str | None) -> None:
        """Note it."""
        if self.broken:
            raise ConnectionResetError
        self.told.append((round(self.clock.passed), number, text))
        self.totals.append(total)

    @property
    def times(self) -> list[float]:
        """When something was told; numbers must grow."""
        assert all(one[1] < next_[1] for one, next_ in itertools.pairwise(self.told))
        return [time for time, *_ in self.told]

    @property
    def words(self) -> list[str | None]:
        """What was told."""
        return [text for *_, text in self.told]


@pytest.fixture
def host(clock: Clock) -> Host:
    """A host that asked for progress."""
    return Host(clock)


def call_from(host: Host) -> Call:
    """A call of this host."""
    return Call(Progress(cast("Any", host)), Work(), until=anyio.current_time() + 45)


async def test_signs_of_life(host: Host) -> None:
    """They come at once and every ten seconds, repeating what was said last, and end with it."""
    call = call_from(host)
    async with under_way(call):
        await anyio.sleep(15)
        await call.progress.tell("Halfway")
        await anyio.sleep(16)
    await anyio.sleep(100)
    await call.progress.tell("Nobody hears this")
    assert host.times == [0, 10, 15, 20, 30]
    assert host.words == ["Begun", "Begun", "Halfway", "Halfway", "Halfway"]
    assert BEAT == 10


@pytest.mark.parametrize("meta", [None, {}, {"progress_token": None}])
async def test_no_signs_of_life_unasked(clock: Clock, meta: dict[str, Any] | None) -> None:
    """A host that did not ask for progress gets no sign of life."""
    host = Host(clock, meta)
    async with under_way(call_from(host)):
        await anyio.sleep(100)
    assert host.told == []


async def test_a_token_of_zero_is_one(clock: Clock) -> None:
    """A host's token may be 0."""
    host = Host(clock, {"progress_token": 0})
    async with under_way(call_from(host)):
        await anyio.sleep(5)
    assert host.times == [0]


async def test_numbers_grow(host: Host) -> None:
    """What is done may fall behind or pass what is to do; the numbers still grow within totals."""
    progress = call_from(host).progress
    await progress.tell("2 of 5", 2, 5)
    await progress.tell("1 of 5", 1, 5)
    await progress.again()
    await progress.tell("6 of 5", 6, 5)
    assert host.times
    assert [int(number) for _, number, _ in host.told] == [2, 2, 2, 6]
    assert host.totals == [5, 5, None, 6]


async def test_who_joins_is_told_as_well(clock: Clock, host: Host) -> None:
    """A joiner hears what was said last, then what is said, also when the first caller is gone."""
    first, joiner = call_from(host), call_from(other := Host(clock))
    await first.progress.tell("1 of 2", 1, 2)
    first.progress.tell_also(joiner.progress)
    first.progress.tell_also(first.progress)
    async with under_way(joiner):
        await anyio.sleep(1)
        first.progress.end()
        await first.progress.again()
        await first.progress.tell("2 of 2", 2, 2)
    assert host.words == ["1 of 2"]
    assert other.words == ["1 of 2", "2 of 2"]
    assert other.times == [0, 1]


async def test_a_broken_line_does_not_replace_the_answer(host: Host) -> None:
    """A sign of life that cannot be given is nothing to the call."""
    host.broken = True
    answer = None
    async with under_way(call_from(host)):
        await anyio.sleep(30)
        answer = "Hello"
    assert answer == "Hello"


async def test_a_cancel_passes_through(host: Host) -> None:
    """A call that is cancelled ends as cancelled, its signs of life with it."""

    async def wait() -> None:
        async with under_way(call_from(host)):
            await anyio.sleep(1_000)

    task = asyncio.create_task(wait())
    await anyio.sleep(5)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await anyio.sleep(100)
    assert host.times == [0]


async def test_the_current_call(host: Host) -> None:
    """The tool finds its own call, also in a call within a call."""
    outer, inner = call_from(host), call_from(host)
    async with under_way(outer):
        async with under_way(inner):
            assert current_call() is inner
        assert current_call() is outer
    with pytest.raises(LookupError):
        current_call()


async def test_a_question_stops_the_clock(host: Host, clock: Clock) -> None:
    """The time in which the user thinks is not the call's; nor may it send longer than its time."""
    call = call_from(host)
    before = call.until
    call.resume()
    assert call.until == before
    call.asked_at = anyio.current_time()
    await anyio.sleep(300)
    assert call.gate.closed
    call.resume()
    assert call.until == call.gate.closes_at == pytest.approx(before + 300)
    assert not call.gate.closed
    call.resume()
    assert call.until == pytest.approx(before + 300)
    assert clock.passed == pytest.approx(300)
