"""MCP sessions of the older era: how many there are, and how their streams end."""

import anyio
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.transports.limits import Limits
from harmonica_mcp.transports.places import Full, Places, refused
from harmonica_mcp.transports.stopping import Stopping


class Sessions:
    """Lets a key open so many sessions, and ends streams that nothing else would end.

    The SDK counts sessions of all keys together, and takes one for busy as long as its stream is
    open; a client whose stream is ended opens another one.
    """

    def __init__(
        self,
        app: ASGIApp,
        manager: StreamableHTTPSessionManager,
        limits: Limits,
        stopping: Stopping,
    ) -> None:
        self.app = app
        self.manager = manager
        self.limits = limits
        self.stopping = stopping

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, or refuse a further session."""
        app = self.app
        if scope["method"] == "GET":
            receive = self._ending(receive)
        elif _opens(scope):
            try:
                self._check(scope["user"].access_token.client_id)
            except Full as full:
                app = refused(full)
        await app(scope, receive, send)

    def _check(self, digest: str) -> None:
        places = Places(self.limits.streams, self.limits.streams_per_key, "sessions open")
        # The SDK has no public count; a session that ends is gone from here.
        owners = self.manager._session_owners.values()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        places.taken.update(owner["client_id"] for owner in owners)
        places.take(digest)

    def _ending(self, receive: Receive) -> Receive:
        """Hang up in the client's stead when it is time."""
        deadline = anyio.current_time() + self.limits.idle_seconds

        async def receive_in_time() -> Message:
            with (
                anyio.CancelScope(deadline=deadline) as waiting,
                self.stopping.heard_by(waiting.cancel),
            ):
                return await receive()
            return {"type": "http.disconnect"}

        return receive_in_time


def _opens(scope: Scope) -> bool:
    """Whether a request can only be for a new session."""
    headers = Headers(scope=scope)
    version = headers.get("mcp-protocol-version")
    older = version is None or version in HANDSHAKE_PROTOCOL_VERSIONS
    return scope["method"] == "POST" and older and "mcp-session-id" not in headers
