"""What leaves with a trace, and what becomes of a collector that fails."""

from collections.abc import Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from harmonica_mcp.cli.tracing import Clean

KEY = "hm_live_" + "c" * 32


class Exporter(SpanExporter):
    """Keeps spans, and ends each export in its turn: as told, or with an error."""

    def __init__(self, *ends: SpanExportResult | Exception) -> None:
        self._ends = list(ends)
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Keep the spans."""
        self.spans += spans
        end = self._ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


def test_each_time_of_failures_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """A collector that fails, breaks, recovers and fails again is told twice, without its words."""
    ok, failed = SpanExportResult.SUCCESS, SpanExportResult.FAILURE
    clean = Clean(Exporter(failed, RuntimeError("secret"), ok, failed), frozenset())
    assert [clean.export([]) for _ in range(4)] == [failed, failed, ok, failed]
    assert caplog.text.count("Traces cannot be sent") == 2
    assert "secret" not in caplog.text


def test_keys_and_typed_names_are_left_out() -> None:
    """A span names tools that there are; what a caller typed is left out, keys first of all."""
    method = "tools/call"
    exporter = Exporter(SpanExportResult.SUCCESS)
    spans = [
        ReadableSpan(
            f"{method} {name}",
            attributes={
                "gen_ai.tool.name": name,
                "mcp.method.name": method,
                "jsonrpc.request.id": KEY,
                "number": 1,
            },
        )
        for name in ("get_session", "my secret")
    ]
    Clean(exporter, frozenset({"get_session"})).export([*spans, ReadableSpan(KEY)])
    assert [span.name for span in exporter.spans] == [
        "tools/call get_session",
        "tools/call",
        "hm_live_(hidden)",
    ]
    for span, name in zip(exporter.spans, ("get_session", None), strict=False):
        attributes = dict(span.attributes or {})
        assert attributes.get("gen_ai.tool.name") == name
        assert attributes["jsonrpc.request.id"] == "hm_live_(hidden)"
        assert attributes["number"] == 1


@pytest.mark.parametrize(
    ("method", "typed", "shown"),
    [
        ("prompts/get", "check_session", "prompts/get check_session"),
        ("prompts/get", "my secret", "prompts/get"),
        ("tools/list", None, "tools/list"),
    ],
)
def test_no_name_that_a_caller_made_up(method: str, typed: str | None, shown: str) -> None:
    """Neither that of a prompt that there is not, nor one where nothing is named."""
    exporter = Exporter(SpanExportResult.SUCCESS)
    attributes = {"mcp.method.name": method} | ({"gen_ai.prompt.name": typed} if typed else {})
    span = ReadableSpan(f"{method} {typed or 'my secret'}", attributes=attributes)
    Clean(exporter, frozenset({"check_session"})).export([span])
    [told] = exporter.spans
    assert told.name == shown
    assert "my secret" not in dict(told.attributes or {}).values()
