"""How many calls a server takes on at a time, of one key and of all."""

import time
from collections.abc import Callable, Generator
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
    Sse,
    key,
    listening,
    message,
    started,
)

SERVE = ("-m", "harmonica_mcp", "serve", "--transport", "http", "--port", "0")
FEW = {"HARMONICA_MAX_IN_FLIGHT": "3", "HARMONICA_MAX_IN_FLIGHT_PER_KEY": "2"}
OTHER, THIRD = key("b"), key("c")


@pytest.fixture(scope="module", params=[(), ("--sessions",)], ids=["stateless", "sessions"])
def url(upstream: Harmonica, request: pytest.FixtureRequest) -> Generator[str]:
    """A server that takes on three calls, two of one key."""
    with started(*SERVE, *request.param, HARMONICA_API_URL=upstream.url, **FEW) as server:
        yield server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        server.end()


@pytest.fixture
def threads() -> Generator[ThreadPoolExecutor]:
    """Where calls wait for their answers."""
    with ThreadPoolExecutor() as executor:
        yield executor


def opened(url: str, era: str, api_key: str) -> Http:
    """Begin as a client."""
    client = Http(url, era, api_key)
    client.open()
    return client


def summary(harmonica: Harmonica) -> Json:
    """Give the parameters of a call that stays at Harmonica until the test lets it go."""
    return {"name": "get_summary", "arguments": {"session_id": harmonica.session}}


def begin(
    client: Http, harmonica: Harmonica, threads: ThreadPoolExecutor
) -> Callable[[], httpx2.Response]:
    """Make a call that arrives at Harmonica; gives what waits for its answer."""
    answer = threads.submit(client.post, "tools/call", summary(harmonica))
    assert harmonica.arrived.get(timeout=PATIENCE) == "GET summary"
    return lambda: answer.result(PATIENCE)


def refused(response: httpx2.Response) -> tuple[int, str, str]:
    """Give what a client sees of a refusal: status, when to come again, what is wrong."""
    return response.status_code, response.headers["retry-after"], response.json()["error"]


def until_taken_on(post: Callable[[], httpx2.Response]) -> httpx2.Response:
    """Post until there is room, which the server sees a moment after the one who left."""
    end = time.monotonic() + PATIENCE
    while (response := post()).status_code == 429:
        assert time.monotonic() < end
    return response


def until_listed(client: Sse) -> None:
    """Ask for the tools until there is room, and wait for them."""
    asked = message(client.era, 200, "tools/list")
    assert until_taken_on(lambda: client.post(asked)).status_code == 202
    listed = next(event for event in client.events() if event.get("id") == 200)
    assert listed["result"]["tools"]


@pytest.mark.parametrize("era", ERAS)
def test_calls_of_a_key_are_bounded(
    url: str, era: str, harmonica: Harmonica, threads: ThreadPoolExecutor
) -> None:
    """Up to the limit calls are taken on; one more gets 429 until another one is answered."""
    client = opened(url, era, OWNER)
    first, second = (begin(client, harmonica, threads) for _ in range(2))
    more = client.post("tools/list")
    assert refused(more) == (429, "5", "too_many_requests")
    assert more.json()["error_description"] == (
        "This key has 2 calls under way already, and no more. Try again in a moment."
    )
    assert opened(url, era, OTHER).ask("tools/list")["result"]["tools"]
    harmonica.answer("GET summary")
    assert [first().status_code, second().status_code] == [200, 200]
    assert client.ask("tools/list")["result"]["tools"]


@pytest.mark.parametrize("era", ERAS)
def test_calls_of_all_keys_are_bounded(
    url: str, era: str, harmonica: Harmonica, threads: ThreadPoolExecutor
) -> None:
    """When the server is full everybody gets 503, until a call is answered."""
    clients = [opened(url, era, api_key) for api_key in (OWNER, OWNER, OTHER, THIRD)]
    held = [begin(client, harmonica, threads) for client in clients[:3]]
    assert refused(clients[3].post("tools/list")) == (503, "5", "unavailable")
    assert refused(clients[2].post("tools/list")) == (503, "5", "unavailable")
    assert httpx2.get(f"{url}/healthz").status_code == 200
    harmonica.answer("GET summary")
    assert [answer().status_code for answer in held] == [200, 200, 200]
    assert clients[3].ask("tools/list")["result"]["tools"]


