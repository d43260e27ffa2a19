"""A request as it arrives: of bounded size, within bounded time, whole before anything reads it."""

from contextlib import ExitStack

import anyio
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.transports.answers import refusal
from harmonica_mcp.transports.places import Full, Places, refused

MAX_HEAD = 32 * 1024
"""Bytes of a request's address and headers."""
MAX_BODY = 4 * 1024 * 1024
"""Bytes; Harmonica itself takes no more in one request."""
SMALL_BODY = 4 * 1024
"""Bytes up to which a body takes no place: cancellations and answers, which make room, have few."""
BODY_SECONDS = 30.0
"""For the whole body, however many parts it comes in."""


class BoundedHead:
    """Answers a request whose address and headers are too large together (431)."""

    def __init__(self, app: ASGIApp, max_bytes: int = MAX_HEAD) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, or refuse."""
        app = self.app
        if scope["type"] == "http" and _head(scope) > self.max_bytes:
            text = f"A request's address and headers have at most {self.max_bytes:,} bytes."
            app = refusal(431, text)
        await app(scope, receive, send)


def _head(scope: Scope) -> int:
    fields = sum(len(name) + len(value) for name, value in scope["headers"])
    return fields + len(scope["path"]) + len(scope["query_string"])


class _TooLarge(Exception):
    pass


class WholeBody:
    """Passes a body on in one piece, or answers that it is too large (413) or too slow (408).

    What `Content-Length` says is believed only where it says too much.

    Args:
        app: what gets the body.
        places: taken while a body that is not small arrives (429, 503 where there is none).
        max_bytes: of a body.
        seconds: for the whole of it.
    """

    def __init__(
        self,
        app: ASGIApp,
        places: Places,
        max_bytes: int = MAX_BODY,
        seconds: float = BODY_SECONDS,
    ) -> None:
        self.app = app
        self.places = places
        self.max_bytes = max_bytes
        self.seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, then let the app answer."""
        try:
            with anyio.fail_after(self.seconds):
                body = await self._read(Request(scope, receive))
        except Full as full:
            await refused(full)(scope, receive, send)
        except _TooLarge:
            text = f"A request has at most {self.max_bytes:,} bytes."
            await refusal(413, text)(scope, receive, send)
        except TimeoutError:
            text = f"The request did not arrive within {self.seconds:.0f} seconds."
            await refusal(408, text, Connection="close")(scope, receive, send)
        except ClientDisconnect:
            return
        else:
            whole: Message = {"type": "http.request", "body": body, "more_body": False}
            await self.app(scope, again(whole, receive), send)

    async def _read(self, request: Request) -> bytes:
        declared = Headers(scope=request.scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > self.max_bytes:
            raise _TooLarge
        body = bytearray()
        with ExitStack() as arrived:
            async for part in request.stream():
                if len(body) <= SMALL_BODY < len(body) + len(part):
                    caller = request.user.access_token.client_id
                    arrived.callback(self.places.take(caller).release)
                body += part
                if len(body) > self.max_bytes:
                    raise _TooLarge
        return bytes(body)


def again(first: Message, receive: Receive) -> Receive:
    """Give a message once more, then what else is received."""
    messages = [first]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
