"""What processes know of each other through Redis."""

import asyncio
import logging
from collections.abc import Callable
from uuid import uuid4

import pytest
from limits import RateLimitItemPerMinute

from harmonica_mcp.shared import Claim, NotReachable, through_redis
from harmonica_mcp.shared.replicas import Replicas
from tests.shared.servers import RedisServer, free_port, until

Make = Callable[[], Replicas]


def work(exclusive: str = "") -> tuple[Claim, Claim]:
    """Two processes' claims to one new piece of work."""
    name = uuid4().hex
    return Claim(name, exclusive), Claim(name, exclusive)


async def state(shared: Replicas, claim: Claim) -> str:
    """How a piece of work stands."""
    standing = await shared.stand(claim)
    assert standing
    return standing.state


async def becomes(shared: Replicas, claim: Claim, wanted: str) -> None:
    """Wait until a piece of work stands so."""

    async def stands() -> bool:
        return await state(shared, claim) == wanted

    await until(stands)


async def test_the_budget_is_one(process: Make) -> None:
    """Requests of all processes count in one minute, which ends for all at once."""
    one, two = process(), process()
    item, key = RateLimitItemPerMinute(3), uuid4().hex
    assert [await shared.hit(item, key) for shared in (one, two, one, two, one)] == [
        *[True] * 3,
        *[False] * 2,
    ]
    ends = await one.reset_time(item, key), await two.reset_time(item, key)
    assert ends[0] == pytest.approx(ends[1], abs=2)


async def test_a_turn_is_one_among_all(process: Make) -> None:
    """While one process keeps a turn no other gets it; then the next one does."""
    one, two = process(), process()
    name = uuid4().hex
    async with one.turn(name, 1) as got:
        assert got
        async with two.turn(name, 0.2) as other:
            assert not other
    async with two.turn(name, 0) as other:
        assert other


@pytest.mark.usefixtures("short_lease")
async def test_a_turn_is_kept_for_as_long_as_it_takes(process: Make) -> None:
    """A turn that takes longer than a process may be silent is kept all the same."""
    one, two = process(), process()
    name = uuid4().hex
    async with one.turn(name, 1), two.turn(name, 1.5) as other:
        assert not other


async def test_a_mark_is_used_once(process: Make) -> None:
    """Whoever comes second is told, in whichever process."""
    one, two = process(), process()
    mark = uuid4().hex
    assert [await shared.first_use(mark, 60) for shared in (one, two, one)] == [True, False, False]


async def test_work_is_done_by_one_and_known_to_all(process: Make) -> None:
    """The first one does it, others see it go on, and the outcome is there until it is heard."""
    one, two = process(), process()
    mine, theirs = work()
    assert not await two.known(mine.work)
    assert await state(one, mine) == "mine"
    assert await two.known(mine.work)
    seen = await two.stand(theirs)
    assert seen
    assert (seen.state, seen.token, seen.sent) == ("theirs", mine.token, False)
    await one.about_to_send(mine)
    seen = await two.stand(theirs)
    assert seen
    assert seen.sent
    assert await one.end(mine, "sealed")
    for _ in range(2):
        seen = await two.stand(theirs)
        assert seen
        assert (seen.state, seen.outcome) == ("ended", "sealed")
    await one.forget(mine)
    assert await state(two, Claim(mine.work)) == "mine"


async def test_who_waited_finds_an_outcome_that_was_heard(process: Make) -> None:
    """An outcome that its own caller has heard is there for who waited, and for nobody new."""
    one, two = process(), process()
    mine, theirs = work()
    await one.stand(mine)
    await one.end(mine, "sealed")
    await one.forget(mine)
    theirs.followed = mine.token
    seen = await two.stand(theirs)
    assert seen
    assert (seen.state, seen.token, seen.outcome) == ("ended", mine.token, "sealed")