def test_what_asks_for_nothing_is_let_through(
    url: str, harmonica: Harmonica, threads: ThreadPoolExecutor
) -> None:
    """Cancelling, and answering the server's questions, is possible when everything is full."""
    client = opened(url, LEGACY, OWNER)
    held = [begin(client, harmonica, threads) for _ in range(2)]
    gone: Json = {"requestId": 1_000}
    assert client.post("notifications/cancelled", gone, notify=True).status_code == 202
    answer = {"jsonrpc": "2.0", "id": 5, "result": {"action": "decline"}}
    assert httpx2.post(client.url, json=answer, headers=client.headers).status_code == 202
    for nonsense in (b"[]", b"{", b"[" * 100_000):
        response = httpx2.post(client.url, content=nonsense, headers=client.headers)
        assert refused(response) == (429, "5", "too_many_requests")
    harmonica.answer("GET summary")
    assert [answer().status_code for answer in held] == [200, 200]


def test_who_hangs_up_makes_room(
    url: str, harmonica: Harmonica, threads: ThreadPoolExecutor
) -> None:
    """A call whose caller is gone counts no more."""
    client = opened(url, MODERN, OWNER)
    held = begin(client, harmonica, threads)
    headers = client.headers | {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call"}
    sent = message(MODERN, 9, "tools/call", summary(harmonica))
    with httpx2.Client() as gone, pytest.raises(httpx2.ReadTimeout):
        gone.post(client.url, json=sent, headers=headers | {"Mcp-Name": "get_summary"}, timeout=0.5)
    assert harmonica.arrived.get(timeout=PATIENCE) == "GET summary"
    assert harmonica.left.get(timeout=PATIENCE) == "GET summary"
    listed = until_taken_on(lambda: client.post("tools/list"))
    assert listed.json()["result"]["tools"]
    harmonica.answer("GET summary")
    assert held().status_code == 200


@pytest.mark.parametrize("era", ERAS)
def test_calls_on_streams_are_bounded(url: str, era: str, harmonica: Harmonica) -> None:
    """On HTTP+SSE the message beyond the limit is refused, and an answer makes room."""
    with listening(url, era, OWNER) as client, listening(url, era, OWNER) as other:
        client.open()
        other.open()
        hold(client, harmonica, 101)
        hold(other, harmonica, 102)
        more = client.post(message(era, 103, "tools/list"))
        assert refused(more) == (429, "5", "too_many_requests")
        harmonica.answer("GET summary")
        for each in (client, other):
            until_listed(each)


@pytest.mark.parametrize("era", ERAS)
def test_a_cancelled_call_makes_room_on_its_stream(
    url: str, era: str, harmonica: Harmonica
) -> None:
    """A call that is cancelled is never answered, and still counts no more."""
    with listening(url, era, OWNER) as client:
        client.open()
        hold(client, harmonica, 101)
        hold(client, harmonica, 102)
        gone = message(era, None, "notifications/cancelled", {"requestId": 101})
        assert client.post(gone).status_code == 202
        assert harmonica.left.get(timeout=PATIENCE) == "GET summary"
        until_listed(client)
        harmonica.answer("GET summary")


def test_a_stream_that_ends_makes_room(url: str, harmonica: Harmonica) -> None:
    """Calls whose stream is gone count no more."""
    with listening(url, LEGACY, OWNER) as client:
        client.open()
        hold(client, harmonica, 101)
        hold(client, harmonica, 102)
    for _ in range(2):
        assert harmonica.left.get(timeout=PATIENCE) == "GET summary"
    with listening(url, LEGACY, OWNER) as client:
        until_taken_on(lambda: client.post(message(LEGACY, 100, "ping")))
        client.open()
        until_listed(client)


@pytest.mark.parametrize("era", ERAS)
def test_a_number_used_twice_is_two_calls(url: str, era: str, harmonica: Harmonica) -> None:
    """Calls of one number on a stream count each, until each is answered."""
    with listening(url, era, OWNER) as client:
        client.open()
        hold(client, harmonica, 101)
        hold(client, harmonica, 101)
        assert refused(client.post(message(era, 102, "tools/list")))[0] == 429
        harmonica.answer("GET summary")
        answers = [next(client.events())["id"], next(client.events())["id"]]
        assert answers == [101, 101]
        until_listed(client)


def hold(client: Sse, harmonica: Harmonica, number: int) -> None:
    """Make a call on a stream that stays at Harmonica."""
    sent = message(client.era, number, "tools/call", summary(harmonica))
    assert client.post(sent).status_code == 202
    assert harmonica.arrived.get(timeout=PATIENCE) == "GET summary"
