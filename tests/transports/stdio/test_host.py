"""What is heard from a host and said to it, over pipes."""

import asyncio
import errno
import json
import os
import pty

import anyio
import pytest
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCRequest

from harmonica_mcp.transports.stdio import writing
from harmonica_mcp.transports.stdio.lines import LIMIT
from harmonica_mcp.transports.stdio.outgoing import Outgoing
from harmonica_mcp.transports.stdio.writing import Threaded
from tests.transports.stdio.pipes import answer, host, idle, rest

_KNOWN = b'{"jsonrpc":"2.0","id":8,"method":"n"}\n'
_LONG = b'"' + b"x" * LIMIT + b'"'


async def test_it_hears_what_comes_and_ends_with_the_input() -> None:
    """Every line is a message, also the last one without its line break."""
    with host() as other:
        other.say(b'{"jsonrpc":"2.0","method":"a"}\r\n{"jsonrpc":"2.0","method":"b"}')
        other.leave()
        assert [
            message.method
            for message in await rest(other.heard)
            if isinstance(message, JSONRPCNotification)
        ] == ["a", "b"]
        assert other.ended == [True]


@pytest.mark.parametrize(
    "garbage", [b"", b"nonsense", b"[]", b"\xff\xfe", b'{"id":1}', rb'"\ud83d']
)
async def test_it_passes_over_what_is_no_message(garbage: bytes) -> None:
    """Lines that are no messages cost nothing but themselves."""
    with host() as other:
        other.say(garbage + b"\n" + _KNOWN)
        assert (await anext(other.heard)).message == JSONRPCRequest(jsonrpc="2.0", id=8, method="n")


async def test_bytes_that_are_no_text_are_replaced() -> None:
    """A message with such bytes in a string is heard, with marks in their place."""
    with host() as other:
        other.say(b'{"jsonrpc":"2.0","method":"a","params":{"words":"\xff!"}}\n')
        message = (await anext(other.heard)).message
        assert isinstance(message, JSONRPCNotification)
        assert message.params == {"words": "\ufffd!"}


@pytest.mark.parametrize(
    ("given", "heard"),
    [
        (rb"\ud83d", "\ufffd"),
        (rb"\uDE00", "\ufffd"),
        (rb"\ud83d\ud83d\ude00", "\ufffd\U0001f600"),
        (rb"\ud83d\\ud83d", r"�\ud83d"),
    ],
)
async def test_half_an_emoji_is_replaced(given: bytes, heard: str) -> None:
    """A request whose text was cut within an emoji is heard, or its sender would wait for ever."""
    with host() as other:
        other.say(b'{"jsonrpc":"2.0","id":8,"method":"a","params":{"words":"%b!"}}\n' % given)
        message = (await anext(other.heard)).message
        assert isinstance(message, JSONRPCRequest)
        assert message.params == {"words": f"{heard}!"}


@pytest.mark.parametrize(
    ("line", "number"),
    [
        (b'{"jsonrpc":"2.0","id":7,"method":"m","params":' + _LONG + b"}", 7),
        (b'{"id": "a-7", "params":' + _LONG + b"}", "a-7"),
        (b'{"method":"m","params":' + _LONG + b',"jsonrpc":"2.0","id":7}', 7),
        (b'{"method":"m","params":{"id":7,"a":' + _LONG + b',"id":8}}', None),
    ],
)
async def test_a_line_that_is_too_long_is_refused(line: bytes, number: object) -> None:
    """It is answered with an error, under its id where that is known, and the next is heard."""
    with host() as other:
        saying = asyncio.create_task(asyncio.to_thread(other.say, line + b"\n" + _KNOWN))
        message = (await anext(other.heard)).message
        assert isinstance(message, JSONRPCRequest)
        assert message.id == 8
        await saying
        told = json.loads(other.read())
        assert told["id"] == number
        assert told["error"]["code"] == -32600
        assert "longer than 16 MiB" in told["error"]["message"]


async def test_what_is_refused_when_nobody_reads_is_no_crash() -> None:
    """When the host is gone before it can be told, hearing ends."""
    with host() as other:
        os.close(other.hears)
        saying = asyncio.create_task(asyncio.to_thread(other.say, _LONG + b"\n"))
        assert await rest(other.heard) == []
        await saying


async def test_the_end_waits_for_answers() -> None:
    """After the end of input it ends when every request has its answer; nothing else is one."""
    notification = SessionMessage(JSONRPCNotification(jsonrpc="2.0", method="n"))
    with host() as other:
        other.request(1)
        other.request(2)
        other.leave()
        hearing = asyncio.create_task(rest(other.heard))
        for said in (answer(1), notification):
            await other.said.send(said)
            assert await idle(hearing)
        await other.said.send(answer(2))
        assert len(await hearing) == 2


async def test_the_end_does_not_wait_for_what_is_cancelled() -> None:
    """A request that is settled with silence is waited for no longer."""
    with host() as other:
        other.request(1)
        item = await anext(other.heard)
        other.leave()
        hearing = asyncio.create_task(rest(other.heard))
        assert await idle(hearing)
        settle = getattr(item.metadata, "on_request_unanswered")  # noqa: B009 - for type checkers
        await settle()
        assert await hearing == []


