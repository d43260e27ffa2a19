"""A key that nobody must ever read: not in an answer, not in a log, not on a terminal."""

import json
import signal
from collections.abc import Callable

import httpx2
import pytest

from tests.transports.wire import ERAS, LEGACY, PATIENCE, Http, Json, Stdio, key, listening, started

CANARY = key("c")
JSON_BODY = {"Content-Type": "application/json"}
TOKEN = "t" * 32
METRICS = {"HARMONICA_METRICS_TOKEN": TOKEN}
SCRAPER = {"Authorization": f"Bearer {TOKEN}"}
SERVE = ("-m", "harmonica_mcp", "serve", "--sandbox")

# Calls that succeed, that Harmonica refuses, that the server refuses; some have the key in them.
REQUESTS: list[tuple[str, Json]] = [
    ("tools/list", {}),
    ("tools/call", {"name": "get_current_user", "arguments": {}}),
    ("tools/call", {"name": "create_session", "arguments": {"topic": "Bees", "goal": "A place"}}),
    ("tools/call", {"name": "get_summary", "arguments": {"session_id": "hst_000000000000"}}),
    ("tools/call", {"name": "list_sessions", "arguments": {"api_key": CANARY}}),
    ("tools/call", {"name": "list_sessions", "arguments": {"limit": CANARY}}),
    ("tools/call", {"name": "list_sessions", "arguments": {"cursor": CANARY}}),
    ("tools/call", {"name": "get_session", "arguments": {"session_id": CANARY}}),
    ("tools/call", {"name": "get_session", "arguments": {"session_id": [CANARY]}}),
    ("resources/list", {}),
    ("resources/read", {"uri": "harmonica://sessions/hst_000000000000/brief"}),
    ("nonsense", {"key": CANARY}),
]


def ask_all(ask: Callable[[str, Json], object]) -> str:
    """Send all requests and give all answers as one text."""
    return "\n".join(json.dumps(ask(method, params)) for method, params in REQUESTS)


@pytest.mark.parametrize("era", ERAS)
def test_stdio_shows_no_key(era: str) -> None:
    """The key of the environment is on neither stream, whatever is asked."""
    with started(*SERVE, HARMONICA_API_KEY=CANARY) as server:
        host = Stdio(server, era)
        host.open()
        ask_all(host.ask)
        server.process.send_signal(signal.SIGTERM)
        server.ends_within(2)
        assert "plan PRO" in server.out.rest()
        assert CANARY not in server.out.rest()
        assert CANARY not in server.err.rest()


@pytest.mark.parametrize("options", [[], ["--sessions"]], ids=["stateless", "sessions"])
def test_http_shows_no_key(options: list[str]) -> None:
    """The key of a request is in no answer, no refusal and no log of any HTTP transport."""
    told: list[str] = []
    with started(*SERVE, "--transport", "http", "--port", "0", *options, **METRICS) as server:
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        for era in ERAS:
            client = Http(url, era, CANARY)
            client.open()
            told += [client.post(method, params).text for method, params in REQUESTS]
        with listening(url, LEGACY, CANARY) as stream:
            stream.open()
            told.append(ask_all(stream.ask))
            garbage = httpx2.post(
                stream.endpoint,
                content=b"{" + CANARY.encode(),
                headers=stream.authorization | JSON_BODY,
            )
            told.append(garbage.text)
        told += [response.text for response in refused(url)]
        told += [
            httpx2.get(f"{url}/metrics", headers=SCRAPER).text,
            httpx2.get(f"{url}/readyz").text,
        ]
        server.process.send_signal(signal.SIGTERM)
        server.ends_within(PATIENCE)
        logged = server.err.rest()
    assert "Invalid Host header: hm_live_(hidden)" in logged
    assert "call tool=get_session outcome=invalid_input" in logged
    assert CANARY not in logged
    assert "plan PRO" in "".join(told)
    assert 'harmonica_mcp_calls_total{kind="tool",name="get_session"' in "".join(told)
    assert CANARY not in "".join(told)


def refused(url: str) -> list[httpx2.Response]:
    """Give the answers to requests that do not come as far as MCP."""
    bearer = {"Authorization": f"Bearer {CANARY}"}
    return [
        httpx2.post(f"{url}/mcp", headers={"Authorization": CANARY}),
        httpx2.post(f"{url}/mcp", headers={"Authorization": f"Bearer {CANARY}, {CANARY}"}),
        httpx2.post(f"{url}/mcp", headers=bearer | {"Host": CANARY}),
        httpx2.post(f"{url}/mcp", headers=bearer | {"Origin": f"http://{CANARY}"}),
        httpx2.post(f"{url}/mcp", headers=bearer | {"Mcp-Session-Id": CANARY}, json={}),
        httpx2.post(f"{url}/mcp", headers=bearer, content=CANARY),
        httpx2.post(f"{url}/messages/?session_id={CANARY}", headers=bearer, json={}),
        httpx2.get(f"{url}/{CANARY}", headers=bearer),
        httpx2.get(f"{url}/mcp", headers=bearer),
    ]
