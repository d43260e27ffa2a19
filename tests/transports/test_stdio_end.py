"""How the server over stdin and stdout ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import cast

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.transports.stdio.ending import end_process, ending_on_signals
from tests.transports.programs import SANDBOX, SLOW_OVER_STDIO, one_tool, opened
from tests.transports.wire import (
    MODERN,
    PATIENCE,
    Json,
    Server,
    environment,
    key,
    message,
    started,
)

HOLDS_ON = """
    pool.open_requests.add("POST /sessions/hst_1/chat")
    print("arrived", file=sys.stderr, flush=True)
    with anyio.CancelScope(shield=True):
        await anyio.sleep(60)
"""
FILLS_STDERR = """
    pool.open_requests.add("POST /sessions/hst_1/chat")
    os.set_blocking(2, False)
    try:
        while True:
            os.write(2, bytes(4096))
    except BlockingIOError:
        os.set_blocking(2, True)
    return "full"
"""
FLOODS = """
    print("arrived", file=sys.stderr, flush=True)
    return "x" * 300_000
"""


@contextmanager
def unheard(*arguments: str) -> Generator[tuple[subprocess.Popen[bytes], int]]:
    """Run a server whose output nobody reads; gives it and the end of the pipe not read from."""
    unread, written = os.pipe()
    command = [sys.executable, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment(), stdin=pipe, stdout=written, stderr=pipe
    ) as process:
        os.close(written)
        try:
            yield process, unread
        finally:
            process.kill()
            with suppress(OSError):
                os.close(unread)


def send(process: subprocess.Popen[bytes], sent: Json) -> None:
    """Write one message to a server."""
    assert process.stdin
    process.stdin.write(json.dumps(sent).encode() + b"\n")
    process.stdin.flush()


def in_mid_chat(server: Server) -> None:
    """Create a session, say something in it, and wait until the words have arrived."""
    host = opened(server)
    session = host.call("create_session", topic="Bees", goal="A place")["structuredContent"]["id"]
    arguments = {"session_id": session, "participant_name": "Ana", "content": "secret words"}
    host.send("tools/call", {"name": "send_chat_message", "arguments": arguments})
    server.err.until("/chat")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_in_mid_call(number: signal.Signals, code: int) -> None:
    """Ctrl+C and SIGTERM end it at once and name the open request: where and when, not what."""
    with started("-c", SLOW_OVER_STDIO) as server:
        in_mid_chat(server)
        server.process.send_signal(number)
        assert server.ends_within(2) == code
        last = server.err.rest().splitlines()[-1]
        assert last.startswith("Still under way, it may take effect: POST /sessions/hst_")
        assert last.endswith("UTC")
        assert "secret" not in last


def test_a_signal_ends_it_when_idle() -> None:
    """Without a call under way a signal ends it silently."""
    with started(*SANDBOX) as server:
        opened(server)
        server.process.send_signal(signal.SIGTERM)
        assert server.ends_within(2) == 143
        assert server.err.rest() == ""


def test_the_end_of_input_cuts_calls_off() -> None:
    """When the host closes stdin in mid-call, the cut request is named and the process ends."""
    with started("-c", SLOW_OVER_STDIO) as server:
        in_mid_chat(server)
        server.stdin.close()
        assert server.ends_within(2) == 0
        last = server.err.rest().splitlines()[-1]
        assert "POST /sessions/hst_" in last
        assert "secret" not in last


def test_the_end_of_input_does_not_wait_for_what_holds_on() -> None:
    """A call that does not let itself be cancelled is left behind, and named."""
    with started(*one_tool(HOLDS_ON)) as server:
        opened(server).send("tools/call", {"name": "act", "arguments": {}})
        server.err.until("arrived")
        server.stdin.close()
        assert server.ends_within(2) == 0
        assert "Still under way, it may take effect: POST /sessions/hst_1/chat" in server.err.rest()


def test_it_ends_although_nobody_reads_its_output() -> None:
    """A host that stopped reading cannot keep the process alive."""
    with unheard(*one_tool(FLOODS)) as (process, _):
        call: Json = {"name": "act", "arguments": {}}
        send(process, message(MODERN, 1, "tools/call", call))
        assert process.stderr
        assert process.stderr.readline() == b"arrived\n"
        assert process.stdin
        process.stdin.close()
        assert process.wait(2) == 0


def test_it_ends_although_nobody_reads_its_errors() -> None:
    """Last words that nobody takes do not keep the process alive."""
    command = [sys.executable, *one_tool(FILLS_STDERR)]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        try:
            send(process, message(MODERN, 1, "tools/call", {"name": "act", "arguments": {}}))
            assert process.stdout
            assert b"full" in process.stdout.readline()
            process.send_signal(signal.SIGTERM)
            assert process.wait(2) == 143
        finally:
            process.kill()


@pytest.mark.parametrize("closes", [True, False])
def test_a_host_that_is_gone_ends_it(closes: bool) -> None:
    """When nobody is left to answer to, it ends without a traceback, stdin closed or not."""
    with unheard(*SANDBOX) as (process, unread):
        os.close(unread)
        send(process, message(MODERN, 1, "tools/list"))
        assert process.stdin
        if closes:
            process.stdin.close()
        assert process.wait(PATIENCE) == 0
        assert process.stderr
        assert process.stderr.read() == b""


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Note the exit codes with which the process would have ended."""
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    return codes


def test_the_last_words_name_no_key(exits: list[int], capfd: pytest.CaptureFixture[str]) -> None:
    """A key that somebody took for a session id is not shown at the end."""
    pool = Pool()
    cast("set[object]", pool.open_requests).add(f"POST /sessions/{key('c')}/chat, sent 9:30 UTC")
    end_process(pool, 143)
    assert exits == [143]
    assert "POST /sessions/hm_live_(hidden)/chat, sent " in capfd.readouterr().err


def test_the_process_ends_although_nobody_takes_the_last_words(
    exits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stderr that is closed does not keep the process from ending."""
    monkeypatch.setattr(os, "write", raising(OSError))
    end_process(Pool(), 130)
    assert exits == [130]


def raising(error: type[Exception]) -> Callable[..., None]:
    """Give a function that fails."""

    def fail(*_: object) -> None:
        raise error

    return fail


def test_signals_are_taken_for_as_long_as_it_serves(exits: list[int]) -> None:
    """While it serves, a signal ends the process; afterwards signals mean what they meant."""
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with ending_on_signals(Pool()):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)
    assert exits == [130, 143]
    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