async def test_the_end_does_not_wait_forever(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not answered in time is given up."""
    monkeypatch.setattr("harmonica_mcp.transports.stdio.host._LAST_ANSWERS", 0)
    with host() as other:
        other.request(1)
        other.leave()
        assert len(await rest(other.heard)) == 1


async def test_answers_arrive_whole_and_in_turn() -> None:
    """Answers larger than a pipe do not mix, whatever is cancelled in the middle."""
    with host() as other:
        sending = [
            asyncio.create_task(other.said.send(answer(number, text="x" * 300_000)))
            for number in range(3)
        ]
        assert await idle(sending[0])
        sending[0].cancel()
        assert [json.loads(line)["id"] for line in await other.lines(3)] == [0, 1, 2]
        await asyncio.gather(*sending[1:])


async def test_a_host_that_does_not_read_gets_no_further_calls_begun() -> None:
    """Beyond what may wait to be read, requests stay where they are until it reads."""
    with host() as other:
        sending = asyncio.gather(
            *(other.said.send(answer(n, text="x" * 600_000)) for n in range(3))
        )
        await asyncio.sleep(0)
        other.request(9)
        hearing = asyncio.create_task(anext(other.heard))
        assert await idle(hearing)
        assert await other.lines(3)
        await sending
        assert await hearing


async def test_it_is_quiet_once_all_is_answered() -> None:
    """Whoever waits until nobody waits for an answer does so until the last one is said."""
    with host() as other:
        await other.heard.all_answered()
        for number in (1, 2):
            other.request(number)
            assert await anext(other.heard)
        quiet = asyncio.create_task(other.heard.all_answered())
        await other.said.send(answer(1))
        assert await idle(quiet)
        await other.said.send(answer(2))
        await quiet


async def test_it_reads_ahead_no_more_than_it_must() -> None:
    """While messages wait to be taken, the rest stays with the host, which then waits."""
    with host() as other:
        pipeful = _KNOWN * (60_000 // len(_KNOWN))
        other.say(pipeful)
        assert await anext(other.heard)
        os.set_blocking(other.says, False)
        with pytest.raises(BlockingIOError):
            await other.babble(pipeful)


async def test_nobody_who_reads_is_the_end() -> None:
    """When the host has closed its side, sending fails and hearing ends, answered or not."""
    with host() as other:
        other.request(1)
        assert await anext(other.heard)
        hearing = asyncio.create_task(rest(other.heard))
        assert await idle(hearing)
        os.close(other.hears)
        with pytest.raises(anyio.BrokenResourceError):
            await other.said.send(answer(1))
        assert await hearing == []


async def test_a_terminal_that_is_gone_is_the_end() -> None:
    """Where a host speaks over a terminal, its end is no failure either."""
    with host(outgoing=pty.openpty()) as other:
        hearing = asyncio.create_task(rest(other.heard))
        os.close(other.hears)
        with pytest.raises(anyio.BrokenResourceError):
            await other.said.send(answer(1))
        assert await hearing == []


@pytest.mark.parametrize(
    ("number", "raised"),
    [(errno.EINVAL, anyio.BrokenResourceError), (errno.ENOSPC, OSError)],
)
async def test_a_pipe_of_windows_that_is_gone_is_the_end(
    number: int, raised: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes writing for an invalid argument then; a full disk is told as what it is."""
    monkeypatch.delattr(writing.select, "poll")

    def refuse(*_: object) -> int:
        raise OSError(number, "refused")

    with host() as other, monkeypatch.context() as patched:
        patched.setattr(os, "write", refuse)
        with pytest.raises(raised):
            await other.said.send(answer(1))


async def test_what_cannot_be_read_any_more_is_the_end() -> None:
    """A terminal whose other side is gone answers reading with an error."""
    with host(incoming=pty.openpty()) as other:
        other.leave()
        assert await rest(other.heard) == []


async def test_what_another_process_took_is_waited_for() -> None:
    """Two that read from one pipe do not trouble each other."""
    pipe = os.pipe()
    os.set_blocking(pipe[0], False)
    with host(pipe) as other, host((os.dup(pipe[0]), os.dup(pipe[1]))) as another:
        hearing = [asyncio.create_task(anext(each.heard)) for each in (other, another)]
        assert await idle(hearing[0])
        for _ in hearing:
            other.say(_KNOWN)
            await asyncio.wait(hearing, return_when=asyncio.FIRST_COMPLETED)
        other.say(_KNOWN)
        assert all(await asyncio.gather(*hearing))


async def test_a_descriptor_that_does_not_block_is_written_to_as_well() -> None:
    """Whether the parent has set O_NONBLOCK makes no difference."""
    pipe = os.pipe()
    os.set_blocking(pipe[1], False)
    with host(outgoing=pipe) as other:
        sending = asyncio.create_task(other.said.send(answer(1, text="x" * 300_000)))
        [line] = await other.lines(1)
        await sending
        assert json.loads(line)["id"] == 1


def test_a_write_that_would_block_is_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """When somebody else fills the pipe in between, nothing is lost."""

    def would_block(*_: object) -> int:
        raise BlockingIOError

    read, write = os.pipe()
    try:
        out = Outgoing(write)
        out.put(b"later")
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", would_block)
            assert not out.flush()
        assert out.flush()
        assert os.read(read, 99) == b"later"
    finally:
        os.close(read)
        os.close(write)


async def test_it_writes_in_threads_where_nothing_can_be_polled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a platform without poll, answers arrive all the same."""
    monkeypatch.delattr(writing.select, "poll")
    assert isinstance(writing.out_of(1), Threaded)
    with host() as other:
        sending = asyncio.create_task(other.said.send(answer(1, text="x" * 300_000)))
        [line] = await other.lines(1)
        await sending
        assert json.loads(line)["id"] == 1
