"""The server over Streamable HTTP, without sessions, as it is by default."""

import json
from collections.abc import Generator

import httpx2
import pytest

from bench import wire
from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.transports.http import http_app
from tests.transports.wire import (
    ERAS,
    LEGACY,
    MODERN,
    PATIENCE,
    Http,
    Json,
    key,
    message,
    serving_http,
)

A, B = key("a"), key("b")
MCP_ROUTES = ("/mcp", "/sse", "/messages/")


@pytest.fixture(scope="module")
def url() -> Generator[str]:
    """A server over the sandbox."""
    with serving_http("--allowed-origin", "https://app.example") as address:
        yield address


@pytest.mark.parametrize("era", ERAS)
def test_serves_both_eras(url: str, era: str) -> None:
    """A client of either era begins, lists tools and calls one, each request with its key."""
    client = Http(url, era, A)
    assert client.open()["serverInfo" if era == LEGACY else "capabilities"]
    assert len(client.ask("tools/list")["result"]["tools"]) > 10
    assert client.call("get_current_user")["structuredContent"]["plan"] == "PRO"
    assert "Mcp-Session-Id" not in client.headers


def test_a_legacy_header_over_a_modern_message_is_served(url: str) -> None:
    """A client that says 2025-11-25 in the header and 2026-07-28 in the body is served."""
    call: Json = {"name": "get_current_user", "arguments": {}}
    response = httpx2.post(
        f"{url}/mcp",
        json=message(MODERN, 1, "tools/call", call),
        headers=Http(url, LEGACY, A).headers | {"MCP-Protocol-Version": LEGACY},
    )
    assert response.status_code == 200
    assert '"plan":"PRO"' in response.text


def test_half_an_emoji_in_a_name_is_refused_with_a_sentence(url: str) -> None:
    """A participant's name that was cut within an emoji is no fault of the server's."""
    client = Http(url, MODERN, A)
    spoken = {"session_id": "hst_1", "participant_name": "Ada \ud83d", "content": "Hi"}
    call: Json = {"name": "send_chat_message", "arguments": spoken}
    response = httpx2.post(
        f"{url}/mcp",
        content=json.dumps(message(MODERN, 1, "tools/call", call)),
        headers=client.headers | wire.headers(MODERN, "tools/call", call),
    )
    assert "participant_name is not valid Unicode text." in response.text


@pytest.mark.parametrize("era", ERAS)
def test_two_keys_see_their_own_sessions_only(url: str, era: str) -> None:
    """Two callers' requests, interleaved, never show the one the other's sessions."""
    clients = [Http(url, era, api_key) for api_key in (A, B)]
    for client in clients:
        client.open()
    made = [
        client.call("create_session", topic=f"Of {era}", goal="A goal")["structuredContent"]["id"]
        for client in clients
    ]
    for mine, (client, other) in enumerate(zip(clients, reversed(made), strict=True)):
        briefs = json.dumps(client.ask("resources/list")["result"]["resources"])
        assert [session in briefs for session in made] == [mine == 0, mine == 1]
        found = client.call("list_sessions", query=f"Of {era}")["structuredContent"]["sessions"]
        assert [session["id"] for session in found] == [made[mine]]
        assert client.call("get_session", session_id=other)["isError"]


def test_progress_reaches_the_client(url: str) -> None:
    """A call that takes several requests tells how far it is, before its answer."""
    client = Http(url, LEGACY, A)
    found = client.call("list_sessions", query="tool library")["structuredContent"]["sessions"]
    call: Json = {
        "name": "seed_scratchpad",
        "arguments": {"session_id": found[0]["id"]},
        "_meta": {"progressToken": "seed"},
    }
    events = client.post("tools/call", call).text
    assert "notifications/progress" in events
    assert events.index("notifications/progress") < events.index('"structuredContent"')


WRONG = {
    "none": [],
    "another scheme": [("Authorization", f"Basic {A}")],
    "no scheme": [("Authorization", A)],
    "another kind of key": [("Authorization", "Bearer sk-1234")],
    "an empty key": [("Authorization", "Bearer")],
    "two headers": [("Authorization", f"Bearer {A}"), ("Authorization", f"Bearer {A}")],
    "two keys": [("Authorization", f"Bearer {A}, Bearer {B}")],
    "in the query only": [("X-Api-Key", A)],
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG.keys())
@pytest.mark.parametrize("route", MCP_ROUTES)
def test_a_request_without_its_own_key_is_refused(
    url: str, route: str, headers: list[tuple[str, str]]
) -> None:
    """Without exactly one Harmonica key as bearer the answer is 401, in JSON, with a challenge."""
    method = "GET" if route == "/sse" else "POST"
    response = httpx2.request(method, url + route, headers=headers, params={"key": A})
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == 'Bearer realm="harmonica-mcp"'
    assert response.json()["error"] == "invalid_token"
    assert "https://app.harmonica.chat" in response.json()["error_description"]
    assert A not in response.text


