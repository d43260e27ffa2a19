"""How much is kept for those who may ask again, for how long, and what of it."""

import asyncio
import gc
import logging
import weakref
from contextvars import ContextVar

import anyio
import pytest
from mcp_types import CallToolResult

from harmonica_mcp.client import errors
from harmonica_mcp.server import work as module
from harmonica_mcp.server.work import Unfinished
from tests.server.work.office import TEN_MINUTES, Deed, Office, settled

_client: ContextVar["Client"] = ContextVar("client")


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
        _client.set(client)
        deed = long.of(call)

        async def begin() -> CallToolResult:
            try:
                await deed()
            finally:
                assert client
            raise errors.Forbidden("Not yours.", status=403) if number else ZeroDivisionError

        with pytest.raises(Unfinished):
            await office.work.perform(call, ("me", "say", str(number)), begin)

    await asyncio.create_task(ask(0))
    await asyncio.create_task(ask(1))
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
