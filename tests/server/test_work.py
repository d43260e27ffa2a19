"""Calls with an effect: what goes on without its caller, who joins it, who collects it."""

import asyncio
import gc
import logging
import weakref
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import anyio
import pytest
from mcp_types import CallToolResult

from harmonica_mcp.client import errors
from harmonica_mcp.server import work as module
from harmonica_mcp.server.call import Call, Progress, Settle
from harmonica_mcp.server.work import Unfinished, Work
from tests.client import conftest

Clock = conftest.Clock
clock = conftest.clock

LIMIT = 45.0
TEN_MINUTES = 600.0


def done(number: int) -> CallToolResult:
    """What came of it."""
    return CallToolResult(content=[], structured_content={"number": number})


@dataclass
class Deed:
    """Something with an effect, which begins, is sent and ends when the test lets it."""

    begun: int = 0
    sent: int = 0
    may_send: anyio.Event = field(default_factory=anyio.Event)
    was_sent: anyio.Event = field(default_factory=anyio.Event)
    may_end: anyio.Event = field(default_factory=anyio.Event)
    error: Exception | None = None

    def of(self, call: Call) -> Callable[[], Awaitable[CallToolResult]]:
        """The deed as a call begins it."""

        async def begin() -> CallToolResult:
            self.begun += 1
            number = self.begun
            await self.may_send.wait()
            call.gate.leave()
            self.sent += 1
            self.was_sent.set()
            await self.may_end.wait()
            if self.error:
                raise self.error
            return done(number)

        return begin


@dataclass
class Office:
    """The work, and calls of it."""

    work: Work = field(default_factory=Work)

    def call(self, who: str = "me", seconds: float = LIMIT) -> Call:
        """A call that has just arrived."""
        until = anyio.current_time() + seconds
        return Call(Progress(cast("Any", None)), self.work, caller=who, until=until)

    async def ask(
        self, deed: Deed, what: str = "hello", *, call: Call | None = None, turn: str | None = None
    ) -> int | str:
        """Call, and give the number that it answers or the state in which it left the deed."""
        call = call or self.call()
        try:
            identity = (call.caller, "say", what)
            answer = await self.work.perform(call, identity, deed.of(call), turn)
        except Unfinished as unfinished:
            return unfinished.state
        assert answer.structured_content
        return answer.structured_content["number"]

    @property
    def empty(self) -> bool:
        """Whether nothing is held any more."""
        return not self.work._jobs and not self.work._tasks  # pyright: ignore[reportPrivateUsage]


@pytest.fixture
async def office(clock: Clock) -> AsyncGenerator[Office]:
    """An office where time jumps; at its end nothing was forgotten about."""
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    assert clock.passed == 0
    office = Office()
    yield office
    await office.work.aclose()
    assert office.empty
    del office
    # What a test leaves behind is young.
    gc.collect(1)
    assert complaints == []


@pytest.fixture
def deed() -> Deed:
    """A deed that may be sent and end at once."""
    deed = Deed()
    deed.may_send.set()
    deed.may_end.set()
    return deed


@pytest.fixture
def long() -> Deed:
    """A deed that is sent at once and ends when the test says so."""
    deed = Deed()
    deed.may_send.set()
    return deed


@asynccontextmanager
async def under_way(office: Office, deed: Deed, **more: Any) -> AsyncGenerator[asyncio.Task[Any]]:
    """A call that is under way, its request sent."""
    task = asyncio.create_task(office.ask(deed, **more))
    await deed.was_sent.wait()
    yield task
    if not task.done():
        task.cancel()
    await asyncio.wait([task])


