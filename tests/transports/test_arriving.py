"""Requests as they arrive at a server: too large, too slow, or no HTTP at all."""

import time
from collections.abc import Generator
from contextlib import ExitStack

import httpx2
import pytest

from tests.transports.raw import Raw
from tests.transports.wire import (
    LEGACY,
    PATIENCE,
    Http,
    Server,
    key,
    listening,
    serving_http,
    started,
)

A, B, C = key("a"), key("b"), key("c")
MEGABYTES_4 = 4 * 1024 * 1024
SMALL, LARGE = 4 * 1024, 4 * 1024 + 1
HEAD = 32 * 1024

# An app that greets who sends at most ten bytes, and has a lot to say at one address; the server
# is as impatient as a test.
IMPATIENT = """
import sys
from harmonica_mcp.cli import logs
logs.configure()
from starlette.responses import PlainTextResponse
from harmonica_mcp.transports import connection
from harmonica_mcp.transports.arriving import WholeBody
from harmonica_mcp.transports.places import Places
from harmonica_mcp.transports.listening import address, listen
from harmonica_mcp.transports.running import run_app

async def app(scope, receive, send):
    if scope["type"] == "http":
        body = (await receive())["body"]
        long = scope["path"] == "/long"
        answer = b"-" * 50_000_000 if long else b"hello " + body
        await PlainTextResponse(answer)(scope, receive, send)
        print("answered", file=sys.stderr, flush=True)

def hung_up(self, exc, connection_lost=connection.Connection.connection_lost):
    print("hung up", file=sys.stderr, flush=True)
    connection_lost(self, exc)

connection.Connection.connection_lost = hung_up
connection.ARRIVAL_SECONDS = connection.STALL_SECONDS = 0.3
listening = listen("127.0.0.1", 0)
print("at", address(listening), file=sys.stderr, flush=True)
run_app(WholeBody(app, Places(1, 1, ""), max_bytes=10, seconds=0.3), listening)
"""


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    """A server over the sandbox."""
    with serving_http() as address:
        yield address


@pytest.fixture
def narrow() -> Generator[str]:
    """A server over the sandbox where three may be under way, two of one key."""
    few = {"HARMONICA_MAX_IN_FLIGHT": "3", "HARMONICA_MAX_IN_FLIGHT_PER_KEY": "2"}
    with serving_http(**few) as address:
        yield address


@pytest.fixture
def impatient() -> Generator[Server]:
    """A server that waits for nobody, and whose log is this test's alone."""
    with started("-c", IMPATIENT) as server:
        yield server
        server.end()


@pytest.fixture(scope="module")
def hasty() -> Generator[str]:
    """A server that waits for nobody, for the tests that do not read its log."""
    with started("-c", IMPATIENT) as server:
        yield at(server)
        server.end()


def at(server: Server) -> str:
    """Wait until it listens, and give its URL."""
    return server.err.until("at http").split()[1]


def padded(client: Http, size: int) -> bytes:
    """Write a request of exactly this size."""
    sent = (
        b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
        b'"capabilities":{},"clientInfo":{"name":"wire","version":"1"}}}'
    )
    assert client.era == LEGACY
    return sent + b" " * (size - len(sent))


def chunked(body: bytes) -> Generator[bytes]:
    """Give a body in parts, so that no header says how large it is."""
    for start in range(0, len(body), 1_000_000):
        yield body[start : start + 1_000_000]


@pytest.mark.parametrize("parts", [bytes, chunked], ids=["with its length", "in chunks"])
def test_a_message_has_at_most_four_megabytes(url: str, parts: type[bytes]) -> None:
    """Up to the limit a message is served; one byte more is refused, in JSON."""
    client = Http(url, LEGACY, A)
    served = httpx2.post(
        client.url, content=parts(padded(client, MEGABYTES_4)), headers=client.headers
    )
    assert served.status_code == 200
    refused = httpx2.post(
        client.url, content=parts(padded(client, MEGABYTES_4 + 1)), headers=client.headers
    )
    assert refused.status_code == 413
    assert refused.json() == {
        "error": "content_too_large",
        "error_description": "A request has at most 4,194,304 bytes.",
    }


