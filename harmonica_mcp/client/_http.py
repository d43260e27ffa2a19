"""Sending requests, in time and within the budget: the one module that imports the HTTP library."""

import functools
import math
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Self, cast

import anyio
import httpx2
import stamina

from harmonica_mcp._version import __version__
from harmonica_mcp.client import _check, errors
from harmonica_mcp.client._answer import Answer
from harmonica_mcp.client._budget import OnWait, RequestBudget
from harmonica_mcp.client._clock import ApiClock, seconds_left
from harmonica_mcp.client._dry_run import Planned
from harmonica_mcp.client._observing import Observer, observed
from harmonica_mcp.client._operation import Gate, OpenRequest, Operation, Retry, Upload
from harmonica_mcp.client._repeats import Repeats
from harmonica_mcp.client._turns import BUSY, OpenRequests, Shares, Turns
from harmonica_mcp.client.key import DEFAULT_URL, WHERE_KEYS_COME_FROM, ApiKey, api_root
from harmonica_mcp.shared import Shared

# The API closes an idle connection after 5 s; a request sent at that moment would be lost.
_IDLE = 4.0
_CONNECT = 10.0
_CONNECTIONS = 100
_REDIRECTS = 3
# The API's server refuses an address of 16 kB without a word about what was wrong.
_LONGEST_TARGET = 15_000
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)
# How the library calls the moment at which a connection is there and the first byte goes out.
_LEAVES = "http11.send_request_headers.started"
_NO_CONNECTION = "No connection to Harmonica could be made; nothing was sent, try again."
_REPEATING = stamina.AsyncRetryingCaller(attempts=None, timeout=None, wait_max=10)


class Pool:
    """What calls share whoever makes them: connections, request budgets, turns.

    Holds no key: budgets are known by the key's digest, and a request under way holds its key
    until it ends. Connections are made on first use.

    Args:
        url: Harmonica's host, with or without `/api/v1`.
        requests_per_minute: the budget of each key.
        max_seconds: an upper bound for every operation's own time limit.
        app: an ASGI app to speak to instead of the network.
        shared: what this process shares with others; closed with the pool.
    """

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        requests_per_minute: int = 100,
        max_seconds: float = math.inf,
        app: Callable[..., Any] | None = None,
        shared: Shared | None = None,
    ) -> None:
        self.root = api_root(url)
        self.shared = shared
        self.budget = RequestBudget(requests_per_minute, shared)
        self.max_seconds = max_seconds
        self.open_requests = OpenRequests()
        self.observers: list[Observer] = []
        self._app = app
        self.shares = Shares(_CONNECTIONS // 2)
        self._turns = Turns(shared)

    @functools.cached_property
    def client(self) -> httpx2.AsyncClient:
        """The HTTP client, made on first use."""
        return httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self._app) if self._app else None,
            headers={"User-Agent": f"harmonica-mcp/{__version__}", "Accept": "*/*"},
            # One jar serves all callers: a cookie of one must never travel with another's key.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            limits=httpx2.Limits(max_connections=_CONNECTIONS, keepalive_expiry=_IDLE),
            follow_redirects=False,
            event_hooks={"response": [_take_location]},
        )

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request; its extension `leave` is called when its first byte goes out."""

        async def leave() -> None:
            await request.extensions.get("leave", _unnoticed)()
            request.extensions["left"] = True

        async def noting(event: str, info: Mapping[str, Any]) -> None:
            # A proxy is asked for a connection in the same way.
            if event == _LEAVES and info["request"].method != b"CONNECT":
                await leave()

        request.extensions |= {"trace": noting, "left": False}
        if self._app:
            await leave()
        return await self.client.send(request)

    def turn(
        self, session_id: str, participant_id: str, limit: float
    ) -> AbstractAsyncContextManager[None]:
        """Wait up to `limit` seconds for a participant's turn in a session, and keep it."""
        return self._turns.take(session_id, participant_id, min(limit, self.max_seconds))

    async def aclose(self) -> None:
        """Close the connections."""
        if "client" in self.__dict__:
            await self.client.aclose()
        for observer in self.observers:
            await observer.aclose()
        if self.shared:
            await self.shared.aclose()

    async def __aenter__(self) -> Self:
        if self.shared:
            await self.shared.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