async def cancelled(task: asyncio.Task[Any]) -> None:
    """Cancel a call and wait until its caller is gone."""
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def settled() -> None:
    """Let everything happen that can happen now."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_delivered_answer_is_gone(office: Office, deed: Deed) -> None:
    """The result is handed out; the same call afterwards is a new one, and nothing is kept."""
    assert await office.ask(deed) == 1
    assert office.empty
    assert await office.ask(deed) == 2
    assert office.empty


async def test_time_is_up(office: Office, clock: Clock, long: Deed) -> None:
    """What was sent goes on; the next identical call collects it, once, and sends nothing."""
    assert await office.ask(long) == "running"
    assert clock.passed == pytest.approx(LIMIT)
    long.may_end.set()
    await settled()
    assert await office.ask(long) == 1
    assert (long.begun, long.sent) == (1, 1)
    assert office.empty
    assert await office.ask(long) == 2


async def test_time_is_up_before_anything_was_sent(office: Office, clock: Clock) -> None:
    """What was not sent in time never is; the same call begins anew, at once."""
    deed = Deed()
    assert await office.ask(deed) == "not_sent"
    assert clock.passed == pytest.approx(LIMIT)
    again = asyncio.create_task(office.ask(deed))
    await asyncio.sleep(0)
    deed.may_send.set()
    deed.may_end.set()
    assert await again == 2
    assert (deed.begun, deed.sent) == (2, 1)
    assert office.empty


async def test_a_cancel_detaches(office: Office, long: Deed) -> None:
    """A cancel does not cut what was sent; joining it afterwards waits for the one answer."""
    async with under_way(office, long) as first:
        await cancelled(first)
    second = asyncio.create_task(office.ask(long))
    await settled()
    long.may_end.set()
    assert await second == 1
    assert long.sent == 1
    assert office.empty


async def test_a_cancel_before_anything_was_sent(office: Office) -> None:
    """A cancel before anything was sent cancels the whole; nothing is sent later."""
    deed = Deed()
    task = asyncio.create_task(office.ask(deed))
    await settled()
    assert deed.begun == 1
    await cancelled(task)
    deed.may_send.set()
    await settled()
    assert deed.sent == 0
    assert office.empty


async def test_a_cancel_in_the_moment_of_the_answer(office: Office, long: Deed) -> None:
    """A result that its caller did not take for being cancelled waits to be collected."""
    async with under_way(office, long) as first:
        long.may_end.set()
        while office.work._tasks:  # noqa: ASYNC110 # pyright: ignore[reportPrivateUsage]
            await asyncio.sleep(0)
        assert not first.done()
        await cancelled(first)
    assert await office.ask(long) == 1
    assert long.sent == 1


async def test_the_end_of_time_in_the_moment_of_the_answer(office: Office, long: Deed) -> None:
    """A result that comes as the time ends is answered now or collected, never lost."""
    call = office.call(seconds=10)
    answers: list[int | str] = []

    async def end_then() -> None:
        await anyio.sleep_until(call.until)
        long.may_end.set()

    async with anyio.create_task_group() as group:
        group.start_soon(end_then)
        answers.append(await office.ask(long, call=call))
    await settled()
    if answers == ["running"]:
        answers.append(await office.ask(long))
    assert answers[-1] == 1
    assert long.sent == 1
    assert office.empty


async def test_joining(office: Office, long: Deed) -> None:
    """Identical calls at the same time are one, and all of them are answered."""
    async with under_way(office, long) as first:
        second = asyncio.create_task(office.ask(long))
        await settled()
        long.may_end.set()
        assert await first == await second == 1
    assert long.sent == 1
    assert office.empty


async def test_a_joiner_outlives_the_first_caller(office: Office) -> None:
    """Where the first caller goes before anything was sent, it is sent for the one who joined."""
    deed = Deed()
    first, second = (asyncio.create_task(office.ask(deed)) for _ in range(2))
    await settled()
    await cancelled(first)
    deed.may_send.set()
    deed.may_end.set()
    assert await second == 1
    assert (deed.begun, deed.sent) == (1, 1)


async def test_a_joiner_that_leaves_takes_nothing_with_it(office: Office) -> None:
    """Where who joined goes, the first caller is served as if nothing had been."""
    deed = Deed()
    first, second = (asyncio.create_task(office.ask(deed)) for _ in range(2))
    await settled()
    await cancelled(second)
    deed.may_send.set()
    deed.may_end.set()
    assert await first == 1


async def test_a_joiner_brings_its_own_time(office: Office, clock: Clock) -> None:
    """Something may be sent as long as any of its callers has time for it."""
    deed = Deed()
    first = asyncio.create_task(office.ask(deed))
    await anyio.sleep(LIMIT - 1)
    second = asyncio.create_task(office.ask(deed))
    assert await first == "not_sent"
    await anyio.sleep(20)
    deed.may_send.set()
    deed.may_end.set()
    assert await second == 1
    assert clock.passed < 2 * LIMIT


@pytest.mark.parametrize(
    ("who", "what"), [("you", "hello"), ("me", "goodbye")], ids=["caller", "words"]
)
async def test_who_is_not_identical(office: Office, long: Deed, who: str, what: str) -> None:
    """Another caller, or other words, neither join nor collect: they are calls of their own."""
    async with under_way(office, long) as first:
        other = asyncio.create_task(office.ask(long, what, call=office.call(who)))
        await settled()
        long.may_end.set()
        assert (await first, await other) == (1, 2)
    assert await office.ask(long, "running") == 3


async def test_nobody_collects_what_is_anothers(office: Office, long: Deed, deed: Deed) -> None:
    """A result that waits is given to its own caller only."""
    assert await office.ask(long) == "running"
    long.may_end.set()
    await settled()
    deed.begun = 70
    assert await office.ask(deed, call=office.call("you")) == 71
    assert await office.ask(deed, "goodbye") == 72
    assert await office.ask(deed) == 1


async def test_one_turn_at_a_time(office: Office, long: Deed, deed: Deed) -> None:
    """Other words in a turn that is running are refused and never sent; afterwards they go."""
    async with under_way(office, long, turn="Ada"):
        assert await office.ask(deed, "more", turn="Ada") == "not_sent"
        assert await office.ask(deed, "more", turn="Ben") == 1
        long.may_end.set()
        await settled()
        assert await office.ask(deed, "more", turn="Ada") == 2


async def test_what_is_half_done_waits(office: Office, clock: Clock) -> None:
    """After its caller's end nothing more is begun; calling again lets the rest follow, once."""
    parts: list[float] = []

    def in_parts(call: Call) -> Callable[[], Awaitable[CallToolResult]]:
        async def begin() -> CallToolResult:
            for _ in range(3):
                await call.gate.opened()
                call.gate.leave()
                parts.append(clock.passed)
                await anyio.sleep(30)
            return done(len(parts))

        return begin

    async def ask() -> CallToolResult:
        call = office.call()
        return await office.work.perform(call, ("me", "seed", ""), in_parts(call))

    with pytest.raises(Unfinished, match="Still running"):
        await ask()
    await anyio.sleep(300)
    assert parts == [0, pytest.approx(30)]
    assert await ask() == done(3)
    assert parts[2] == pytest.approx(345)
    assert office.empty


