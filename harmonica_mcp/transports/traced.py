"""A trace that began before the request goes on in its calls."""

from opentelemetry.context import attach, detach
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.server.observing.tracing import PARENT, context_of


class Traced:
    """Takes the header `traceparent`; one in a message's `_meta` is nearer, and wins."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request as part of its trace."""
        parent = Headers(scope=scope).get(PARENT) if scope["type"] == "http" else None
        if parent is None:
            await self.app(scope, receive, send)
            return
        token = attach(context_of(parent))
        try:
            await self.app(scope, receive, send)
        finally:
            detach(token)
