"""Whose call this is: the key of this message, and a client that speaks with it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Annotated, Any, Protocol, cast

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context, Resolve
from starlette.requests import Request

from harmonica_mcp.client import ApiKey, HarmonicaClient, Pool
from harmonica_mcp.client._budget import OnWait
from harmonica_mcp.client._operation import Gate
from harmonica_mcp.server.call import Call, Progress, Settle, current_call
from harmonica_mcp.server.guard.lockdown import locked
from harmonica_mcp.server.guard.privacy import Book, Lens, seen_through
from harmonica_mcp.server.observing.calls import waited
from harmonica_mcp.server.registry import ToolSpec
from harmonica_mcp.server.watching import Watching
from harmonica_mcp.server.work import Work

ANSWERED = "harmonica_mcp.answered"
"""In the scope of HTTP requests that are answered themselves, not on another stream: `Answer`."""
PLACE = "harmonica_mcp.place"
"""In the scope of HTTP requests: a context in which the request counts as under way."""

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


async def keep_place(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware: a request counts as under way until its handler ends, whoever hangs up before."""
    place: AbstractContextManager[object] = nullcontext()
    if ctx.request is not None and ctx.request_id is not None:
        place = ctx.request.scope.get(PLACE, place)
    with place:
        return await call_next(ctx)


class Answer:
    """The answer to an HTTP request, after which it is settled what its calls leave behind."""

    def __init__(self) -> None:
        self._unsettled: list[Settle] = []
        self._over = False

    def __bool__(self) -> bool:
        """Whether something is to be settled."""
        return bool(self._unsettled)

    async def settles(self, settle: Settle) -> None:
        """Settle this after the answer; at once when that is over, for then nobody hears it."""
        if self._over:
            await settle(False)
        else:
            self._unsettled.append(settle)

    async def ended(self, *, heard: bool) -> None:
        """Settle everything: the answer went out, or its client hung up."""
        self._over = True
        for settle in self._unsettled:
            await settle(heard)


@dataclass(frozen=True, slots=True)
class Callers:
    """Makes a throw-away client for each call, from its own key and the shared pool.

    A message that came over HTTP carries its key itself; the process's own key is for messages
    without an HTTP request (stdio) and never stands in for a missing one.
    """

    pool: Pool
    stdio_key: ApiKey | None = None
    work: Work = field(default_factory=Work)
    watching: Watching = field(default_factory=Watching)
    lockdown: bool = False
    dry_run: bool = False
    lens: Lens = field(default_factory=lambda: Lens("off", (), Book()))

    def key(self, request: Request | None) -> ApiKey | None:
        """The key of a message."""
        return self.stdio_key if request is None else _key_of(request.scope.get("user"))

    def digest(self) -> str:
        """The digest of the key of the message that is being handled, empty without one."""
        key = self.key(_request.get())
        return key.digest if key else ""

    def client(
        self,
        request: Request | None,
        on_wait: OnWait | None = None,
        gate: Gate | None = None,
    ) -> HarmonicaClient:
        """The client for a message."""
        key = self.key(request)
        client = HarmonicaClient(
            key, pool=self.pool, on_wait=on_wait, gate=gate, dry_run=self.dry_run
        )
        return seen_through(self.lens, locked(client) if self.lockdown else client)

    def client_without_context(self) -> HarmonicaClient:
        """The client where the SDK passes no context to the handler of a message."""
        return self.client(_request.get())


async def answered(request: Request | None, settle: Settle) -> None:
    """Settle what a call leaves behind: where its answer is an HTTP request's own, after that.

    Elsewhere (stdio) whoever leaves cancels the call, so that it is never answered.
    """
    if request is not None and ANSWERED in request.scope:
        await request.scope[ANSWERED].settles(settle)
    else:
        await settle(True)


def _key_of(user: object) -> ApiKey | None:
    return ApiKey(user.access_token.token) if isinstance(user, AuthenticatedUser) else None


class _Serves(Protocol):
    callers: Callers
    specs: Sequence[ToolSpec]


def client_for(context: Context[Any, Any], call: Call) -> HarmonicaClient:
    """The client of this message; waiting for the request budget is told as progress."""

    async def on_wait(seconds: float) -> None:
        waited(seconds)
        await call.progress.tell(f"Waiting {seconds:.0f} s for the request budget")

    callers = cast("_Serves", context.mcp_server).callers
    return callers.client(context.request_context.request, on_wait, call.gate)


def offers(context: Context[Any, Any], tool: str) -> bool:
    """Whether the server offers a tool, for what is no tool's call."""
    return any(spec.name == tool for spec in cast("_Serves", context.mcp_server).specs)


def call_of(context: Context[Any, Any]) -> Call:
    """A call for what is no tool's: a resource that is read."""
    return Call(Progress(context), cast("_Serves", context.mcp_server).callers.work)


# Resolvers are coroutines because the SDK sends plain functions to a worker thread.
async def _reporter() -> Progress:
    return current_call().progress


Reporter = Annotated[Progress, Resolve(_reporter)]


async def _watching(context: Context[Any, Any]) -> Watching:
    return cast("_Serves", context.mcp_server).callers.watching


Watcher = Annotated[Watching, Resolve(_watching)]


async def _tells_apart(context: Context[Any, Any]) -> bool:
    return cast("_Serves", context.mcp_server).callers.lens.privacy != "strict"


TellsApart = Annotated[bool, Resolve(_tells_apart)]
"""Whether single participants may be told of."""


async def _resolve(context: Context[Any, Any]) -> HarmonicaClient:
    return client_for(context, current_call())


Api = Annotated[HarmonicaClient, Resolve(_resolve)]
"""A parameter of this type is filled with the caller's client and hidden from the schema."""