async def test_what_is_half_done_is_dropped_in_the_end(office: Office) -> None:
    """Where nobody asks for the rest within ten minutes it ends, and a later call begins anew."""
    begun = 0

    async def ask() -> CallToolResult:
        call = office.call()

        async def begin() -> CallToolResult:
            nonlocal begun
            begun += 1
            for _ in range(2):
                await call.gate.opened()
                call.gate.leave()
                await anyio.sleep(30)
            return done(begun)

        return await office.work.perform(call, ("me", "seed", ""), begin)

    first = asyncio.create_task(ask())
    await anyio.sleep(1)
    await cancelled(first)
    await anyio.sleep(TEN_MINUTES - 1)
    assert not office.empty
    await anyio.sleep(60)
    assert office.empty
    assert begun == 1


async def test_an_error_is_collected_like_a_result(office: Office, long: Deed) -> None:
    """What went wrong without the caller is told to the identical call, once."""
    long.error = errors.Forbidden("Not yours.", status=403)
    assert await office.ask(long) == "running"
    long.may_end.set()
    await settled()
    with pytest.raises(errors.Forbidden):
        await office.ask(long)
    long.error = None
    assert await office.ask(long) == 2


LATER = [
    errors.BudgetSpent("Nothing was sent, try again in 20 seconds."),
    errors.RateLimited("Nothing was done, try again in 20 seconds.", status=429),
    errors.TurnRunning("Nothing was sent, try again in 20 seconds."),
]


def refused(
    error: Exception, *parts: float
) -> Callable[[Call], Callable[[], Awaitable[CallToolResult]]]:
    """Something of which so many parts are done, each in so many seconds, and the next refused."""

    def of(call: Call) -> Callable[[], Awaitable[CallToolResult]]:
        async def begin() -> CallToolResult:
            for seconds in parts:
                call.gate.leave()
                await anyio.sleep(seconds)
            with call.gate.undone_if_refused():
                call.gate.leave()
                raise error

        return begin

    return of


@pytest.mark.parametrize("error", LATER)
async def test_refused_for_now(office: Office, error: Exception) -> None:
    """Where nothing was done for want of a place in line, the state says so, and until when."""
    call = office.call()
    with pytest.raises(Unfinished, match="in 20 seconds") as caught:
        await office.work.perform(call, ("me", "say", ""), refused(error)(call))
    assert caught.value.state == "not_sent"
    assert office.empty


@pytest.mark.parametrize("error", LATER[:2])
async def test_refused_when_half_done(office: Office, error: Exception) -> None:
    """Where a part was done already it is not called unsent; the error says what is missing."""
    call = office.call()
    with pytest.raises(type(error)):
        await office.work.perform(call, ("me", "say", ""), refused(error, 1)(call))


@pytest.mark.parametrize("error", LATER[:2])
async def test_a_refusal_is_not_kept(office: Office, error: Exception) -> None:
    """Where the rest was refused and nobody was there to hear it, asking again begins anew."""
    call = office.call(seconds=1)
    with pytest.raises(Unfinished):
        await office.work.perform(call, ("me", "say", ""), refused(error, 30)(call))
    await anyio.sleep(30)
    assert office.empty


