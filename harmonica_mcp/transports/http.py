"""The server over HTTP: Streamable HTTP at /mcp, HTTP+SSE at /sse, and what operators ask."""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager

from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
from mcp.server.transport_security import TransportSecuritySettings
from sse_starlette.sse import AppStatus
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.transports.answered import Answered
from harmonica_mcp.transports.answers import not_served, refusal
from harmonica_mcp.transports.arriving import BoundedHead, WholeBody
from harmonica_mcp.transports.caller import RequireKey
from harmonica_mcp.transports.ending import Completed
from harmonica_mcp.transports.in_flight import InFlight
from harmonica_mcp.transports.limits import Limits
from harmonica_mcp.transports.listening import is_loopback
from harmonica_mcp.transports.operating import MetricsPage, operating_routes
from harmonica_mcp.transports.origin import OnlyFrom, security
from harmonica_mcp.transports.places import Places
from harmonica_mcp.transports.sessions import Sessions
from harmonica_mcp.transports.sse import Posts, SseEndpoint, SseTransport
from harmonica_mcp.transports.stopping import Stopping
from harmonica_mcp.transports.traced import Traced


def http_app(
    server: HarmonicaServer,
    pool: Pool,
    *,
    host: str = "127.0.0.1",
    allowed_hosts: Collection[str] = (),
    allowed_origins: Collection[str] = (),
    sessions: bool = False,
    metrics: MetricsPage | None = None,
    limits: Limits | None = None,
    stopping: Stopping | None = None,
    alone: bool = True,
) -> Starlette:
    """The ASGI app; it owns the pool, which it closes at its end.

    Args:
        server: what is served; without a key of its own.
        pool: the connections to Harmonica.
        host: where it listens; on loopback this machine's own names are allowed as Host and Origin.
        allowed_hosts: further names that clients may call the server by, with or without port.
        allowed_origins: further web origins whose pages may use it, and read its answers.
        sessions: keep sessions at /mcp for clients of the protocols before 2026-07-28, which
            elicitation and cancelling need there; one process then has to see all of a session.
        metrics: served at /metrics.
        limits: how much it takes on.
        stopping: told by whatever runs the app when it is to end.
        alone: no other process listens at the same address; HTTP+SSE is served only then.
    """
    stopping = stopping or Stopping()
    allowed = security(allowed_hosts, allowed_origins, loopback=is_loopback(host))
    endpoints = _Endpoints(server, allowed, limits or Limits(), stopping)
    operating = operating_routes(pool, metrics)
    # It would end streams in the middle of a call.
    AppStatus.disable_automatic_graceful_drain()
    return Starlette(
        routes=[
            *operating,
            *endpoints.streamable_http(sessions=sessions),
            *(endpoints.http_sse() if alone else [Route("/sse", _one_process_only)]),
        ],
        middleware=[
            Middleware(Completed),
            Middleware(BoundedHead),
            Middleware(OnlyFrom, settings=allowed, open_paths={each.path for each in operating}),
            *_readable_by(allowed_origins),
            Middleware(Traced),
        ],
        exception_handlers={HTTPException: not_served},
        lifespan=lambda _: endpoints.served_over(pool),
    )


def _readable_by(origins: Collection[str]) -> list[Middleware]:
    """CORS, for pages of these origins and no others."""
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=list(origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=["Mcp-Session-Id", "Retry-After", "WWW-Authenticate"],
        )
    ]


async def _one_process_only(_: Request) -> Response:
    return refusal(404, "HTTP+SSE needs a server of one process; this one has several: use /mcp.")


class _Endpoints:
    """The addresses at which MCP is spoken, with limits that they share."""

    def __init__(
        self,
        server: HarmonicaServer,
        allowed: TransportSecuritySettings,
        limits: Limits,
        stopping: Stopping,
    ) -> None:
        self.server = server
        self.allowed = allowed
        self.limits = limits
        self.stopping = stopping
        self.places = Places(limits.in_flight, limits.in_flight_per_key, "calls under way")
        self.arriving = Places(limits.in_flight, limits.in_flight_per_key, "requests arriving")

    @asynccontextmanager
    async def served_over(self, pool: Pool) -> AsyncGenerator[None]:
        """Answer calls; at the end those under way finish, as long as there is time."""
        work = self.server.callers.work
        async with pool, self.server.session_manager.run():
            yield
            # While the connections are still there: what is cut is named in the log.
            await self.stopping.wait_for(self.places.all_free, work.finished)
            await work.aclose()

    def streamable_http(self, *, sessions: bool) -> list[Route]:
        """`/mcp`."""
        # Called for the session manager that it makes; the app itself has no key check.
        self.server.streamable_http_app(
            stateless_http=not sessions,
            session_idle_timeout=self.limits.idle_seconds,
            transport_security=self.allowed,
        )
        manager = self.server.session_manager
        app: ASGIApp = Answered(StreamableHTTPASGIApp(manager))
        if sessions:
            app = Sessions(app, manager, self.limits, self.stopping)
        endpoint = RequireKey(WholeBody(InFlight(app, self.places, self.stopping), self.arriving))
        # Without sessions the SDK would hold a GET open for ever, and nothing would come of it.
        methods = None if sessions else ["POST"]
        return [Route(path, endpoint, methods=methods) for path in ("/mcp", "/mcp/")]

    def http_sse(self) -> list[Route]:
        """`/sse`, and where its clients post."""
        transport = SseTransport("/messages/", self.allowed)
        streams = SseEndpoint(self.server, transport, self.limits, self.stopping)
        posts = InFlight(transport.handle_post_message, self.places, self.stopping, elsewhere=True)
        return [
            Route("/sse", RequireKey(streams)),
            Route("/messages/", RequireKey(WholeBody(Posts(posts), self.arriving))),
        ]
