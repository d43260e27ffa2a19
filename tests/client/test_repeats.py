"""What is sent again by itself, how often, and when."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import errors
from tests.client.api import Reply, envelope, page, speaking_to
from tests.client.conftest import Clock

pytestmark = pytest.mark.usefixtures("clock")
Call = Callable[[HarmonicaClient], Awaitable[object]]

SESSION = {"id": "hst_1", "topic": "Tea", "goal": "Choose"}
REPLY = {"message": {"role": "assistant", "content": "Welcome.", "is_final": False}}
NO_CONNECTION = Reply(error=httpx2.ConnectError("refused"))
CUT = Reply(error=ConnectionResetError())
LIMITED = Reply(429, envelope("rate_limited", "Wait."), {"retry-after": "7"})


def read(client: HarmonicaClient) -> Awaitable[object]:
    """A `read` operation."""
    return client.sessions.get("hst_1")


def change(client: HarmonicaClient) -> Awaitable[object]:
    """An `idempotent` operation."""
    return client.sessions.update("hst_1", topic="Tea")


def say(client: HarmonicaClient) -> Awaitable[object]:
    """A `once` operation."""
    return client.chat.send("hst_1", "Green tea.", participant_name="Ann")


@pytest.mark.parametrize(
    ("call", "reply", "times"),
    [
        (read, NO_CONNECTION, 4),
        (read, CUT, 4),
        (read, Reply(502), 4),
        (read, Reply(503), 4),
        (read, Reply(504), 4),
        (read, Reply(500), 2),
        (read, Reply(501), 1),
        (read, Reply(200, "no JSON"), 1),
        (read, Reply(403, envelope("forbidden", "No")), 1),
        (change, NO_CONNECTION, 4),
        (change, CUT, 4),
        (change, Reply(502), 4),
        (change, Reply(500), 1),
        (change, Reply(400), 1),
        (say, NO_CONNECTION, 4),
        (say, CUT, 1),
        (say, Reply(500), 1),
        (say, Reply(502), 1),
        (say, Reply(504), 1),
        (say, Reply(200, "no JSON"), 1),
        (say, Reply(400), 1),
    ],
)
async def test_how_often_a_failure_is_repeated(call: Call, reply: Reply, times: int) -> None:
    """Reads and idempotent calls go out four times in all, `once` only while nothing was sent."""
    client, api = speaking_to(reply)
    with pytest.raises(errors.HarmonicaError):
        await call(client)
    assert len([sent for sent in api.requests if sent.method != "GET" or call is read]) == times


@pytest.mark.parametrize("call", [read, change, say])
@pytest.mark.parametrize("failure", [LIMITED, NO_CONNECTION])
async def test_a_repeat_can_succeed(call: Call, failure: Reply) -> None:
    """A call that was refused before any work was done succeeds when its repeat does."""
    answer = Reply(200, REPLY if call is say else SESSION)
    client, api = speaking_to(failure, failure, answer)
    assert await call(client)
    assert len(api.requests) == 3


async def test_the_same_request_is_sent_again() -> None:
    """A repeat carries the same words to the same place."""
    client, api = speaking_to(LIMITED, Reply(200, REPLY))
    await say(client)
    first, second = api.requests
    assert (first.path, first.body) == (second.path, second.body)


@pytest.mark.parametrize("call", [read, change, say])
async def test_retry_after_is_waited_out(call: Call, clock: Clock) -> None:
    """A 429 is followed by a repeat after exactly the seconds that it names, for every class."""
    client, _ = speaking_to(LIMITED, Reply(200, REPLY if call is say else SESSION))
    await call(client)
    assert clock.passed == pytest.approx(7.0)


async def test_a_wait_beyond_the_time_limit_fails_at_once(clock: Clock) -> None:
    """When `Retry-After` passes the limit of 30 s, the call fails now and says the seconds."""
    client, api = speaking_to(Reply(429, headers={"retry-after": "31"}))
    with pytest.raises(errors.RateLimited) as caught:
        await read(client)
    assert caught.value.retry_after == 31.0
    assert len(api.requests) == 1
    assert clock.passed < 0.1


async def test_a_429_is_repeated_as_long_as_time_allows(clock: Clock) -> None:
    """Being refused before any work costs nothing, so only the time limit ends it."""
    client, api = speaking_to(LIMITED)
    with pytest.raises(errors.RateLimited):
        await read(client)
    assert len(api.requests) == 5
    assert clock.passed == pytest.approx(28.0)


async def test_a_500_is_repeated_once_for_a_read_after_a_second(clock: Clock) -> None:
    """A read that met a passing fault succeeds one second later."""
    client, _ = speaking_to(Reply(500), Reply(200, SESSION))
    await read(client)
    assert clock.passed == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("call", "limit"), [(read, 30.0), (change, 30.0), (say, 120.0)], ids=["read", "change", "say"]
)
async def test_an_operation_has_its_own_time_limit(call: Call, limit: float, clock: Clock) -> None:
    """Plain calls end after 30 s, a facilitator's turn after 120."""
    client, _ = speaking_to(Reply(seconds=1000), Reply(200, page()))
    with pytest.raises((errors.TimedOut, errors.Unsettled)) as caught:
        await call(client)
    lost = caught.value.__cause__ if call is say else caught.value
    assert type(lost) is errors.TimedOut
    assert f"within {limit:.0f} seconds" in str(lost)
    assert limit <= clock.passed < limit + 25


async def test_a_pool_can_bound_all_time_limits(clock: Clock) -> None:
    """`max_seconds` ends every operation earlier."""
    client, _ = speaking_to(Reply(seconds=1000))
    client.pool.max_seconds = 2.0
    with pytest.raises(errors.TimedOut):
        await read(client)
    assert clock.passed == pytest.approx(2.0)


async def test_a_call_without_time_left_was_not_sent(clock: Clock) -> None:
    """When failing to connect has used up the time limit, nothing is sent any more."""
    client, api = speaking_to(Reply(error=httpx2.ConnectTimeout("slow"), seconds=29.95))
    with pytest.raises(errors.ConnectionFailed, match="in time; nothing was sent") as caught:
        await read(client)
    assert not caught.value.may_have_happened
    assert len(api.requests) == 1
    assert clock.passed < 32


async def test_unsafe_repeats_do_not_happen_by_a_later_failure() -> None:
    """A `once` request that went out after a failed connection is not sent a third time."""
    client, api = speaking_to(NO_CONNECTION, CUT, Reply(200, page()))
    with pytest.raises(errors.Unsettled):
        await say(client)
    assert [sent.method for sent in api.requests].count("POST") == 2