async def test_what_others_wait_for_is_never_begun_anew_once_it_was_sent(process: Make) -> None:
    """Where Redis has forgotten what was sent, who waited for it is told that nothing is known."""
    theirs, _ = work()
    theirs.followed, theirs.sent = uuid4().hex, True
    seen = await process().stand(theirs)
    assert seen
    assert (seen.state, seen.outcome) == ("ended", "")


async def test_work_that_came_to_nothing_is_begun_anew(process: Make) -> None:
    """What ended without an effect leaves nothing behind."""
    one, two = process(), process()
    mine, theirs = work()
    await one.stand(mine)
    assert not await one.end(mine, None)
    assert await state(two, theirs) == "mine"


@pytest.mark.usefixtures("short_lease")
async def test_a_dead_process_holds_nobody_up(process: Make) -> None:
    """What a dead process had only begun is begun anew; what it had sent has no known outcome."""
    one, two = process(), process()
    begun, again = work()
    sent, told = work()
    await one.stand(begun)
    await one.stand(sent)
    await one.about_to_send(sent)
    await becomes(two, again, "mine")
    await becomes(two, told, "ended")
    seen = await two.stand(told)
    assert seen
    assert seen.outcome == ""
    await two.forget(Claim(told.work, token=seen.token))
    assert await state(two, told) == "mine"


@pytest.mark.usefixtures("short_lease")
async def test_a_process_at_work_is_not_taken_for_dead(process: Make) -> None:
    """However long the work takes, others see it go on, and what it excludes stays excluded."""
    one, two = process(), process()
    mine, theirs = work("turn")
    forsaken, taken = work()
    await one.stand(forsaken)
    await one.stand(mine)
    async with one.working(mine):
        await becomes(two, taken, "mine")
        assert await state(two, theirs) == "theirs"
        assert await state(two, Claim(uuid4().hex, "turn")) == "beside"
    await one.end(mine, None)
    other = Claim(uuid4().hex, "turn")
    assert await state(two, other) == "mine"
    await two.end(other, None)


async def test_no_address_is_refused_without_showing_it() -> None:
    """An address with a wrong port or option is refused; its password is not told."""
    for wrong in ("redis://:secret@host:port", "redis://:secret@host/0?colour=red"):
        with pytest.raises(NotReachable) as refused:
            through_redis(wrong)
        assert "secret" not in str(refused.value)


async def test_redis_is_lost_and_comes_back(
    server: RedisServer, process: Make, caplog: pytest.LogCaptureFixture
) -> None:
    """While it is lost nobody is held up or refused; one line says so, and one that it is back."""
    shared = process()
    await shared.open()
    server.stop()
    try:
        claim = Claim(uuid4().hex)
        answers = await asyncio.gather(*(shared.stand(claim) for _ in range(3)))
        assert answers == [None] * 3
        assert await shared.first_use(uuid4().hex, 60)
        async with shared.turn(uuid4().hex, 1) as got:
            assert got
        assert await shared.hit(RateLimitItemPerMinute(1), uuid4().hex) is None
        assert not await shared.end(claim, "sealed")
    finally:
        server.start()

    async def back() -> bool:
        return "answers again" in caplog.text

    await until(back)
    assert await state(shared, claim) == "mine"
    assert len(caplog.records) == 2
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert str(server.port) not in caplog.text


async def test_closing_while_it_is_lost(caplog: pytest.LogCaptureFixture) -> None:
    """A process can end although Redis was never there, which was told."""
    shared = Replicas(f"redis://127.0.0.1:{free_port()}")
    await shared.open()
    assert "Redis does not answer (ConnectionError)" in caplog.text
    await shared.aclose()


async def test_a_turn_that_redis_forgot_is_no_error(server: RedisServer, process: Make) -> None:
    """A turn goes on to its end although Redis was lost meanwhile."""
    shared = process()
    async with shared.turn(uuid4().hex, 1) as got:
        assert got
        server.stop()
        server.start()
    async with shared.turn(uuid4().hex, 1) as got:
        assert got
