"""The server over Streamable HTTP with `--sessions`, for what older clients need them for."""

import json
from collections.abc import Generator

import httpx2
import pytest

from tests.transports.wire import ERAS, LEGACY, MODERN, PATIENCE, Http, key, serving_http

A, B = key("a"), key("b")


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    """A server over the sandbox."""
    with serving_http("--sessions") as address:
        yield address


@pytest.mark.parametrize("era", ERAS)
def test_serves_both_eras(url: str, era: str) -> None:
    """Only a client of the older era gets a session; both are served."""
    client = Http(url, era, A)
    client.open()
    assert client.call("get_current_user")["structuredContent"]["plan"] == "PRO"
    assert ("Mcp-Session-Id" in client.headers) is (era == LEGACY)


def test_two_sessions_interleaved_see_their_own_only(url: str) -> None:
    """Two callers' sessions, used in turn, never show the one what is the other's."""
    clients = [Http(url, LEGACY, api_key) for api_key in (A, B)]
    for client in clients:
        client.open()
    made = [
        client.call("create_session", topic="Of two", goal="A goal")["structuredContent"]["id"]
        for client in clients
    ]
    for mine, client in enumerate(clients):
        briefs = json.dumps(client.ask("resources/list")["result"]["resources"])
        assert [session in briefs for session in made] == [mine == 0, mine == 1]
        found = client.call("list_sessions", query="Of two")["structuredContent"]["sessions"]
        assert [session["id"] for session in found] == [made[mine]]


def test_the_session_of_another_key_is_refused(url: str) -> None:
    """Who knows a session's id but not its key is told that there is no such session."""
    owner, stranger = Http(url, LEGACY, A), Http(url, LEGACY, B)
    owner.open()
    stranger.headers["Mcp-Session-Id"] = owner.headers["Mcp-Session-Id"]
    for method in ("POST", "GET", "DELETE"):
        response = httpx2.request(method, stranger.url, headers=stranger.headers)
        assert response.status_code == 404
    assert owner.call("get_current_user")["structuredContent"]


def test_a_session_has_a_stream_and_an_end(url: str) -> None:
    """A session's client may listen, and ends the session when it is done."""
    client = Http(url, LEGACY, A)
    client.open()
    with httpx2.stream("GET", client.url, headers=client.headers, timeout=PATIENCE) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
    assert httpx2.delete(client.url, headers=client.headers).status_code == 200
    assert client.post("tools/list").status_code == 404


def test_a_modern_client_has_no_stream(url: str) -> None:
    """The protocol of 2026 knows no sessions, so a GET of it is refused."""
    headers = Http(url, MODERN, A).headers | {"MCP-Protocol-Version": MODERN}
    assert httpx2.get(f"{url}/mcp", headers=headers).status_code == 405
