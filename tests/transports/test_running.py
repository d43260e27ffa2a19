"""Where and for how long an HTTP server runs."""

import resource
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import httpx2
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.transports.listening import (
    FILES,
    address,
    allow_connections,
    is_loopback,
    listen,
)
from harmonica_mcp.transports.running import running_app
from tests.transports.programs import SLOW_OVER_HTTP
from tests.transports.wire import LEGACY, MODERN, PATIENCE, Http, key, listening, started

SERVE = ("-m", "harmonica_mcp", "serve", "--transport", "http", "--port", "0", "--sandbox")

# What serves where a shell lets a process have few files.
FEW_FILES = """
import resource, sys
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (64, most))
from harmonica_mcp.cli import main
main(sys.argv[1:])
"""


# What serves after a start that looked for nothing to collect; each answer leaves circles behind.
LITTERING = """
import gc, sys, weakref
gc.disable()
from starlette.responses import PlainTextResponse
from harmonica_mcp.transports.listening import address, listen
from harmonica_mcp.transports.running import run_app

class Circle:
    def __init__(self):
        self.self = self

def collected():
    print("collected", file=sys.stderr, flush=True)

async def app(scope, receive, send):
    if scope["type"] == "http":
        weakref.finalize(Circle(), collected)
        circles = [Circle() for _ in range(10_000)]
        await PlainTextResponse("Yes.")(scope, receive, send)

listening = listen("127.0.0.1", 0)
print("at", address(listening), file=sys.stderr, flush=True)
run_app(app, listening)
"""


def test_what_calls_leave_behind_is_collected() -> None:
    """A server gives back what its answers left in memory, however it was started."""
    with started("-c", LITTERING) as server:
        httpx2.get(server.err.until("at http").split()[1], trust_env=False)
        server.err.until("collected")
        server.end()


def test_more_clients_are_served_than_a_shell_allows_files() -> None:
    """Whoever connects as the hundredth is answered where processes begin with 64 files."""
    with started("-c", FEW_FILES, *SERVE[2:]) as server, ExitStack() as connected:
        at = urlsplit(server.err.until("Serving MCP at").split()[3])
        assert at.hostname
        clients = [
            connected.enter_context(socket.create_connection((at.hostname, at.port or 0), PATIENCE))
            for _ in range(100)
        ]
        clients[-1].sendall(f"GET /healthz HTTP/1.1\r\nHost: {at.netloc}\r\n\r\n".encode())
        assert clients[-1].recv(15) == b"HTTP/1.1 200 OK"
        server.end()


@pytest.mark.parametrize(
    ("limits", "raised"),
    [
        ((1_024, -1), (FILES, -1)),
        ((1_024, 4_096), (4_096, 4_096)),
        ((4_096, 4_096), None),
        ((-1, -1), None),
    ],
)
def test_no_more_files_than_the_system_permits(
    limits: tuple[int, int], raised: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit is raised up to what is allowed, and never lowered."""
    told: list[tuple[int, int]] = []

    def limits_of(_: int) -> tuple[int, int]:
        return limits

    def limit(_: int, given: tuple[int, int]) -> None:
        told.append(given)

    monkeypatch.setattr(resource, "RLIM_INFINITY", -1)
    monkeypatch.setattr(resource, "getrlimit", limits_of)
    monkeypatch.setattr(resource, "setrlimit", limit)
    allow_connections()
    assert told == ([raised] if raised else [])


def test_a_system_without_such_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has none: nothing is changed there."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    def nothing(_: str) -> None:
        return

    monkeypatch.setattr("harmonica_mcp.transports.listening.find_spec", nothing)
    monkeypatch.delattr(resource, "getrlimit")
    allow_connections()
    monkeypatch.undo()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15)])
def test_a_signal_ends_it_with_a_stream_open(number: signal.Signals, code: int) -> None:
    """Ctrl+C and SIGTERM end the server although clients are connected, without a traceback."""
    with started(*SERVE) as server:
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        with listening(url, LEGACY, key("a")) as client:
            client.open()
            server.process.send_signal(number)
            assert server.ends_within(PATIENCE) == code
        assert len(server.err.rest().splitlines()) == 1
        assert server.out.rest() == ""


def test_calls_under_way_are_cut_after_a_grace_and_named() -> None:
    """A request with an effect that does not end in time is named: where and when, not what."""
    with started("-c", SLOW_OVER_HTTP) as server:
        url = server.err.until("at http").split()[1]
        client = Http(url, MODERN, key("a"))
        made = client.call("create_session", topic="Bees", goal="A place")["structuredContent"]
        said = {"session_id": made["id"], "participant_name": "Ana", "content": "secret words"}
        chat = {"name": "send_chat_message", "arguments": said}
        with ThreadPoolExecutor() as threads:
            call = threads.submit(client.post, "tools/call", chat)
            server.err.until("/chat")
            server.process.send_signal(signal.SIGTERM)
            answer = call.result(PATIENCE)
        assert server.ends_within(PATIENCE) == -15
        told = server.err.rest()
        assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
        assert "Traceback" not in told
        assert f"may have taken effect: POST /sessions/{made['id']}/chat" in told
        assert "secret" not in told


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer anything."""
    response: Response = PlainTextResponse(f"hello {Request(scope).url.path}")
    await response(scope, receive, send)


def test_an_app_runs_beside_the_program() -> None:
    """An app is served for as long as the context lasts."""
    app: ASGIApp = hello
    socket_ = listen("127.0.0.1", 0)
    url = address(socket_)
    with running_app(app, socket_):
        assert httpx2.get(f"{url}/you", timeout=PATIENCE).text == "hello /you"
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - never listened on
        ("::", False),
        ("192.168.1.5", False),
        ("mcp.example.com", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    """Loopback addresses and the name localhost are told from all others."""
    assert is_loopback(host) is loopback


def test_the_address_of_a_socket_is_a_url() -> None:
    """The URL names the port that was chosen, also for IPv6."""
    with listen("127.0.0.1", 0) as v4:
        assert address(v4) == f"http://127.0.0.1:{v4.getsockname()[1]}"


@pytest.mark.skipif(not socket.has_ipv6, reason="this Python has no IPv6")
def test_the_address_of_an_ipv6_socket_is_a_url() -> None:
    """An IPv6 address stands in brackets."""
    with listen("::1", 0) as v6:
        assert address(v6) == f"http://[::1]:{v6.getsockname()[1]}"


def test_a_taken_port_is_an_error() -> None:
    """Two servers cannot listen at the same address."""
    with listen("127.0.0.1", 0) as taken, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", taken.getsockname()[1])
