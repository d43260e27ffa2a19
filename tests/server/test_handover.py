"""Work among processes: done by one, told to all, and sealed on its way."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import Any, cast
from uuid import uuid4

import anyio
import pytest
from mcp_types import CallToolResult

from harmonica_mcp.client import errors
from harmonica_mcp.server import handover as module
from harmonica_mcp.server.call import Call, Progress
from harmonica_mcp.server.handover import Crashed, Handover
from harmonica_mcp.server.work import Unfinished, Work
from harmonica_mcp.shared.replicas import Replicas
from tests.shared.servers import RedisServer, everything_in, serving_redis, until, url_of

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture(scope="module")
def redis() -> Generator[RedisServer]:
    """A Redis server."""
    with serving_redis("fake") as server:
        yield server


Make = Callable[..., Work]


@pytest.fixture
async def process(redis: RedisServer) -> AsyncGenerator[Make]:
    """Make the work of one process."""
    made: list[tuple[Work, Replicas]] = []

    def make(*secrets: bytes) -> Work:
        shared = Replicas(url_of(redis))
        work = Work(Handover(shared, secrets or (OLD,)))
        made.append((work, shared))
        return work

    yield make
    for work, shared in made:
        await work.aclose()
        await shared.aclose()


class Deed:
    """Something with an effect that ends when the test lets it."""

    def __init__(self, *, sends: bool = True, error: Exception | None = None) -> None:
        self.identity = ("me", "say", uuid4().hex)
        self.begun = 0
        self.sends = sends
        self.error = error
        self.at_work, self.may_end = asyncio.Event(), asyncio.Event()

    def of(self, call: Call) -> Callable[[], Awaitable[CallToolResult]]:
        """The deed as a call begins it."""

        async def begin() -> CallToolResult:
            self.begun += 1
            if self.sends:
                await call.gate.about_to_leave()
                call.gate.leave()
            self.at_work.set()
            await self.may_end.wait()
            if self.error:
                raise self.error
            return CallToolResult(content=[], structured_content={"number": self.begun})

        return begin

    async def ask(self, work: Work, seconds: float = 20, turn: str | None = None) -> Any:
        """Call, and give the number that it answers or the state in which it left the deed."""
        call = Call(Progress(cast("Any", None)), work, until=anyio.current_time() + seconds)
        try:
            done = await work.perform(call, self.identity, self.of(call), turn, "GET /sessions")
        except Unfinished as unfinished:
            return unfinished.state
        facts: dict[str, Any] = done.structured_content or {}
        return facts["number"]

    async def leave(self, work: Work) -> None:
        """Begin it, and leave while it goes on."""
        asking = asyncio.create_task(self.ask(work))
        await self.at_work.wait()
        asking.cancel()
        await asyncio.wait([asking])

    async def end(self, redis: RedisServer) -> None:
        """Let it end, and wait until others know."""
        self.may_end.set()

        async def known() -> bool:
            return "'phase': 'ended'" in everything_in(redis)

        await until(known)

    async def followed(self, work: Work) -> None:
        """Wait until another process waits for it."""

        async def follows() -> bool:
            jobs = work._jobs  # pyright: ignore[reportPrivateUsage]
            part = jobs[self.identity].part if self.identity in jobs else None
            return bool(part and part.follows)

        await until(follows)


@pytest.mark.parametrize("secrets", [(OLD,), (NEW, OLD)])
async def test_a_result_is_collected_elsewhere_once(
    process: Make, redis: RedisServer, secrets: tuple[bytes, ...]
) -> None:
    """Any process hands it out, also one that seals with another secret by now; then it is gone."""
    one, two, deed = process(OLD), process(*secrets), Deed()
    await deed.leave(one)
    assert await two.knows(deed.identity)
    await deed.end(redis)
    assert await deed.ask(two) == 1
    assert not await two.knows(deed.identity)
    assert await deed.ask(one) == 2


async def test_all_who_wait_hear_it(process: Make) -> None:
    """Calls in both processes that wait for one deed get the one answer."""
    one, two, deed = process(), process(), Deed()
    asking = [asyncio.create_task(deed.ask(one))]
    await deed.at_work.wait()
    asking += [asyncio.create_task(deed.ask(work)) for work in (one, two, two)]
    assert await deed.ask(two, 0.3) == "running"
    deed.may_end.set()
    assert await asyncio.gather(*asking) == [1, 1, 1, 1]


async def test_what_came_to_nothing_is_begun_anew_by_who_waited(process: Make) -> None:
    """A deed that failed before it was sent is begun by the process that waited for it."""
    one, two, deed = process(), process(), Deed(sends=False, error=errors.NotSent("Not now."))
    first = asyncio.create_task(deed.ask(one))
    await deed.at_work.wait()
    second = asyncio.create_task(deed.ask(two))
    await deed.followed(two)
    deed.may_end.set()
    for asking in (first, second):
        with pytest.raises(errors.NotSent, match="Not now"):
            await asking
    assert deed.begun == 2


async def test_who_waits_in_vain_leaves_nothing(process: Make) -> None:
    """A process whose callers have all left does not go on waiting for another's."""
    one, two, deed = process(), process(), Deed()
    await deed.leave(one)
    assert await deed.ask(two, 0.2) == "running"
    assert not two._jobs  # pyright: ignore[reportPrivateUsage]


