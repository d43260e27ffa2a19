"""Metrics for Prometheus; needs the extra `metrics`.

Labels come from fixed sets: names of tools, operations by their path template, outcomes.
"""

from collections.abc import Generator
from contextlib import contextmanager

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from harmonica_mcp.client._observing import Exchange, Observer
from harmonica_mcp.server.observing.calls import Listener, Seen

_CALLS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 120, 300)
_REQUESTS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)


class Metrics(Observer, Listener):
    """Counts calls and requests of this process."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._calls = Counter(
            "harmonica_mcp_calls",
            "Calls of tools, readings of resources and prompts, by how they ended",
            ["kind", "name", "outcome"],
            registry=registry,
        )
        self._call_seconds = Histogram(
            "harmonica_mcp_call_seconds",
            "Seconds to the answer of a call",
            ["kind", "name"],
            buckets=_CALLS,
            registry=registry,
        )
        self._calls_open = Gauge(
            "harmonica_mcp_calls_in_flight", "Calls not answered yet", registry=registry
        )
        self._waits = Counter(
            "harmonica_mcp_budget_waits",
            "Calls that waited for their key's request budget",
            registry=registry,
        )
        self._waited = Counter(
            "harmonica_mcp_budget_wait_seconds",
            "Seconds for which calls waited for their key's request budget",
            registry=registry,
        )
        self._requests = Counter(
            "harmonica_mcp_upstream_requests",
            "Requests to Harmonica, by class of HTTP status; none without an answer",
            ["operation", "status"],
            registry=registry,
        )
        self._request_seconds = Histogram(
            "harmonica_mcp_upstream_seconds",
            "Seconds to Harmonica's answer, or to the failure of the request",
            ["operation"],
            buckets=_REQUESTS,
            registry=registry,
        )
        self._requests_open = Gauge(
            "harmonica_mcp_upstream_requests_in_flight",
            "Requests that Harmonica has not answered yet",
            registry=registry,
        )

    def render(self) -> bytes:
        """All of it in Prometheus's text format."""
        return generate_latest(self.registry)

    def began(self, seen: Seen) -> None:  # noqa: ARG002 - all calls count alike
        """Count a call as open."""
        self._calls_open.inc()

    def ended(self, seen: Seen) -> None:
        """Count a call."""
        self._calls_open.dec()
        self._calls.labels(seen.kind, seen.name, seen.outcome).inc()
        self._call_seconds.labels(seen.kind, seen.name).observe(seen.seconds)
        if seen.waited:
            self._waits.inc()
            self._waited.inc(seen.waited)

    @contextmanager
    def sending(self, exchange: Exchange) -> Generator[None]:
        """Count a request."""
        operation = str(exchange.operation)
        try:
            with self._requests_open.track_inprogress():
                yield
        finally:
            self._requests.labels(operation, _status_class(exchange.status)).inc()
            self._request_seconds.labels(operation).observe(exchange.seconds)


def _status_class(status: int | None) -> str:
    """Classes as usual; 429 by itself, for it means that the request budget is set too high."""
    if status is None or status == 429:
        return str(status or "none")
    return f"{status // 100}xx"
