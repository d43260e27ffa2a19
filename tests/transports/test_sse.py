"""The server over HTTP+SSE."""

import json
from collections.abc import Generator

import httpx2
import pytest

from tests.transports.wire import (
    ERAS,
    LEGACY,
    PATIENCE,
    key,
    listening,
    message,
    serving_http,
    started,
)

SERVE = ("-m", "harmonica_mcp", "serve", "--sandbox", "--transport", "http", "--port", "0")
A, B = key("a"), key("b")


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    """A server over the sandbox."""
    with serving_http() as address:
        yield address


@pytest.mark.parametrize("era", ERAS)
def test_serves_both_eras(url: str, era: str) -> None:
    """A client of either era begins, lists tools and calls one over its stream."""
    with listening(url, era, A) as client:
        client.open()
        assert len(client.ask("tools/list")["result"]["tools"]) > 10
        assert client.call("get_current_user")["structuredContent"]["plan"] == "PRO"


@pytest.mark.parametrize("era", ERAS)
def test_two_streams_interleaved_see_their_own_sessions_only(url: str, era: str) -> None:
    """Two callers' streams, used in turn, never show the one what is the other's."""
    with listening(url, era, A) as one, listening(url, era, B) as two:
        one.open()
        two.open()
        made = [
            client.call("create_session", topic=f"Of {era}", goal="x")["structuredContent"]["id"]
            for client in (one, two)
        ]
        for mine, client in enumerate((one, two)):
            briefs = json.dumps(client.ask("resources/list")["result"]["resources"])
            assert [session in briefs for session in made] == [mine == 0, mine == 1]
            found = client.call("list_sessions", query=f"Of {era}")["structuredContent"]["sessions"]
            assert [session["id"] for session in found] == [made[mine]]


def test_a_message_to_the_stream_of_another_key_is_refused(url: str) -> None:
    """Who knows a stream's address but not its key is told that there is no such stream."""
    with listening(url, LEGACY, A) as client:
        client.open()
        sent = message(LEGACY, 99, "tools/call", {"name": "get_current_user", "arguments": {}})
        assert client.post(sent, Authorization=f"Bearer {B}").status_code == 404
        assert client.post(sent, Authorization="").status_code == 401
        assert client.call("get_current_user")["structuredContent"]


@pytest.mark.parametrize("session", ["", "?session_id=", f"?session_id={'0' * 32}"])
def test_a_message_to_no_stream_is_refused(url: str, session: str) -> None:
    """A message must name a stream that is open."""
    headers = {"Authorization": f"Bearer {A}"}
    sent = message(LEGACY, 1, "tools/list")
    response = httpx2.post(f"{url}/messages/{session}", json=sent, headers=headers)
    assert response.status_code in {400, 404}


def test_a_stream_that_is_closed_takes_no_messages(url: str) -> None:
    """When the client hangs up its session is gone."""
    with listening(url, LEGACY, A) as client:
        client.open()
    client.until_gone()


@pytest.mark.parametrize("method", ["POST", "HEAD", "DELETE"])
def test_the_stream_is_opened_by_get_only(url: str, method: str) -> None:
    """Newer clients try POST first and take the 405 as a sign of an older server."""
    headers = {"Authorization": f"Bearer {A}"}
    response = httpx2.request(method, f"{url}/sse", headers=headers, timeout=PATIENCE)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET"


def test_progress_comes_on_the_stream(url: str) -> None:
    """A call that tells how far it is does so before its answer."""
    with listening(url, LEGACY, A) as client:
        client.open()
        call = {"name": "get_current_user", "arguments": {}, "_meta": {"progressToken": "me"}}
        assert client.post(message(LEGACY, 7, "tools/call", call)).status_code == 202
        assert next(client.events())["params"]["progressToken"] == "me"
        assert next(event for event in client.events() if "result" in event)["id"] == 7


def test_no_log_names_a_stream() -> None:
    """The address at which a stream takes messages is in no log, not even of what is refused."""
    with started(*SERVE) as server:
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        with listening(url, LEGACY, A) as client:
            client.open()
            assert client.call("get_current_user")["structuredContent"]
            assert (
                client.post(message(LEGACY, 9, "x"), Authorization=f"Bearer {B}").status_code == 404
            )
            address = client.endpoint.rpartition("session_id=")[2]
        server.end()
        told = server.err.rest()
    assert "tool=get_current_user" in told
    assert len(address) == 32
    assert address not in told
    assert "/messages/" not in told
