"""Several processes at one address."""

import os
import signal
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest

from tests.shared.servers import serving_redis, url_of
from tests.transports.harmonica import OWNER, Harmonica
from tests.transports.raw import is_open
from tests.transports.wire import ERAS, MODERN, PATIENCE, Http, Server, started

SERVE = ("-m", "harmonica_mcp", "serve", "--transport", "http", "--port", "0", "--workers", "2")


@pytest.fixture(scope="module")
def settings(upstream: Harmonica) -> Generator[dict[str, str]]:
    """What two processes need: a Harmonica, a Redis, a secret."""
    with serving_redis("fake") as redis:
        yield {
            "HARMONICA_API_URL": upstream.url,
            "HARMONICA_REDIS_URL": url_of(redis),
            "HARMONICA_SECRET": "s" * 32,
        }


def workers_of(server: Server) -> list[int]:
    """The processes that a server has started to serve."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found: list[int] = []
    for each in children:
        with suppress(OSError):
            if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes():
                found.append(int(each))
    return found


def two_workers(server: Server, *, without: int = 0) -> list[int]:
    """Wait until there are two, this one not among them."""
    end = time.monotonic() + PATIENCE
    while len(found := [each for each in workers_of(server) if each != without]) != 2:
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_two_processes_serve_and_end_as_one(
    settings: dict[str, str], number: signal.Signals, code: int
) -> None:
    """One line tells the address; one that dies is replaced; a signal ends all in order."""
    with started(*SERVE, HARMONICA_LOG="warnings", **settings) as server:
        told = server.err.until("Serving MCP at")
        assert told.endswith("/mcp with 2 processes\n")
        url = told.split()[3].removesuffix("/mcp")
        for era in ERAS:
            client = Http(url, era, OWNER)
            client.open()
            assert client.call("get_current_user")["structuredContent"]
        killed, _ = two_workers(server)
        os.kill(killed, signal.SIGKILL)
        two_workers(server, without=killed)
        assert Http(url, MODERN, OWNER).call("get_current_user")["structuredContent"]
        # Asked of a process that ends in order, so that what it ran is counted.
        sse = httpx2.get(
            f"{url}/sse", headers={"Authorization": f"Bearer {OWNER}"}, timeout=PATIENCE
        )
        assert (sse.status_code, sse.json()["error"]) == (404, "not_found")
        assert "use /mcp" in sse.json()["error_description"]
        server.process.send_signal(number)
        assert server.ends_within(PATIENCE) == code
        assert len(server.err.rest().splitlines()) == 1
        assert server.out.rest() == ""


def test_they_end_with_the_process_that_started_them(
    settings: dict[str, str], harmonica: Harmonica
) -> None:
    """When that one is killed, calls under way are answered; then nobody serves any more."""
    with (
        started(*SERVE, HARMONICA_LOG="warnings", **settings) as server,
        ThreadPoolExecutor() as threads,
    ):
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        two_workers(server)
        client = Http(url, MODERN, OWNER)
        client.open()
        call = threads.submit(client.call, "get_summary", session_id=harmonica.session)
        assert harmonica.arrived.get(timeout=PATIENCE) == "GET summary"
        server.process.kill()
        for _ in range(2):
            assert "The process that started this one is gone" in (server.err.next() or "")
        while is_open(url):
            pass
        harmonica.answer("GET summary")
        assert call.result(PATIENCE)["content"]
        # Up to the end, which comes when nobody can write there any more.
        assert len(server.err.rest().splitlines()) == 3


# What the app does before it serves fails.
BROKEN = """
from functools import partial
from starlette.applications import Starlette
from harmonica_mcp.transports.listening import listen
from harmonica_mcp.transports.workers import run_workers
run_workers(partial(Starlette, lifespan=int), listen("127.0.0.1", 0), 2, 1)
"""


def test_a_server_that_cannot_start_says_so() -> None:
    """When the processes fail before they serve, the server ends with an error."""
    with started("-c", BROKEN) as server:
        assert server.ends_within(PATIENCE) == 1
        assert "The server could not start." in server.err.rest()
