"""Streams and sessions on which nothing happens, and how many there can be."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.transports.harmonica import OWNER, Harmonica
from tests.transports.wire import (
    ERAS,
    LEGACY,
    MODERN,
    PATIENCE,
    Http,
    Json,
    key,
    listening,
    message,
    started,
)

OTHER, THIRD = key("b"), key("c")

# A server that keeps three streams and three sessions, two of one key, for half a second.
SHORT = """
import sys
from harmonica_mcp.cli import logs
logs.configure()
from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.settings import load_settings
from harmonica_mcp.transports.http import http_app
from harmonica_mcp.transports.limits import Limits
from harmonica_mcp.transports.listening import address, listen
from harmonica_mcp.transports.running import run_app

pool = Pool(load_settings().api_url)
limits = Limits(streams=3, streams_per_key=2, idle_seconds=float(sys.argv[1]))
listening = listen("127.0.0.1", 0)
print("at", address(listening), file=sys.stderr, flush=True)
run_app(http_app(build_server(pool), pool, sessions=True, limits=limits), listening)
"""


def serving(upstream: Harmonica, seconds: str) -> Generator[str]:
    """Run a server that ends what is idle after so long."""
    with started("-c", SHORT, seconds, HARMONICA_API_URL=upstream.url) as server:
        yield server.err.until("at http").split()[1]
        server.end()


@pytest.fixture(scope="module")
def patient(upstream: Harmonica) -> Generator[str]:
    """A server that keeps what is idle for longer than any test takes."""
    yield from serving(upstream, "1000")


@pytest.fixture(scope="module")
def impatient(upstream: Harmonica) -> Generator[str]:
    """A server that ends at once what is idle."""
    yield from serving(upstream, "0.5")


def opening(url: str, api_key: str) -> httpx2.Response:
    """Try to open a stream at `/sse`, and hang up."""
    headers = {"Authorization": f"Bearer {api_key}"}
    with httpx2.stream("GET", f"{url}/sse", headers=headers, timeout=PATIENCE) as response:
        if response.status_code != 200:
            response.read()
        return response


def refused(response: httpx2.Response) -> tuple[int, str, str]:
    """Give what a client sees of a refusal: status, when to come again, what is wrong."""
    return response.status_code, response.headers["retry-after"], response.json()["error"]


def test_streams_are_bounded(patient: str) -> None:
    """Two streams of a key and three of all are served; more get 429, or 503, until one ends."""
    with listening(patient, LEGACY, OWNER) as first, listening(patient, LEGACY, OWNER) as second:
        assert refused(opening(patient, OWNER)) == (429, "5", "too_many_requests")
        with listening(patient, LEGACY, OTHER) as third:
            assert refused(opening(patient, THIRD)) == (503, "5", "unavailable")
            for client in (first, second, third):
                client.open()
        third.until_gone()
        with listening(patient, LEGACY, THIRD) as third:
            third.open()


def test_an_operator_sets_how_many_streams_there_are(upstream: Harmonica) -> None:
    """Two streams and one of a key where the settings say so."""
    few = {"HARMONICA_MAX_STREAMS": "2", "HARMONICA_MAX_STREAMS_PER_KEY": "1"}
    serve = ("-m", "harmonica_mcp", "serve", "--transport", "http", "--port", "0")
    with started(*serve, HARMONICA_API_URL=upstream.url, **few) as server:
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        with listening(url, LEGACY, OWNER) as one, listening(url, LEGACY, OTHER) as other:
            assert refused(opening(url, OWNER))[0] == 429
            assert refused(opening(url, THIRD))[0] == 503
            for client in (one, other):
                client.open()
        server.end()


def test_sessions_are_bounded(patient: str) -> None:
    """Two sessions of a key and three of all are kept; more get 429, or 503, until one ends."""
    clients = [Http(patient, LEGACY, api_key) for api_key in (OWNER, OWNER, OTHER)]
    for client in clients:
        client.open()
    hello: Json = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "x"}}
    hello["clientInfo"]["version"] = "1"
    more, others = (Http(patient, LEGACY, api_key) for api_key in (OWNER, THIRD))
    assert refused(more.post("initialize", hello)) == (429, "5", "too_many_requests")
    assert refused(others.post("initialize", hello)) == (503, "5", "unavailable")
    for client in clients:
        assert client.ask("tools/list")["result"]["tools"]
    assert Http(patient, MODERN, OWNER).ask("tools/list")["result"]["tools"]
    assert httpx2.delete(clients[0].url, headers=clients[0].headers).status_code == 200
    others.open()
    for client in (*clients[1:], others):
        assert httpx2.delete(client.url, headers=client.headers).status_code == 200


def test_an_idle_stream_ends(impatient: str) -> None:
    """A stream on which nobody says anything ends in order, before or after the first message."""
    for speaks in (False, True):
        with listening(impatient, LEGACY, OWNER) as client:
            if speaks:
                client.open()
            assert client.rest() == []


@pytest.mark.parametrize("era", ERAS)
def test_a_stream_with_a_call_under_way_is_not_idle(
    impatient: str, era: str, harmonica: Harmonica
) -> None:
    """However long a call takes, its stream stays open for the answer, and ends after it."""
    with listening(impatient, era, OWNER) as client:
        client.open()
        call: Json = {"name": "get_summary", "arguments": {"session_id": harmonica.session}}
        assert client.post(message(era, 7, "tools/call", call)).status_code == 202
        assert harmonica.arrived.get(timeout=PATIENCE) == "GET summary"
        with listening(impatient, era, OWNER) as other:
            assert other.rest() == []
        harmonica.answer("GET summary")
        [answer] = [event for event in client.rest() if "id" in event]
        assert answer["id"] == 7
        assert answer["result"]["content"]


def test_an_idle_session_ends(impatient: str, harmonica: Harmonica) -> None:
    """A session that nobody uses is forgotten, with the stream that was listened to."""
    client = Http(impatient, LEGACY, OWNER)
    client.open()
    with httpx2.stream("GET", client.url, headers=client.headers, timeout=PATIENCE) as stream:
        assert not stream.read()
    with ThreadPoolExecutor() as threads:
        other = Http(impatient, LEGACY, OWNER)
        other.open()
        call: Json = {"name": "get_summary", "arguments": {"session_id": harmonica.session}}
        held = threads.submit(other.post, "tools/call", call)
        assert harmonica.arrived.get(timeout=PATIENCE) == "GET summary"
        with listening(impatient, LEGACY, OTHER) as stream:
            assert stream.rest() == []
        assert client.post("tools/list").status_code == 404
        harmonica.answer("GET summary")
        assert held.result(PATIENCE).status_code == 200