async def test_one_at_a_time_among_all(process: Make) -> None:
    """While one process is at it, another refuses what excludes it."""
    one, two, deed, other = process(), process(), Deed(), Deed()
    turn = uuid4().hex
    asking = asyncio.create_task(deed.ask(one, turn=turn))
    await deed.at_work.wait()
    assert await other.ask(two, turn=turn) == "not_sent"
    deed.may_end.set()
    assert await asking == 1
    other.may_end.set()
    assert await other.ask(two, turn=turn) == 1


LOST = errors.Unsettled("Lost: check with {check}.", check="GET /sessions")
PAID = errors.PaymentRequired("Too little.", status=402, detail="Its own words")
PAID.cost_cents = 5


class Stranger(errors.Forbidden):
    """An error that only the server knows."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (LOST, errors.Unsettled),
        (PAID, errors.PaymentRequired),
        (Stranger("Not yours.", status=403), errors.Forbidden),
        (ZeroDivisionError("words"), Crashed),
    ],
)
async def test_an_error_is_collected_as_well(
    process: Make, redis: RedisServer, error: Exception, kind: type[Exception]
) -> None:
    """What a deed failed with is told by any process alike; a crash says little."""
    one, two, deed = process(), process(), Deed(error=error)
    await deed.leave(one)
    await deed.end(redis)
    with pytest.raises(kind) as told:
        await deed.ask(two)
    assert type(told.value) is kind
    if kind is Crashed:
        assert "words" not in str(told.value)
    else:
        assert (str(told.value), vars(told.value)) == (str(error), vars(error))


async def test_what_another_secret_sealed_is_not_known(process: Make, redis: RedisServer) -> None:
    """A process that has lost the secret says that it may have happened, and where to look."""
    one, two, deed = process(OLD), process(NEW), Deed()
    await deed.leave(one)
    await deed.end(redis)
    with pytest.raises(errors.Unsettled, match="check with GET /sessions") as told:
        await deed.ask(two)
    assert told.value.may_have_happened


async def test_a_process_that_ends_in_order_says_so(process: Make) -> None:
    """What it cuts after it was sent is told by the next process, who knows no tool for it."""
    one, two, deed = process(), process(), Deed()
    await deed.leave(one)
    await one.aclose()
    call = Call(Progress(cast("Any", None)), two, until=anyio.current_time() + 20)
    with pytest.raises(errors.Unsettled, match="look in the Harmonica web app"):
        await two.perform(call, deed.identity, deed.of(call))
    deed.may_end.set()
    assert await deed.ask(two) == 2


async def test_what_was_cut_before_it_was_sent_is_begun_anew(process: Make) -> None:
    """A process that ends before it sent anything leaves nothing behind."""
    one, two, deed = process(), process(), Deed(sends=False)
    asking = asyncio.create_task(deed.ask(one))
    await deed.at_work.wait()
    await one.aclose()
    asking.cancel()
    deed.may_end.set()
    assert await deed.ask(two) == 2


async def test_redis_is_lost_while_one_waits(
    process: Make, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for another process begins nothing while Redis is lost: it goes on."""
    monkeypatch.setattr(module, "_LONGEST_LOOK", 0.1)
    one, two, deed = process(), process(), Deed()
    first = asyncio.create_task(deed.ask(one))
    await deed.at_work.wait()
    second = asyncio.create_task(deed.ask(two, 3))
    await deed.followed(two)
    redis.stop()
    try:
        assert await second == "running"
        assert deed.begun == 1
        deed.may_end.set()
        assert await first == 1
        assert await deed.ask(two) == 2
    finally:
        redis.start()


async def test_without_redis_a_process_keeps_its_own(process: Make, redis: RedisServer) -> None:
    """While Redis is lost an uncollected result waits in its process."""
    one, deed = process(), Deed()
    redis.stop()
    try:
        await deed.leave(one)
        deed.may_end.set()
        assert await deed.ask(one) == 1
        assert deed.begun == 1
    finally:
        redis.start()