def test_a_message_to_a_stream_has_the_same_limit(url: str) -> None:
    """What is posted beside `/sse` is bounded like what is posted to `/mcp`."""
    with listening(url, LEGACY, A) as client:
        client.open()
        refused = httpx2.post(
            client.endpoint, content=b" " * (MEGABYTES_4 + 1), headers=client.authorization
        )
        assert (refused.status_code, refused.json()["error"]) == (413, "content_too_large")
        assert client.call("get_current_user")["structuredContent"]


def unfinished(url: str, address: str, api_key: str) -> Raw:
    """Begin a large request whose body does not come to its end."""
    raw = Raw(url)
    authorization = f"Bearer {api_key}"
    raw.head(f"POST {address}", Authorization=authorization, Content_Length=str(MEGABYTES_4))
    raw.send(b" " * LARGE)
    return raw


def until(status: int, client: Http) -> httpx2.Response:
    """Post what is large until it is answered so: bodies and hang-ups reach a server in a while."""
    end = time.monotonic() + PATIENCE
    while (response := post(client, LARGE)).status_code != status:
        assert time.monotonic() < end
    return response


def post(client: Http, size: int) -> httpx2.Response:
    """Post a request of this size."""
    return httpx2.post(client.url, content=padded(client, size), headers=client.headers)


def test_what_arrives_is_bounded_for_a_key(narrow: str) -> None:
    """So many large requests of a key may be arriving; one more gets 429 until one has ended."""
    client = Http(narrow, LEGACY, A)
    with unfinished(narrow, "/mcp", A), unfinished(narrow, "/mcp", A):
        refused = until(429, client)
        assert (refused.headers["retry-after"], refused.json()["error_description"]) == (
            "5",
            "This key has 2 requests arriving already, and no more. Try again in a moment.",
        )
        # What is small makes room, or takes little.
        assert post(client, SMALL).status_code == 200
        assert post(Http(narrow, LEGACY, B), LARGE).status_code == 200
    assert until(200, client)


def test_what_arrives_is_bounded_for_all_keys(narrow: str) -> None:
    """When as many large requests arrive as the server takes, another one gets 503."""
    client = Http(narrow, LEGACY, C)
    with ExitStack() as arriving:
        for api_key in (A, A, B):
            arriving.enter_context(unfinished(narrow, "/mcp", api_key))
        assert until(503, client).headers["retry-after"] == "5"
        assert post(client, SMALL).status_code == 200
    assert until(200, client)


def test_what_arrives_for_a_stream_counts_as_well(narrow: str) -> None:
    """What is posted beside `/sse` takes the same places as what is posted to `/mcp`."""
    with listening(narrow, LEGACY, A) as client:
        client.open()
        address = client.endpoint.removeprefix(narrow)
        with unfinished(narrow, address, A), unfinished(narrow, "/mcp", A):
            assert until(429, Http(narrow, LEGACY, A))
            refused = httpx2.post(
                client.endpoint, content=b" " * LARGE, headers=client.authorization
            )
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            assert client.call("get_current_user")["structuredContent"]


def test_a_length_alone_is_enough_to_be_refused(url: str) -> None:
    """Who announces too much need not send it."""
    with Raw(url) as raw:
        raw.head("POST /mcp", Authorization=f"Bearer {A}", Content_Length=str(MEGABYTES_4 + 1))
        assert raw.answer()[0] == 413


@pytest.mark.parametrize("route", ["/mcp", "/sse", "/healthz", "/nowhere"])
def test_headers_are_bounded_on_every_route(url: str, route: str) -> None:
    """Up to 32 kB of headers and address are read; more is refused, in JSON."""
    for size, refused in [(HEAD - 1000, False), (HEAD + 1, True), (1_000_000, True)]:
        with Raw(url) as raw:
            raw.head(f"DELETE {route}", X="x" * size)
            status, _, error = raw.refusal()
        assert (status == 431, error == "header_fields_too_large") == (refused, refused)


def test_what_is_no_http_is_refused(url: str) -> None:
    """Other protocols get 400, in JSON, and the connection ends."""
    with Raw(url) as raw:
        raw.send(b"\x16\x03\x01 this is TLS\r\n\r\n")
        assert b"HTTP/1.1 400" in raw.rest()


