"""A span for each request to Harmonica, below the span of the message that caused it.

Speaks to OpenTelemetry's API, which does nothing unless somebody set up its SDK. Where a caller
sent a `traceparent`, Harmonica gets one even then; otherwise nothing is made where nobody listens.
"""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from opentelemetry.context import Context
from opentelemetry.trace import (
    ProxyTracerProvider,
    SpanKind,
    Status,
    StatusCode,
    TracerProvider,
    get_current_span,
    get_tracer,
    get_tracer_provider,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from harmonica_mcp._version import __version__
from harmonica_mcp.client._observing import Exchange, Observer
from harmonica_mcp.server.observing.calls import outcome_of

PARENT = "traceparent"
_W3C = TraceContextTextMapPropagator()


class Tracing(Observer):
    """Traces requests: the operation and how it ended, never ids, queries or keys."""

    def __init__(self, provider: TracerProvider | None = None) -> None:
        """Trace to a provider; to the process's when left out."""
        self._tracer = get_tracer("harmonica-mcp", __version__, provider)
        self._own = provider is not None

    def sending(self, exchange: Exchange) -> AbstractContextManager[None]:
        """Trace a request, and tell Harmonica which trace it belongs to; nothing without both."""
        if self._own or _somebody_listens() or get_current_span().get_span_context().is_valid:
            return self._traced(exchange)
        return nullcontext()

    @contextmanager
    def _traced(self, exchange: Exchange) -> Generator[None]:
        with self._tracer.start_as_current_span(
            str(exchange.operation),
            kind=SpanKind.CLIENT,
            attributes={
                "http.request.method": exchange.operation.method,
                "url.template": exchange.operation.path,
                "server.address": exchange.host,
            },
            # The texts of errors stay here.
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            exchange.headers |= _parent()
            try:
                yield
            except BaseException as error:
                span.set_attribute("error.type", outcome_of(error))
                span.set_status(Status(StatusCode.ERROR))
                raise
            status = exchange.status or 0
            span.set_attribute("http.response.status_code", status)
            if status >= 400:
                span.set_attribute("error.type", str(status))
                span.set_status(Status(StatusCode.ERROR))


def while_heard(spans: ServerMiddleware[Any]) -> ServerMiddleware[Any]:
    """Spans of messages only where somebody listens, or the message itself is part of a trace.

    Args:
        spans: the SDK's middleware, which makes one for every message.
    """

    async def heard(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if _somebody_listens() or PARENT in (ctx.meta or {}):
            return await spans(ctx, call_next)
        return await call_next(ctx)

    return heard


def context_of(parent: str) -> Context:
    """The context that a `traceparent` names; nothing else of it when it is none."""
    return _W3C.extract({PARENT: parent})


def _somebody_listens() -> bool:
    return not isinstance(get_tracer_provider(), ProxyTracerProvider)


def _parent() -> dict[str, str]:
    """The one header; `tracestate` and baggage may hold anything that a caller put there."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return {name: value for name, value in carrier.items() if name == PARENT}
