"""Whose call this is: the key of this message, and a client that speaks with it."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, cast

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, Resolve
from starlette.requests import Request

from harmonica_mcp.client import ApiKey, HarmonicaClient, Pool
from harmonica_mcp.client._budget import OnWait

_request: ContextVar[Request | None] = ContextVar("request", default=None)


async def remember_request(
    ctx: ServerRequestContext[Any, Any], call_next: CallNext
) -> HandlerResult:
    """Middleware: keep each message's HTTP request for handlers that are given no context."""
    before = _request.set(ctx.request)
    try:
        return await call_next(ctx)
    finally:
        _request.reset(before)


@dataclass(frozen=True, slots=True)
class Callers:
    """Makes a throw-away client for each call, from its own key and the shared pool.

    A message that came over HTTP carries its key itself; the process's own key is for messages
    without an HTTP request (stdio) and never stands in for a missing one.
    """

    pool: Pool
    stdio_key: ApiKey | None = None

    def client(self, request: Request | None, on_wait: OnWait | None = None) -> HarmonicaClient:
        """The client for a message."""
        key = self.stdio_key if request is None else _key_of(request.scope.get("user"))
        return HarmonicaClient(key, pool=self.pool, on_wait=on_wait)

    def client_without_context(self) -> HarmonicaClient:
        """The client where the SDK passes no context to the handler of a message."""
        return self.client(_request.get())


def _key_of(user: object) -> ApiKey | None:
    return ApiKey(user.access_token.token) if isinstance(user, AuthenticatedUser) else None


class _Serves(Protocol):
    callers: Callers


class Progress:
    """Tells the host how far a call is; the numbers only ever grow, as the protocol asks."""

    def __init__(self, context: Context[Any, Any]) -> None:
        self._context = context
        self._last = 0.0

    async def tell(
        self, message: str, done: float | None = None, total: float | None = None
    ) -> None:
        """Report `done` of `total`, or merely that something goes on."""
        self._last = max(self._last + 0.001, done or 0.0)
        await self._context.report_progress(self._last, total, message)


def _progress(context: Context[Any, Any]) -> Progress:
    return Progress(context)


Reporter = Annotated[Progress, Resolve(_progress)]


async def client_for(context: Context[Any, Any], progress: Progress) -> HarmonicaClient:
    """The client of this message; waiting for the request budget is told as progress."""

    async def on_wait(seconds: float) -> None:
        await progress.tell(f"Waiting {seconds:.0f} s for the request budget")

    callers = cast("_Serves", context.mcp_server).callers
    return callers.client(context.request_context.request, on_wait)


async def _resolve(context: Context[Any, Any], progress: Reporter) -> HarmonicaClient:
    return await client_for(context, progress)


Api = Annotated[HarmonicaClient, Resolve(_resolve)]
"""A parameter of this type is filled with the caller's client and hidden from the schema."""