@pytest.mark.parametrize("authorization", [f"Bearer {A}", "none"])
def test_a_body_that_is_no_http_is_refused_once(url: str, authorization: str) -> None:
    """A broken chunk gets one answer, whether or not the request had another one coming."""
    with Raw(url) as raw:
        raw.head("POST /mcp", Authorization=authorization, Transfer_Encoding="chunked")
        raw.send(b"not a length\r\n")
        assert raw.rest().count(b"HTTP/1.1 4") == 1


def test_a_body_that_breaks_after_its_answer_gets_no_other(url: str) -> None:
    """Who was answered before the body came is hung up on when it is no HTTP."""
    with Raw(url) as raw:
        raw.head("PUT /mcp", Transfer_Encoding="chunked")
        assert raw.refusal()[0] == 405
        raw.send(b"not a length\r\n")
        assert raw.rest() == b""


@pytest.mark.parametrize("authorization", [f"Bearer {A}", "none"])
def test_a_broken_request_for_a_head_gets_no_body(url: str, authorization: str) -> None:
    """Who asks for an answer's head only is refused with one, as HTTP has it."""
    with Raw(url) as raw:
        raw.head("HEAD /mcp", Authorization=authorization, Transfer_Encoding="chunked")
        raw.send(b"not a length\r\n")
        assert raw.rest().endswith(b"\r\n\r\n")


def test_a_client_that_leaves_in_the_middle_is_forgotten(impatient: Server) -> None:
    """Who hangs up before the request is complete leaves nothing behind, not even in the log."""
    url = at(impatient)
    with Raw(url) as raw:
        raw.head("POST /", Content_Length="5")
        raw.send(b"abc")
    assert httpx2.post(url, content=b"you").text == "hello you"
    impatient.err.until("answered")
    impatient.end()
    assert set(impatient.err.rest().splitlines()[1:]) == {"hung up", "answered"}


def test_a_request_that_trickles_in_is_given_up(hasty: str) -> None:
    """Who sends the head, or the body, too slowly gets 408, in JSON, and the connection ends."""
    with Raw(hasty) as raw:
        raw.send(b"POST / HT")
        status, headers, error = raw.refusal()
        assert (status, headers["connection"], error) == (408, "close", "request_timeout")
    with Raw(hasty) as raw:
        raw.head("POST /", Content_Length="5")
        raw.send(b"abc")
        status, headers, error = raw.refusal()
        assert (status, headers["connection"], error) == (408, "close", "request_timeout")
        assert raw.rest() == b""


def test_a_connection_without_a_request_is_closed(hasty: str) -> None:
    """Who connects and says nothing is hung up on."""
    with Raw(hasty) as raw:
        assert raw.rest() == b""


def test_a_connection_that_was_of_use_stays_open(hasty: str) -> None:
    """Between two requests a client may take longer than within one."""
    with Raw(hasty) as raw, Raw(raw.url) as other:
        raw.head("GET /")
        assert raw.answer()[2] == b"hello "
        assert other.rest() == b""
        raw.head("GET /")
        assert raw.answer()[2] == b"hello "


def test_what_is_refused_is_not_read_for_ever(hasty: str) -> None:
    """Who goes on sending what was refused is hung up on."""
    with Raw(hasty) as raw:
        raw.head("POST /", Content_Length="50")
        assert raw.answer()[0] == 413
        assert raw.rest() == b""


def test_what_is_refused_may_be_followed_by_another_request(hasty: str) -> None:
    """Who sends all of what was refused can go on with the same connection."""
    with Raw(hasty) as raw:
        raw.head("POST /", Content_Length="50")
        assert raw.answer()[0] == 413
        raw.send(b" " * 50)
        raw.head("GET /")
        assert raw.answer()[2] == b"hello "


def test_a_client_that_does_not_read_is_hung_up_on(impatient: Server) -> None:
    """An answer waits only for a client that takes it, and is never held twice."""
    with Raw(at(impatient), receive_buffer=4096) as raw:
        raw.head("GET /long")
        impatient.err.until("hung up")
        assert 0 < len(raw.rest()) < 50_000_000
