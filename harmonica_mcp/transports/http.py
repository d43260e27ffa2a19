"""The server over HTTP: Streamable HTTP at /mcp, HTTP+SSE at /sse, and what operators ask."""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager

from mcp.server.sse import SseServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import ANSWERED
from harmonica_mcp.transports.answers import not_served
from harmonica_mcp.transports.arriving import BoundedHead, WholeBody
from harmonica_mcp.transports.caller import RequireKey
from harmonica_mcp.transports.ending import Completed
from harmonica_mcp.transports.listening import is_loopback
from harmonica_mcp.transports.operating import MetricsPage, operating_routes
from harmonica_mcp.transports.origin import OnlyFrom, security
from harmonica_mcp.transports.sse import SseEndpoint
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
    """
    allowed = security(allowed_hosts, allowed_origins, loopback=is_loopback(host))
    operating = operating_routes(pool, metrics)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with pool, server.session_manager.run():
            yield
            # While the connections are still there: what is cut is named in the log.
            await server.callers.work.aclose()

    return Starlette(
        routes=[
            *operating,
            *_streamable_http(server, allowed, sessions=sessions),
            *_http_sse(server, allowed),
        ],
        middleware=[
            Middleware(Completed),
            Middleware(BoundedHead),
            Middleware(OnlyFrom, settings=allowed, open_paths={route.path for route in operating}),
            *_readable_by(allowed_origins),
            Middleware(Traced),
        ],
        exception_handlers={HTTPException: not_served},
        lifespan=lifespan,
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


class _Answered:
    """Lets handlers know that a hang-up of their request leaves nobody to answer to."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Mark the request."""
        scope[ANSWERED] = True
        await self.app(scope, receive, send)


def _streamable_http(
    server: HarmonicaServer, allowed: TransportSecuritySettings, *, sessions: bool
) -> list[Route]:
    # Called for the session manager that it makes; the app itself has no key check.
    server.streamable_http_app(stateless_http=not sessions, transport_security=allowed)
    endpoint = RequireKey(WholeBody(_Answered(StreamableHTTPASGIApp(server.session_manager))))
    # Without sessions the SDK would hold a GET open for ever, and nothing would come of it.
    methods = None if sessions else ["POST"]
    return [Route(path, endpoint, methods=methods) for path in ("/mcp", "/mcp/")]


def _http_sse(server: HarmonicaServer, allowed: TransportSecuritySettings) -> list[Route]:
    transport = SseServerTransport("/messages/", allowed)
    return [
        Route("/sse", RequireKey(SseEndpoint(server, transport))),
        Route("/messages/", RequireKey(WholeBody(transport.handle_post_message))),
    ]
