"""Spans of requests, and the one header that Harmonica gets of a trace."""

import anyio
import httpx2
import pytest
from opentelemetry.context import attach, detach
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.client import HarmonicaClient, HarmonicaError, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.observing.tracing import Tracing, context_of
from tests.client.api import KEY, URL, Reply, ScriptedApi, envelope, page
from tests.server.conftest import MakeStage
from tests.server.wire import Json

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


class Traces:
    """What was traced of a client's requests."""

    def __init__(self, *replies: Reply) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.tracer = provider.get_tracer("test")
        self.api = ScriptedApi(*replies)
        self.pool = Pool(URL, app=self.api)
        self.pool.observers.append(Tracing(provider))
        self.client = HarmonicaClient(KEY, pool=self.pool)

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        """The spans that have ended."""
        return self._exporter.get_finished_spans()


async def test_a_request_is_a_span_without_ids() -> None:
    """A span tells operation, host and status; no id, no query, no key."""
    traces = Traces(Reply(200, {"id": "hst_secret", "topic": "Tea", "goal": "Choose"}))
    await traces.client.sessions.get("hst_secret")
    [span] = traces.spans
    assert (span.name, span.kind) == ("GET /sessions/{id}", SpanKind.CLIENT)
    assert dict(span.attributes or {}) == {
        "http.request.method": "GET",
        "url.template": "/sessions/{id}",
        "server.address": "harmonica.example",
        "http.response.status_code": 200,
    }
    assert span.status.status_code is StatusCode.UNSET


async def test_harmonica_is_told_of_the_trace() -> None:
    """The request carries the span's own `traceparent`, a child of the span around it."""
    traces = Traces(Reply(200, page()))
    with traces.tracer.start_as_current_span("around"):
        await traces.client.sessions.list(query="secret")
    inner, outer = traces.spans
    assert inner.parent == outer.context
    assert inner.context
    sent = traces.api.requests[0].headers["traceparent"]
    assert sent.startswith(f"00-{inner.context.trace_id:032x}-{inner.context.span_id:016x}-")
    assert "secret" not in inner.to_json()


@pytest.mark.parametrize(
    ("reply", "kind", "status"),
    [
        (Reply(403, envelope("forbidden", "words")), "403", 403),
        (Reply(500, "words"), "500", 500),
        (Reply(error=httpx2.ReadError("words")), "connection_lost", None),
        (Reply(error=httpx2.ConnectError("words")), "connection_failed", None),
    ],
)
async def test_a_failure_is_named(reply: Reply, kind: str, status: int | None) -> None:
    """A failed request tells its status or the kind of its failure, and no text of either."""
    traces = Traces(reply)
    with pytest.raises(HarmonicaError):
        await traces.client.sessions.get("hst_1")
    for span in traces.spans:
        attributes = dict(span.attributes or {})
        assert attributes["error.type"] == kind
        assert attributes.get("http.response.status_code") == status
        assert span.status.status_code is StatusCode.ERROR
        assert not span.events
        assert "words" not in span.to_json()


async def test_a_given_up_request_is_cancelled() -> None:
    """A request whose caller goes ends its span."""
    traces = Traces(Reply(seconds=1_000))
    with anyio.move_on_after(0.01):
        await traces.client.sessions.get("hst_1")
    [span] = traces.spans
    assert dict(span.attributes or {})["error.type"] == "cancelled"


async def test_without_tracing_a_trace_still_goes_on() -> None:
    """A caller's trace reaches Harmonica where this process traces nothing; alone, no header."""
    api = ScriptedApi(Reply(200, page()))
    pool = Pool(URL, app=api)
    pool.observers.append(Tracing())
    client = HarmonicaClient(KEY, pool=pool)
    await client.sessions.list()
    token = attach(context_of(PARENT))
    try:
        await client.sessions.list()
    finally:
        detach(token)
    assert [sent.headers.get("traceparent") for sent in api.requests] == [None, PARENT]


async def test_nothing_else_of_a_trace_goes_on() -> None:
    """What is no `traceparent` is not passed on, whatever it is."""
    api = ScriptedApi(Reply(200, page()))
    pool = Pool(URL, app=api)
    pool.observers.append(Tracing())
    token = attach(context_of("my secret"))
    try:
        await HarmonicaClient(KEY, pool=pool).sessions.list()
    finally:
        detach(token)
    assert not {"traceparent", "tracestate", "baggage"} & api.requests[0].headers.keys()


async def test_the_trace_of_a_message_goes_on(make_stage: MakeStage) -> None:
    """Where this process traces nothing, Harmonica still gets the trace that a message names."""
    seen: list[str | None] = []

    def watched(sandbox: Sandbox) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            seen.append(Headers(scope=scope).get("traceparent"))
            await sandbox.app(scope, receive, send)

        return app

    stage = make_stage(app=watched)
    stage.pool.observers.append(Tracing())
    call: Json = {"name": "list_sessions", "arguments": {}}
    async with stage.connect() as wire:
        await wire.result("tools/call", {**call, "_meta": {"traceparent": PARENT}})
        await wire.result("tools/call", call)
    assert seen == [PARENT, None]
