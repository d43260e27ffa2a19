"""Redis servers for tests: a real one where the program is installed, and one in Python."""

import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import Any, Protocol, cast

import anyio
import pytest
import redis
from fakeredis import TcpFakeServer

PROGRAM = shutil.which("redis-server")
FULL = bool(os.environ.get("TEST_FULL"))


class RedisServer(Protocol):
    """A Redis server that can be lost and come back, empty, at the same address."""

    port: int

    def start(self) -> None:
        """Let it serve."""
        ...

    def stop(self) -> None:
        """Let it be gone, and forget everything."""
        ...


class Fake:
    """A server in this process, written in Python, for where there is no real one."""

    def __init__(self) -> None:
        self.port = free_port()

    def start(self) -> None:
        """Let it serve."""
        self._server = TcpFakeServer(("127.0.0.1", self.port))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def stop(self) -> None:
        """Let it be gone."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Real:
    """The program, which keeps nothing on disk."""

    def __init__(self) -> None:
        self.port = free_port()

    def start(self) -> None:
        """Let it serve."""
        assert PROGRAM, "redis-server is not installed"
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "")
        self._process = subprocess.Popen(
            [PROGRAM, *options, "--daemonize", "no"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        for line in self._process.stdout:
            if "Ready to accept connections" in line:
                return
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        """Let it be gone."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()


BEST = "real" if PROGRAM or FULL else "fake"
"""What tests of whole processes use, which take their time."""
KINDS: dict[str, type[Fake | Real]] = {"fake": Fake, "real": Real}


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@contextmanager
def serving_redis(kind: str) -> Generator[RedisServer]:
    """Run a server of this kind; a real one is missing only where nobody asked for all tests."""
    if kind == "real" and not PROGRAM and not FULL:
        pytest.skip("redis-server is not installed")
    server = KINDS[kind]()
    server.start()
    try:
        yield server
    finally:
        server.stop()


def url_of(server: RedisServer) -> str:
    """The address as a setting tells it."""
    return f"redis://127.0.0.1:{server.port}"


def everything_in(server: RedisServer) -> str:
    """All names and values that it holds."""
    with redis.Redis(port=server.port, decode_responses=True) as typed:
        client = cast("Any", typed)
        # What has expired meanwhile is of no kind.
        read = {"hash": client.hgetall, "string": client.get, "none": str}
        return "\n".join(f"{name} {read[client.type(name)](name)}" for name in client.scan_iter())


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something holds, which it must before long."""
    with anyio.fail_after(20):
        while True:
            if await holds():
                return
            await anyio.sleep(0.02)
