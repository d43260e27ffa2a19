"""Sending traces to a collector, where OpenTelemetry's own variables name one."""

import logging
import threading
from collections.abc import Collection, Sequence

import anyio
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status
from opentelemetry.util.types import AttributeValue

from harmonica_mcp._version import __version__
from harmonica_mcp.client._observing import Observer
from harmonica_mcp.transports.redaction import redacted

log = logging.getLogger(__name__)

_LAST_SPANS = 2.0
"""Seconds in which the last spans must be sent when the server ends."""
_METHOD = "mcp.method.name"
_TARGETS = ("gen_ai.tool.name", "gen_ai.prompt.name")


class Exporting(Observer):
    """Sends all spans of the process for as long as its connections are open."""

    def __init__(self, names: Collection[str], exporter: SpanExporter | None = None) -> None:
        """Begin.

        Args:
            names: of tools and prompts, that may be shown.
            exporter: where to; the collector that the environment names when left out.
        """
        # Its own words could show addresses with passwords; `Clean` says what is worth knowing.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        own = {"service.name": "harmonica-mcp", "service.version": __version__}
        told = OTELResourceDetector().detect().attributes
        self._provider = TracerProvider(
            resource=Resource.create({**own, **told}), shutdown_on_exit=False
        )
        clean = Clean(exporter or OTLPSpanExporter(), frozenset(names))
        self._provider.add_span_processor(BatchSpanProcessor(clean))
        trace.set_tracer_provider(self._provider)

    async def aclose(self) -> None:
        """Send what is left, as long as that does not hold up the end."""
        thread = threading.Thread(target=self._provider.shutdown, daemon=True)
        thread.start()
        await anyio.to_thread.run_sync(thread.join, _LAST_SPANS)


class Clean(SpanExporter):
    """Leaves out what a caller wrote: texts of errors, names of what there is not, keys."""

    def __init__(self, inner: SpanExporter, names: frozenset[str]) -> None:
        self._inner = inner
        self._names = names
        self._failing = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans; the first of several failures is told."""
        try:
            result = self._inner.export([self._cleaned(span) for span in spans])
        except Exception:  # noqa: BLE001 - whatever it is, calls go on
            result = SpanExportResult.FAILURE
        failed = result is not SpanExportResult.SUCCESS
        if failed and not self._failing:
            log.warning("Traces cannot be sent to the collector that OTEL_EXPORTER_OTLP_… names.")
        self._failing = failed
        return result

    def shutdown(self) -> None:
        """Close the connection."""
        self._inner.shutdown()

    def _cleaned(self, span: ReadableSpan) -> ReadableSpan:
        attributes = dict(span.attributes or {})
        name = span.name
        if _METHOD in attributes:
            # The SDK names a span by whatever a message calls its name.
            targets = {each: attributes.pop(each, None) for each in _TARGETS}
            known = {each: name for each, name in targets.items() if name in self._names}
            attributes |= known
            name = " ".join(map(str, (attributes[_METHOD], *known.values())))
        return ReadableSpan(
            redacted(name),
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes={key: _without_key(value) for key, value in attributes.items()},
            kind=span.kind,
            status=Status(span.status.status_code),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )


def _without_key(value: AttributeValue) -> AttributeValue:
    return redacted(value) if isinstance(value, str) else value