async def test_a_crash_without_a_caller(
    office: Office, long: Deed, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault of ours that nobody waits for is logged with its place, and collected as well."""
    long.error = ZeroDivisionError("secret words")
    assert await office.ask(long) == "running"
    long.may_end.set()
    await settled()
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.message == "say failed after its caller was gone"
    assert record.exc_info
    with pytest.raises(ZeroDivisionError):
        await office.ask(long)


class Client:
    """Something that knows a key."""


async def test_what_is_kept_knows_no_key(
    office: Office, long: Deed, caplog: pytest.LogCaptureFixture
) -> None:
    """While a result or an error waits to be collected, nothing of the call's client is held."""
    # What pytest notes of a log would hold it.
    caplog.set_level(logging.CRITICAL, module.log.name)
    held: list[weakref.ref[Client]] = []

    async def ask(number: int) -> None:
        client, call = Client(), office.call()
        held.append(weakref.ref(client))
        deed = long.of(call)

        async def begin() -> CallToolResult:
            try:
                await deed()
            finally:
                assert client
            raise errors.Forbidden("Not yours.", status=403) if number else ZeroDivisionError

        with pytest.raises(Unfinished):
            await office.work.perform(call, ("me", "say", str(number)), begin)

    await ask(0)
    await ask(1)
    long.may_end.set()
    await settled()
    gc.collect()
    assert [each() for each in held] == [None, None]


async def test_what_nobody_collects_is_dropped(office: Office, long: Deed) -> None:
    """After ten minutes a result is gone by itself, and the same call is a new one."""
    assert await office.ask(long) == "running"
    long.may_end.set()
    await settled()
    await anyio.sleep(TEN_MINUTES - 1)
    assert not office.empty
    await anyio.sleep(2)
    assert office.empty
    assert await office.ask(long) == 2


async def test_results_are_kept_within_bounds(
    office: Office, long: Deed, deed: Deed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When too many wait, who has most of them loses the oldest, and nobody else loses any."""
    monkeypatch.setattr(module, "MOST_KEPT", 3)
    calls = [("you", "1"), ("me", "1"), ("me", "2"), ("me", "3")]
    async with anyio.create_task_group() as group:
        for who, what in calls:
            call = office.call(who)
            group.start_soon(lambda what=what, call=call: office.ask(long, what, call=call))
    assert long.begun == 4
    long.may_end.set()
    await settled()
    deed.begun = 70
    found = [await office.ask(deed, what, call=office.call(who)) for who, what in calls]
    assert found == [1, 71, 3, 4]


async def test_what_goes_on_is_kept_within_bounds(
    office: Office, long: Deed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has too many calls running begins no other, and everybody else does."""
    monkeypatch.setattr(module, "MOST_RUNNING", 2)
    assert await office.ask(long, "1") == "running"
    assert await office.ask(long, "2") == "running"
    assert await office.ask(long, "3") == "not_sent"
    assert await office.ask(long, "2", call=office.call("you")) == "running"
    assert long.begun == 3
    long.may_end.set()
    await settled()
    assert await office.ask(long, "3") == 4
    assert await office.ask(long, "1") == 1
    assert await office.ask(long, "2") == 2


async def test_the_end_of_the_process(office: Office, long: Deed) -> None:
    """At the end what is under way is cut, and whoever still waits learns that it was sent."""
    async with under_way(office, long) as waiting:
        await office.work.aclose()
        assert await waiting == "running"
    assert office.empty


def later(call: Call) -> list[Settle]:
    """Settle the call when the test says so."""
    unsettled: list[Settle] = []

    async def answered(settle: Settle) -> None:
        unsettled.append(settle)

    call.answered = answered
    return unsettled


@pytest.mark.parametrize("heard", [True, False])
async def test_an_answer_that_nobody_hears(office: Office, deed: Deed, *, heard: bool) -> None:
    """A result counts as delivered only where the caller was there when it went out."""
    call = office.call()
    unsettled = later(call)
    assert await office.ask(deed, call=call) == 1
    assert not office.empty
    await unsettled[0](heard)
    assert office.empty is heard
    assert await office.ask(deed) == (2 if heard else 1)
    assert office.empty


async def test_collecting_in_vain_keeps_its_term(office: Office, long: Deed) -> None:
    """Who collects without hearing it does not prolong the ten minutes."""
    assert await office.ask(long) == "running"
    long.may_end.set()
    await anyio.sleep(TEN_MINUTES / 2)
    call = office.call()
    unsettled = later(call)
    assert await office.ask(long, call=call) == 1
    await unsettled[0](False)
    await anyio.sleep(TEN_MINUTES / 2 + 1)
    assert office.empty