@dataclass(slots=True)
class Http:
    """The pool as one caller uses it: with this key and no other."""

    pool: Pool
    key: ApiKey | None
    on_wait: OnWait | None = None
    gate: Gate = field(default_factory=Gate)
    dry_run: bool = False
    """Whether what has an effect is shown instead of sent."""
    clock: ApiClock = field(default_factory=ApiClock, init=False)
    last_write: OpenRequest | None = field(default=None, init=False)

    def limit(self, operation: Operation) -> float:
        """Seconds that the operation may take."""
        return min(operation.limit, self.pool.max_seconds)

    def patience(self, operation: Operation) -> float:
        """Seconds that a request may wait before it is sent."""
        return min(self.limit(operation), max(self.gate.closes_at - anyio.current_time(), 0))

    async def request(
        self,
        operation: Operation,
        path: Mapping[str, str] | None = None,
        *,
        query: Mapping[str, str | int | None] | None = None,
        json: object = None,
        upload: Upload | None = None,
    ) -> Answer:
        """Send one request, repeated as its retry class allows, and return a successful answer.

        Args:
            operation: what to send.
            path: the values of the path template, quoted here.
            query: parameters; those that are None are left out.
            json: the body; with an upload, the form's text fields.
            upload: a file, sent as multipart form data.

        Raises:
            HarmonicaError: See `harmonica_mcp.client.errors`.
        """
        if not operation.public:
            self._require_key()
        filled = operation.path.format_map(
            {name: _check.path_segment(name, value) for name, value in (path or {}).items()}
        )
        request = self._build(operation, filled, query or {}, json, upload)
        if operation.writes:
            await self.gate.opened()
        deadline = anyio.current_time() + self.limit(operation)
        # Reading after a lost answer goes on when nothing may be sent any more.
        send_by = min(deadline, self.gate.closes_at) if operation.writes else deadline
        again = Repeats(operation, send_by)

        async def send() -> Answer:
            try:
                if operation.writes:
                    self.gate.check()
                seconds_left(deadline)
                await self.pool.budget.take(self._digest, send_by, self.on_wait)
                if not operation.writes:
                    return await self._follow(operation, request, deadline)
                with self.gate.undone_if_refused():
                    return await self._write(operation, request, deadline, filled)
            except errors.NotFound:
                if not again.may_be_gone:
                    raise
                # What an earlier sending deleted, whose answer was lost, is not there any more.
                return Answer(operation, 204, b"", "")

        try:
            return await _REPEATING(again, send)
        except (errors.NotSent, errors.RateLimited):
            if again.lost is None:
                raise
            # True of the last sending only: the one before may have taken effect.
            raise again.lost from None

    def _build(
        self,
        operation: Operation,
        path: str,
        query: Mapping[str, str | int | None],
        json: object,
        upload: Upload | None,
    ) -> httpx2.Request:
        _check.content(dict(query), "query")
        _check.content(json, "text")
        try:
            request = self.pool.client.build_request(
                operation.method,
                self.pool.root + path,
                params={k: v for k, v in query.items() if v is not None} or None,
                json=None if upload else json,
                data=cast("dict[str, Any]", json) if upload else None,
                files={"file": (upload.name, upload.content, upload.kind)} if upload else None,
                headers=self._authorization(operation),
            )
        except httpx2.InvalidURL:
            request = None
        if request is None or len(request.url.raw_path) > _LONGEST_TARGET:
            raise errors.InvalidInput("What to search for is too long to be sent.")
        if operation.writes and self.dry_run:
            target = request.url.raw_path.decode()
            raise errors.DryRun(Planned.of(operation.method, target, json, upload, self.key))
        # An upload would otherwise be a stream, gone when a redirect asks for it again.
        request.read()
        return request

    @property
    def _digest(self) -> str:
        return self.key.digest if self.key else "no key"

    def _authorization(self, operation: Operation) -> dict[str, str]:
        if operation.public or self.key is None:
            return {}
        return {"Authorization": f"Bearer {self.key.get_secret_value()}"}

    def _require_key(self) -> None:
        if self.key is None:
            raise errors.KeyMissing(
                f"No Harmonica API key is set: {WHERE_KEYS_COME_FROM}, then give it to this "
                "server as HARMONICA_API_KEY."
            )

    async def _write(
        self, operation: Operation, request: httpx2.Request, deadline: float, path: str
    ) -> Answer:
        with ExitStack() as under_way:

            async def leave() -> None:
                await self.gate.about_to_leave()
                self.gate.leave()
                under_way.close()
                sent = self.pool.open_requests.send(operation, path)
                self.last_write = under_way.enter_context(sent)

            request.extensions["leave"] = leave
            return await self._follow(operation, request, deadline)

    async def _follow(
        self, operation: Operation, request: httpx2.Request, deadline: float, hops: int = 0
    ) -> Answer:
        with observed(self.pool.observers, operation, request.url.host) as exchange:
            request.headers.update(exchange.headers)
            response = await self._exchange(operation, request, deadline)
            exchange.status = response.status_code
        target = _redirect(request, response)
        if target is not None and hops < _REDIRECTS:
            onward = httpx2.Request(
                request.method, target, headers=request.headers, content=request.content
            )
            onward.extensions |= request.extensions
            return await self._follow(operation, onward, deadline, hops + 1)
        answer = Answer.of(
            operation, response.status_code, response.headers, response.content, self.key
        )
        self.clock.read(answer.date)
        answer.raise_for_status()
        return answer

    async def _exchange(
        self, operation: Operation, request: httpx2.Request, deadline: float
    ) -> httpx2.Response:
        seconds = seconds_left(deadline)
        # Shorter than the whole, so that failing to connect is known as such and not as a timeout.
        connect = min(_CONNECT, seconds * 0.9)
        request.extensions["timeout"] = httpx2.Timeout(
            seconds, connect=connect, pool=connect
        ).as_dict()
        maybe = operation.retry is Retry.ONCE
        try:
            with anyio.fail_after(seconds):
                async with self.pool.shares.take(self._digest, connect):
                    return await self.pool.send(request)
        except httpx2.PoolTimeout:
            raise errors.ConnectionFailed(BUSY) from None
        except _NOT_SENT:
            raise errors.ConnectionFailed(_NO_CONNECTION) from None
        except (httpx2.TimeoutException, TimeoutError):
            if not request.extensions.get("left"):
                raise errors.ConnectionFailed(_NO_CONNECTION) from None
            raise errors.TimedOut(
                f"Harmonica did not answer {operation} within {self.limit(operation):.0f} seconds"
                + operation.loose_end,
                may_have_happened=maybe,
            ) from None
        except (httpx2.TransportError, OSError):
            raise errors.ConnectionLost(
                f"The connection was lost before Harmonica answered {operation}"
                + operation.loose_end,
                may_have_happened=maybe,
            ) from None
        except (httpx2.RequestError, httpx2.InvalidURL):
            raise errors.UnexpectedAnswer(
                f"Harmonica's answer to {operation} could not be decoded" + operation.loose_end,
                status=200,
                may_have_happened=maybe,
            ) from None


async def _unnoticed() -> None:
    """Reading leaves no trace."""


async def _take_location(response: httpx2.Response) -> None:
    # The library would take an address that it cannot read for a broken connection.
    response.extensions["location"] = response.headers.pop("location", "")


def _redirect(request: httpx2.Request, response: httpx2.Response) -> httpx2.URL | None:
    """Where to go on: only to the same host, and only where method and body are kept."""
    keeps = response.status_code in {307, 308} or request.method == "GET"
    location = str(response.extensions["location"])
    if not response.is_redirect or not keeps or not location:
        return None
    try:
        target = request.url.join(location)
    except (httpx2.InvalidURL, ValueError):
        return None
    here = request.url
    same = (target.scheme, target.host, target.port) == (here.scheme, here.host, here.port)
    return target if same else None
