"""From the front to the SDK: nothing is lost in between, whatever the host does."""

import asyncio
import fcntl
import json
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress

import anyio
import pytest
from mcp_types import JSONRPCRequest

from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.transports.hello import snapshot
from harmonica_mcp.transports.hello.front import Front
from harmonica_mcp.transports.hello.given import Given
from harmonica_mcp.transports.hello.keeper import Keeper
from harmonica_mcp.transports.hello.snapshot import Answers
from harmonica_mcp.transports.stdio.beginning import Beginning
from harmonica_mcp.transports.stdio.host import streams
from harmonica_mcp.transports.stdio.intake import Intake
from harmonica_mcp.transports.stdio.outgoing import Outgoing
from tests.server.clock import on_a_clock_of_its_own
from tests.transports.hello.lines import Json, hello
from tests.transports.stdio.pipes import answer, rest


def line(number: int, said: Json) -> bytes:
    """A request as a line."""
    return json.dumps({"jsonrpc": "2.0", "id": number, **said}).encode() + b"\n"


_HELLO = line(0, hello("2025-11-25", {}))
_CANCELLED = {"method": "notifications/cancelled", "params": {"requestId": 0}}


class _Pipes:
    def __init__(self) -> None:
        self.its_in, self.says = os.pipe()
        self.hears, self.its_out = os.pipe()
        self.loaded, self.loading = os.pipe()

    def front(self, answers: Answers, said: bytes) -> Beginning:
        """Let the front hear this and then the end of loading, and no more."""
        os.write(self.says, said)
        intake, out = Intake(self.its_in), Outgoing(self.its_out)
        # What it can read, it reads before it sees that there is nothing left to be done.
        front = Front(answers)
        front.hear(intake, out)
        os.close(self.loading)
        return front.answer_until(self.loaded, intake, out)

    def flood(self, size: int) -> None:
        """Say so many lines."""
        data = b"x\n" * (size // 2)
        while data:
            data = data[os.write(self.says, data) :]


@contextmanager
def pipes() -> Generator[_Pipes]:
    """A host's pipes."""
    made = _Pipes()
    try:
        yield made
    finally:
        for fd in vars(made).values():
            with suppress(OSError):
                os.close(fd)


async def test_a_host_that_does_not_listen_is_told_later(answers: Answers) -> None:
    """What a full pipe does not take is kept, and written by whoever takes over."""
    with pipes() as made:
        fcntl.fcntl(made.hears, fcntl.F_SETPIPE_SZ, 4096)
        beginning = made.front(answers, _HELLO + line(1, {"method": "tools/list"}) * 3)
        assert len(beginning.unwritten) > 4096
        with streams(beginning, lambda: None) as (_, write), os.fdopen(made.hears, "rb") as hears:
            sending = asyncio.create_task(write.send(answer(7)))
            told = [json.loads(await asyncio.to_thread(hears.readline)) for _ in range(3)]
            await sending
    assert [each["id"] for each in told] == [0, 1, 7]


async def test_a_host_that_is_gone_is_found_gone(answers: Answers) -> None:
    """When nobody hears hello, whoever takes over ends."""
    with pipes() as made:
        os.close(made.hears)
        beginning = made.front(answers, _HELLO)
        with streams(beginning, lambda: None) as (read, write):
            assert await anext(read)
            with pytest.raises(anyio.BrokenResourceError):
                await write.send(answer(7))
            assert await rest(read) == []


async def test_the_end_of_input_is_handed_over(answers: Answers) -> None:
    """All that was read is served, and then the end."""
    with pipes() as made:
        os.write(made.says, _HELLO)
        os.close(made.says)
        intake, out = Intake(made.its_in), Outgoing(made.its_out)
        loading = asyncio.create_task(
            asyncio.to_thread(Front(answers).answer_until, made.loaded, intake, out)
        )
        assert await asyncio.to_thread(os.read, made.hears, 99)
        os.close(made.loading)
        ended: list[bool] = []
        with streams(await loading, lambda: ended.append(True)) as (read, write):
            first = await anext(read)
            assert isinstance(first.message, JSONRPCRequest)
            await write.send(answer(0))
            assert await rest(read) == []
            # The front may have seen the end of the input, or the end of loading first.
            assert ended == [True]


async def test_no_more_is_read_than_somebody_will_take(answers: Answers) -> None:
    """Before the SDK is there, a host that floods has to wait."""
    with pipes() as made:
        intake, out = Intake(made.its_in), Outgoing(made.its_out)
        loading = asyncio.create_task(
            asyncio.to_thread(Front(answers).answer_until, made.loaded, intake, out)
        )
        os.write(made.says, _HELLO + b"x\n" * 2000)
        assert await asyncio.to_thread(os.read, made.hears, 99)
        os.set_blocking(made.says, False)
        with pytest.raises(BlockingIOError):
            made.flood(10_000_000)
        os.close(made.loading)
        assert len((await loading).intake.lines) == 2001


async def test_a_late_cancellation_is_for_nobody(answers: Answers) -> None:
    """One of a request that was answered does not reach the SDK, which would forget to answer."""
    with pipes() as made:
        beginning = made.front(answers, _HELLO)
        cancelled = json.dumps({"jsonrpc": "2.0", **_CANCELLED}).encode() + b"\n"
        os.write(made.says, cancelled + line(1, {"method": "ping"}) + cancelled)
        with streams(beginning, lambda: None) as (read, write):
            heard = [(await anext(read)).message for _ in range(2)]
            assert [each.method for each in heard if isinstance(each, JSONRPCRequest)] == [
                "initialize",
                "ping",
            ]
            # The SDK's own answer, which nobody hears.
            await write.send(answer(0))
            assert not beginning.given


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[Answers]:
    """The snapshots that are written."""
    written: list[Answers] = []

    def write(identity: str, answers: Answers) -> None:
        assert identity == "x"
        written.append(answers)

    monkeypatch.setattr(snapshot, "write", write)
    return written


async def _quiet() -> None:
    """Nobody waits for anything."""


@on_a_clock_of_its_own
async def test_a_snapshot_is_taken_when_nobody_waits(
    server: HarmonicaServer, answers: Answers, kept: list[Answers]
) -> None:
    """A while after the start, once and for all."""
    async with Keeper("x").beside(server, _quiet):
        assert not kept
        await anyio.sleep(60)
        assert kept == [answers]
    assert kept == [answers]


async def test_a_snapshot_is_taken_at_the_end(
    server: HarmonicaServer, answers: Answers, kept: list[Answers]
) -> None:
    """A host that leaves at once finds one the next time."""
    async with Keeper("x").beside(server, _quiet):
        assert not kept
    assert kept == [answers]


async def test_a_snapshot_that_is_right_stays(server: HarmonicaServer, kept: list[Answers]) -> None:
    """When the SDK says the same, nothing is asked or written."""
    given = Given()
    given.add(1, b"a")
    async with Keeper("x", given).beside(server, _quiet):
        given.take(1, b"a")
    assert not kept


async def test_a_snapshot_that_is_wrong_is_replaced(
    server: HarmonicaServer,
    answers: Answers,
    kept: list[Answers],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """When the SDK says something else, there is a new one, and a line that says so."""
    given = Given()
    given.add(1, b"a")
    async with Keeper("x", given).beside(server, _quiet):
        given.take(1, b"b")
    assert kept == [answers]
    assert len(caplog.messages) == 1
    assert "out of date" in caplog.text
