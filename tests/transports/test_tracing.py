"""Traces as they reach a collector, from the program as it is installed."""

import json
import signal

import httpx2
import pytest

from tests.transports.collector import collecting
from tests.transports.wire import ERAS, LEGACY, MODERN, PATIENCE, Http, Json, Stdio, key, started

SERVE = ("-m", "harmonica_mcp", "serve", "--sandbox")
HTTP = (*SERVE, "--transport", "http", "--port", "0")
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"
CANARY = key("d")
WITHOUT_EXTRA = """
import sys
sys.modules["opentelemetry.sdk"] = None
from harmonica_mcp.cli import main
main(["serve", "--sandbox"])
"""


def test_a_trace_goes_from_the_caller_to_harmonica() -> None:
    """Over HTTP the request to Harmonica is below the call, and the call below the caller's span.

    The caller's span may stand in a header or in the message; no span holds a key, a word or an id.
    """
    with collecting() as collector:
        with started(*HTTP, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url) as server:
            url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
            for era in ERAS:
                client = Http(url, era, CANARY)
                client.open()
                client.headers["traceparent"] = PARENT
                client.call("get_current_user")
            meta: Json = {"traceparent": PARENT.replace(SPAN, "c" * 16)}
            call: Json = {"name": "get_session", "arguments": {"session_id": "hst_0a1b2c3d4e5f"}}
            Http(url, LEGACY, CANARY).post("tools/call", call | {"_meta": meta})
            for era in ERAS:
                client = Http(url, era, CANARY)
                client.post("tools/call", {"name": CANARY, "arguments": {}})
                client.post("tools/call", {"name": "my secret", "arguments": {}})
                client.post("resources/read", {"uri": f"harmonica://sessions/{CANARY}"})
                client.post("resources/read", {"uri": f"nowhere://{CANARY}"})
            server.process.send_signal(signal.SIGTERM)
            server.ends_within(PATIENCE)
        calls = [span for span in collector.spans if span.name == "tools/call get_current_user"]
        assert [(span.trace, span.parent) for span in calls] == [(TRACE, SPAN)] * 2
        requests = [span for span in collector.spans if span.name == "GET /me"]
        assert [span.parent for span in requests] == [span.id for span in calls]
        nearer = collector.named("tools/call get_session")
        assert (nearer.trace, nearer.parent) == (TRACE, "c" * 16)
        assert collector.named("GET /sessions/{id}").attributes["error.type"] == "403"
        assert b"harmonica-mcp" in collector.received
        for unwanted in (CANARY, "my secret", "hst_0a1b2c3d4e5f"):
            assert unwanted.encode() not in collector.received


@pytest.mark.parametrize("era", ERAS)
def test_stdio_sends_its_traces_at_the_end(era: str) -> None:
    """Over stdio the spans of the last call arrive although the host closes at once."""
    with collecting() as collector:
        variables = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{collector.url}/v1/traces"}
        with started(*SERVE, OTEL_SERVICE_NAME="my-agent", **variables) as server:
            host = Stdio(server, era)
            host.open()
            host.call("get_current_user")
            server.stdin.close()
            assert server.ends_within(PATIENCE) == 0
        assert (
            collector.named("GET /me").parent == collector.named("tools/call get_current_user").id
        )
        assert b"my-agent" in collector.received


def test_a_collector_that_refuses_is_told_once() -> None:
    """A collector that fails fails no call; one line says so, without its address."""
    with collecting(status=401) as collector:
        secret = collector.url.replace("http://", "http://me:secret-password@")
        with started(*SERVE, OTEL_EXPORTER_OTLP_ENDPOINT=secret) as server:
            host = Stdio(server, MODERN)
            assert host.call("get_current_user")["structuredContent"]
            server.stdin.close()
            assert server.ends_within(PATIENCE) == 0
            told = server.err.rest()
    assert told.count("Traces cannot be sent") == 1
    assert "secret-password" not in told
    assert len(told.splitlines()) == 1


def test_a_collector_out_of_reach_holds_nothing_up() -> None:
    """Where there is no collector calls are answered, and the server ends as usual."""
    with collecting() as gone:
        nowhere = gone.url
    with started(*SERVE, OTEL_EXPORTER_OTLP_ENDPOINT=nowhere) as server:
        assert Stdio(server, LEGACY).open()
        server.stdin.close()
        assert server.ends_within(PATIENCE) == 0


def test_without_the_extra_it_serves_and_says_so() -> None:
    """Where the extra is not installed a warning names it, and everything else works."""
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    with started("-c", WITHOUT_EXTRA, **variables) as server:
        assert Stdio(server, MODERN).call("get_current_user")["structuredContent"]
        server.stdin.close()
        server.ends_within(PATIENCE)
        [line] = server.err.rest().splitlines()
    assert "OTEL_EXPORTER_OTLP_ENDPOINT is set" in line
    assert "pip install 'harmonica-mcp[otel]'" in line


def test_a_trace_changes_no_answer() -> None:
    """Without a collector a request with a trace, a good or a bad one, is served like any other."""
    with started(*HTTP) as server:
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        for header in (PARENT, "nonsense"):
            client = Http(url, MODERN, CANARY)
            client.headers["traceparent"] = header
            assert json.dumps(client.call("get_current_user"))
            healthy = httpx2.get(f"{url}/healthz", headers={"traceparent": header})
            assert healthy.status_code == 200
