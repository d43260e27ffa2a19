"""What goes on when its caller's time is up or its caller has gone."""

import asyncio
import logging

import anyio
import pytest

from harmonica_mcp.client import errors
from harmonica_mcp.server.call import Call, Settle
from tests.client.conftest import Clock
from tests.server.work.office import LIMIT, TEN_MINUTES, Deed, Office, cancelled, settled, under_way


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
