"""What operators and their programs ask an HTTP server: alive, ready, metrics.

These addresses are served under any name (probes and scrapers call an address, not a host name),
and show nothing of callers.
"""

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from harmonica_mcp.client import Pool
from harmonica_mcp.transports.answers import refusal
from harmonica_mcp.transports.readiness import Readiness

_FORMAT = "text/plain; version=0.0.4"


@dataclass(frozen=True, slots=True)
class MetricsPage:
    """`/metrics` beside MCP, for whoever has the token."""

    render: Callable[[], bytes]
    token: bytes = field(repr=False)

    async def show(self, request: Request) -> Response:
        """Show the metrics to the bearer of the token."""
        sent = request.headers.get("authorization", "").encode("latin-1")
        if not hmac.compare_digest(sent, b"Bearer " + self.token):
            challenge = {"WWW_Authenticate": 'Bearer realm="metrics"'}
            return refusal(401, "Metrics need the token of HARMONICA_METRICS_TOKEN.", **challenge)
        return Response(self.render(), media_type=_FORMAT)


def operating_routes(pool: Pool, metrics: MetricsPage | None) -> Sequence[Route]:
    """The routes."""
    readiness = Readiness(pool)

    async def ready(_: Request) -> Response:
        if await readiness.ready():
            return PlainTextResponse("ok\n")
        return refusal(503, "Harmonica has not answered lately.")

    routes = [Route("/healthz", _healthy), Route("/readyz", ready)]
    return [*routes, Route("/metrics", metrics.show)] if metrics else routes


async def _healthy(_: Request) -> Response:
    return PlainTextResponse("ok\n")
