"""The server on whatever it is given as stdin and stdout."""

import fcntl
import json
import os
import pty
import socket
import subprocess
import sys
import tty
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.transports.programs import SANDBOX, one_tool, opened
from tests.transports.wire import (
    LEGACY,
    MODERN,
    PATIENCE,
    Json,
    environment,
    hello,
    message,
    started,
)

_THREADS = "    return ', '.join(each.name for each in threading.enumerate())"
Ends = tuple[int, int]


@contextmanager
def given(stdin: int | IO[bytes], stdout: int | IO[bytes]) -> Generator[subprocess.Popen[bytes]]:
    """Run a server with these."""
    with subprocess.Popen(
        [sys.executable, *SANDBOX],
        env=environment(),
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def requests(era: str) -> list[Json]:
    """A host that says everything at once: hello, tools, a call."""
    call: Json = {"name": "get_current_user", "arguments": {}}
    asked: list[tuple[str, Json]] = [hello(era), ("tools/list", {}), ("tools/call", call)]
    return [message(era, number, *each) for number, each in enumerate(asked)]


def pipes() -> tuple[Ends, Ends]:
    """Ours and the server's end of two pipes."""
    (its_in, our_out), (our_in, its_out) = os.pipe(), os.pipe()
    return (our_in, our_out), (its_in, its_out)


def sockets() -> tuple[Ends, Ends]:
    """Ours and the server's end of a socket, as programs in Node give it to their children."""
    ours, its = (each.detach() for each in socket.socketpair())
    return (ours, os.dup(ours)), (its, os.dup(its))


def terminal() -> tuple[Ends, Ends]:
    """A terminal, and who sits at it."""
    ours, its = pty.openpty()
    tty.setraw(its)
    return (ours, os.dup(ours)), (its, os.dup(its))


@pytest.mark.parametrize("kind", [pipes, sockets, terminal])
def test_it_serves_and_leaves_them_as_they_were(kind: Callable[[], tuple[Ends, Ends]]) -> None:
    """Pipes, sockets and terminals serve; what they share with the parent is never changed."""
    (our_in, our_out), (its_in, its_out) = kind()
    before = [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (its_in, its_out)]
    with given(its_in, its_out) as process, os.fdopen(our_in, "rb", buffering=0) as stream:
        os.write(our_out, json.dumps(message(LEGACY, 1, *hello(LEGACY))).encode() + b"\n")
        os.write(our_out, json.dumps(message(LEGACY, 2, "tools/list")).encode() + b"\n")
        assert json.loads(stream.readline())["id"] == 1
        assert json.loads(stream.readline())["id"] == 2
        assert [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (its_in, its_out)] == before
        process.terminate()
        assert process.wait(PATIENCE) == 143
        assert [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (its_in, its_out)] == before
    for fd in (our_out, its_in, its_out):
        os.close(fd)


@pytest.mark.parametrize("era", [LEGACY, MODERN])
def test_it_serves_a_file(era: str, tmp_path: Path) -> None:
    """Requests in a file are answered one and all, into a file, and then it ends."""
    asked, answered = tmp_path / "in", tmp_path / "out"
    asked.write_text("".join(json.dumps(each) + "\n" for each in requests(era)))
    with asked.open("rb") as stdin, answered.open("wb") as stdout, given(stdin, stdout) as process:
        assert process.wait(PATIENCE) == 0
    told = [json.loads(line) for line in answered.read_bytes().splitlines()]
    assert sorted(each["id"] for each in told) == [0, 1, 2]
    assert all("result" in each for each in told)


@pytest.mark.parametrize("era", [LEGACY, MODERN])
def test_requests_and_the_end_of_input_may_come_at_once(era: str) -> None:
    """Whatever was asked before the input ended is answered."""
    with started(*SANDBOX) as server:
        server.write("".join(json.dumps(each) + "\n" for each in requests(era)).encode())
        server.stdin.close()
        told = [json.loads(line) for line in server.out.rest().splitlines()]
        assert sorted(each["id"] for each in told) == [0, 1, 2]
        assert all("result" in each for each in told)
        assert server.ends_within(PATIENCE) == 0


def test_it_needs_no_threads() -> None:
    """Over pipes there is one thread, which serves."""
    with started(*one_tool(_THREADS)) as server:
        assert opened(server).call("act")["content"][0]["text"] == "MainThread"


def test_it_serves_without_stderr() -> None:
    """Started with stderr closed, nothing that is printed takes its place on the wire."""
    program = one_tool(
        '    print("stray", flush=True)\n    os.system("echo stray")\n    return "done"'
    )
    with started(
        "-c",
        "import os, sys\nos.close(2)\nos.execv(sys.executable, sys.argv[1:])",
        sys.executable,
        *program,
    ) as server:
        assert opened(server).call("act")["content"][0]["text"] == "done"
        server.stdin.close()
        assert server.ends_within(PATIENCE) == 0
        assert "stray" not in server.out.rest()