def test_the_scheme_is_read_in_any_case(url: str) -> None:
    """`bearer` is as good as `Bearer`."""
    client = Http(url, MODERN, A)
    client.headers["Authorization"] = f"bearer {A}"
    assert client.call("get_current_user")["structuredContent"]


ROUTES = (*MCP_ROUTES, "/.well-known/oauth-protected-resource", "/nowhere")


@pytest.mark.parametrize("route", ROUTES)
def test_a_foreign_host_is_refused_everywhere(url: str, route: str) -> None:
    """A name that this server is not called by (DNS rebinding) gets 421, in JSON."""
    response = httpx2.post(url + route, headers=Http(url, MODERN, A).headers | {"Host": "evil"})
    assert response.status_code == 421
    assert response.json()["error"] == "misdirected_request"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil"])
@pytest.mark.parametrize("route", ROUTES)
def test_a_foreign_origin_is_refused_everywhere(url: str, route: str, origin: str) -> None:
    """A page from elsewhere gets 403, in JSON, and no permission to read it."""
    headers = Http(url, MODERN, A).headers | {"Origin": origin}
    response = httpx2.post(url + route, headers=headers)
    assert response.status_code == 403
    assert response.json()["error"] == "forbidden"
    assert "access-control-allow-origin" not in response.headers


ASKED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "mcp-name"}


def test_a_page_of_an_allowed_origin_may_call(url: str) -> None:
    """A browser's question beforehand is answered, and so is the call."""
    before = httpx2.options(f"{url}/mcp", headers=ASKED | {"Origin": "https://app.example"})
    assert before.status_code == 200
    assert before.headers["access-control-allow-headers"] == "mcp-name"
    client = Http(url, MODERN, A)
    client.headers["Origin"] = "https://app.example"
    response = client.post("tools/list")
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "https://app.example"
    assert "Retry-After" in response.headers["access-control-expose-headers"]


def test_a_page_of_this_machine_is_not_shown_the_answer(url: str) -> None:
    """A loopback origin that was not given is served, as programs of this machine are, not read."""
    local = {"Origin": "http://localhost:6274"}
    client = Http(url, MODERN, A)
    client.headers |= local
    response = client.post("tools/list")
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers
    before = httpx2.options(f"{url}/mcp", headers=ASKED | local)
    assert "access-control-allow-origin" not in before.headers


def test_without_origins_there_is_no_cors() -> None:
    """A server that was given no origin never speaks of them, whatever it is asked."""
    with serving_http() as address:
        headers = Http(address, MODERN, A).headers | ASKED | {"Origin": "http://localhost"}
        for route in (*ROUTES, "/healthz"):
            for method in ("OPTIONS", "GET", "POST"):
                with httpx2.stream(method, address + route, headers=headers) as response:
                    names = " ".join(response.headers)
                assert "access-control" not in names


@pytest.mark.parametrize("headers", [{}, {"Host": "evil"}, {"Origin": "https://evil.example"}])
def test_the_status_is_open(url: str, headers: dict[str, str]) -> None:
    """Whoever watches over the server needs no key, and may call it by any name."""
    response = httpx2.get(f"{url}/healthz", headers=headers)
    assert (response.status_code, response.text) == (200, "ok\n")


@pytest.mark.parametrize(
    "route",
    [
        "/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource/mcp",
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/register",
        "/",
        "/messages/more",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_is_not_there_says_so_in_json(url: str, method: str, route: str) -> None:
    """Clients that look for OAuth after a 401 find a 404 that they can parse."""
    response = httpx2.request(method, url + route)
    assert response.status_code == 404
    assert response.json()["error"] == "not_found"


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
@pytest.mark.parametrize("era", ERAS)
def test_only_post_is_served(url: str, era: str, method: str) -> None:
    """There is no stream to hold open and no session to end: 405, at once."""
    headers = Http(url, era, A).headers | {"MCP-Protocol-Version": era}
    response = httpx2.request(method, f"{url}/mcp", headers=headers, timeout=PATIENCE)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.json()["error"] == "method_not_allowed"


def test_a_slash_at_the_end_makes_no_difference(url: str) -> None:
    """`/mcp/` is served like `/mcp`, without a redirect that would lose the key."""
    client = Http(url, MODERN, A)
    client.url += "/"
    assert client.ask("tools/list")["result"]["tools"]


async def test_the_connections_end_with_the_server() -> None:
    """When the app ends it closes the connections to Harmonica."""
    pool = Pool()
    app = http_app(build_server(pool), pool)
    async with app.router.lifespan_context(app):
        assert not pool.connections.client.is_closed
    assert pool.connections.client.is_closed
