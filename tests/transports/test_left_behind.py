"""Calls in sessions of the older era that go on, by the protocol, when their POST hangs up."""

import signal
import time
from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus

import httpx2
import pytest

from tests.transports.harmonica import OWNER, Harmonica
from tests.transports.leaving import OverHttp
from tests.transports.wire import LEGACY, PATIENCE, Server, key, started

# The server, which tells at its end what it still waits for.
SERVE = """
from harmonica_mcp.cli.commands import main
from harmonica_mcp.transports.places import Places

wait = Places.all_free

async def telling(places):
    print("Waits for calls:", places.taken.total(), flush=True)
    await wait(places)

Places.all_free = telling
main(["serve", "--transport", "http", "--port", "0", "--sessions"])
"""
TOKEN = "metrics-token-of-thirty-two-letters"
SETTINGS = {
    "HARMONICA_GRACE_SECONDS": "1000",
    "HARMONICA_MAX_IN_FLIGHT": "3",
    "HARMONICA_MAX_IN_FLIGHT_PER_KEY": "2",
    "HARMONICA_METRICS_TOKEN": TOKEN,
}
OTHER = key("b")


@contextmanager
def serving(harmonica: Harmonica) -> Generator[tuple[Server, str]]:
    """Run a server that takes on three calls, two of one key."""
    with started("-c", SERVE, HARMONICA_API_URL=harmonica.url, **SETTINGS) as server:
        yield server, server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")


@pytest.fixture(scope="module")
def url(upstream: Harmonica) -> Generator[str]:
    """Such a server, for several tests."""
    with serving(upstream) as (server, address):
        yield address
        server.end()


def leave_behind(harmonica: Harmonica, url: str, api_key: str = OWNER) -> OverHttp:
    """Begin a call that stays at Harmonica, and hang up; gives the session."""
    client = OverHttp(url, LEGACY, api_key)
    client.open()
    client.begin("get_summary", {"session_id": harmonica.session})
    assert harmonica.arrived.get(timeout=PATIENCE) == "GET summary"
    client.leave()
    for _ in range(3):
        # Answered after the end of the other connection was read, and acted upon.
        assert httpx2.get(f"{url}/healthz").status_code == HTTPStatus.OK
    return client


def calls_in_flight(url: str) -> float:
    """Give what the metrics say of it."""
    page = httpx2.get(f"{url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    return float(page.partition("\nharmonica_mcp_calls_in_flight ")[2].split()[0])


def taken_on(client: OverHttp) -> bool:
    """Whether the server takes a call on at last."""
    end = time.monotonic() + PATIENCE
    while client.post("tools/list").status_code != HTTPStatus.OK:
        if time.monotonic() > end:
            return False
    return True


def test_they_count_for_their_key(harmonica: Harmonica, url: str) -> None:
    """Whoever hangs up on calls gets no further ones: 429, until those have come to their end."""
    client, _ = (leave_behind(harmonica, url) for _ in range(2))
    more = client.post("tools/list")
    assert more.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert more.headers["retry-after"] == "5"
    assert more.json() == {
        "error": "too_many_requests",
        "error_description": "This key has 2 calls under way already, and no more. "
        "Try again in a moment.",
    }
    assert calls_in_flight(url) == 2
    harmonica.answer("GET summary")
    assert taken_on(client)
    assert calls_in_flight(url) == 0
    assert harmonica.left.empty()


def test_they_count_for_all(harmonica: Harmonica, url: str) -> None:
    """A server that is full of them tells everybody to come again."""
    clients = [leave_behind(harmonica, url, each) for each in (OWNER, OWNER, OTHER)]
    more = clients[-1].post("tools/list")
    assert more.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert more.headers["retry-after"] == "5"
    assert more.json()["error"] == "unavailable"
    harmonica.answer("GET summary")
    assert taken_on(clients[-1])


def test_the_end_of_a_session_is_theirs(harmonica: Harmonica, url: str) -> None:
    """A client that ends its session makes room for another one's calls."""
    first, second = (leave_behind(harmonica, url) for _ in range(2))
    assert httpx2.delete(first.url, headers=first.headers).status_code == HTTPStatus.OK
    assert harmonica.left.get(timeout=PATIENCE) == "GET summary"
    assert taken_on(second)
    harmonica.answer("GET summary")


@pytest.mark.parametrize("answered", [True, False])
def test_the_end_of_the_server_waits_for_them(harmonica: Harmonica, answered: bool) -> None:
    """After the signal they finish within the grace; a second Ctrl+C leaves them no more time."""
    with serving(harmonica) as (server, url):
        leave_behind(harmonica, url)
        server.process.send_signal(signal.SIGINT)
        assert server.out.until("Waits for calls:").split()[-1] == "1"
        if answered:
            harmonica.answer("GET summary")
        else:
            server.process.send_signal(signal.SIGINT)
        assert server.ends_within(PATIENCE) == 130
        [told] = [line for line in server.err.rest().splitlines() if "tool=get_summary" in line]
        assert f"outcome={'done' if answered else 'cancelled'}" in told
        assert "Traceback" not in server.err.rest()
