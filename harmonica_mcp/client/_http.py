"""Connections to Harmonica: the one module that imports the HTTP library."""

import functools
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, cast

import anyio
import httpx2

from harmonica_mcp._version import __version__
from harmonica_mcp.client import errors
from harmonica_mcp.client._clock import seconds_left
from harmonica_mcp.client._operation import Operation, Retry, Upload
from harmonica_mcp.client._turns import BUSY, Shares
from harmonica_mcp.client.key import LOOPBACK

Request = httpx2.Request
Response = httpx2.Response

# The API closes an idle connection after 5 s; a request sent at that moment would be lost.
_IDLE = 4.0
_CONNECT = 10.0
_CONNECTIONS = 100
_LIMITS = httpx2.Limits(max_connections=_CONNECTIONS, keepalive_expiry=_IDLE)
_NOT_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError)
# How the library calls the moment at which a connection is there and the first byte goes out.
_LEAVES = "http11.send_request_headers.started"
_NO_CONNECTION = "No connection to Harmonica could be made; nothing was sent, try again."
# What the library reads of the environment, in either case.
_PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"})
_CERTIFICATES = frozenset({"SSL_CERT_FILE"})


class Connections:
    """Made on first use, and kept for the next request.

    Args:
        root: the API's address.
        app: an ASGI app to speak to instead of the network.
    """

    def __init__(self, root: str, app: Callable[..., Any] | None = None) -> None:
        self.root = root
        self._app = app
        self.shares = Shares(_CONNECTIONS // 2)

    def prepare(self) -> None:
        """Make now what the first request needs: reading the trusted certificates takes a while.

        In any thread, before the first request, which tells of what cannot be made.
        """
        with suppress(errors.Misconfigured):
            _ = self.client

    @functools.cached_property
    def client(self) -> httpx2.AsyncClient:
        """The HTTP client, made on first use.

        Raises:
            Misconfigured: The environment is none that it can be made with.
        """
        try:
            return self._made()
        except OSError:
            raise _misconfigured(
                "The certificates in {} cannot be read: name a file in PEM form",
                _CERTIFICATES,
            ) from None
        except (ImportError, ValueError, httpx2.InvalidURL):
            raise _misconfigured(
                "The proxy in {} cannot be used: name one with http:// or https:// "
                "(socks5:// needs the package socksio)",
                _PROXIES,
            ) from None

    def _made(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            transport=self._transport(),
            headers={"User-Agent": f"harmonica-mcp/{__version__}", "Accept": "*/*"},
            # One jar serves all callers: a cookie of one must never travel with another's key.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            limits=_LIMITS,
            follow_redirects=False,
            event_hooks={"response": [_take_location]},
        )

    def _transport(self) -> httpx2.AsyncBaseTransport | None:
        """How requests travel; None for the library's own way, by the environment's proxies."""
        if self._app:
            return httpx2.ASGITransport(self._app)
        if httpx2.URL(self.root).host in LOOPBACK:
            # A proxy would look for it on its own machine, and read the key of plain HTTP.
            return httpx2.AsyncHTTPTransport(limits=_LIMITS)
        return None

    def build(
        self,
        operation: Operation,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str | int | None],
        json: object,
        upload: Upload | None,
    ) -> Request | None:
        """A request that can be sent more than once; None where its address is too long for one."""
        given = {name: value for name, value in query.items() if value is not None}
        # The library would parse the address twice for parameters of its own.
        target = f"{path}?{httpx2.QueryParams(given)}" if given else path
        try:
            request = self.client.build_request(
                operation.method,
                self.root + target,
                json=None if upload else json,
                data=cast("dict[str, Any]", json) if upload else None,
                files={"file": (upload.name, upload.content, upload.kind)} if upload else None,
                headers=dict(headers),
            )
        except httpx2.InvalidURL:
            return None
        # An upload would otherwise be a stream, gone when a redirect asks for it again.
        request.read()
        return request

    async def exchange(
        self, operation: Operation, request: Request, deadline: float, limit: float, caller: str
    ) -> Response:
        """Send a request and read its answer.

        Args:
            operation: what the request does.
            request: its extension `leave` is called when its first byte goes out.
            deadline: the moment of the event loop's clock by which the answer must be there.
            limit: the seconds that the operation was given, to be told.
            caller: who takes part in sharing the connections.

        Raises:
            HarmonicaError: There is no answer, or none that can be read.
        """
        seconds = seconds_left(deadline)
        # Shorter than the whole, so that failing to connect is known as such and not as a timeout.
        connect = min(_CONNECT, seconds * 0.9)
        # The rest is limited as a whole, below.
        request.extensions["timeout"] = {"connect": connect, "pool": connect}
        maybe = operation.retry is Retry.ONCE
        try:
            with anyio.fail_after(seconds):
                async with self.shares.take(caller, connect):
                    return await self._send(request)
        except httpx2.PoolTimeout:
            raise errors.ConnectionFailed(BUSY) from None
        except _NOT_SENT:
            raise errors.ConnectionFailed(_NO_CONNECTION) from None
        except (httpx2.TimeoutException, TimeoutError):
            if not request.extensions.get("left"):
                raise errors.ConnectionFailed(_NO_CONNECTION) from None
            raise errors.TimedOut(
                f"Harmonica did not answer {operation} within {limit:.0f} seconds"
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

    async def _send(self, request: Request) -> Response:
        async def leave() -> None:
            notice: Callable[[], Awaitable[None]] = request.extensions.get("leave", _unnoticed)
            await notice()
            request.extensions["left"] = True

        async def noting(event: str, info: Mapping[str, Any]) -> None:
            # A proxy is asked for a connection in the same way.
            if event == _LEAVES and info["request"].method != b"CONNECT":
                await leave()

        request.extensions |= {"trace": noting, "left": False}
        if self._app:
            await leave()
        return await self.client.send(request)

    async def aclose(self) -> None:
        """Close the connections."""
        if "client" in self.__dict__:
            await self.client.aclose()


def onward(request: Request, response: Response) -> Request | None:
    """The request to the address that an answer leads to; None where it leads nowhere."""
    target = _redirect(request, response)
    if target is None:
        return None
    following = Request(request.method, target, headers=request.headers, content=request.content)
    following.extensions |= request.extensions
    return following


def _misconfigured(fault: str, variables: frozenset[str]) -> errors.Misconfigured:
    """The error that names those of the variables that are set, never what they say."""
    names = sorted(
        name for name, value in os.environ.items() if value and name.upper() in variables
    )
    where = " or ".join(names) or "the system's settings"
    return errors.Misconfigured(
        f"{fault.format(where)}, and start this program again; nothing was sent."
    )


async def _unnoticed() -> None:
    """Reading leaves no trace."""


async def _take_location(response: httpx2.Response) -> None:
    # The library would take an address that it cannot read for a broken connection.
    response.extensions["location"] = response.headers.pop("location", "")


def _redirect(request: Request, response: Response) -> httpx2.URL | None:
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
