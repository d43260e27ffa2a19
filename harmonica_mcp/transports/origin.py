"""Which Host and Origin headers are served: what keeps foreign web pages out (DNS rebinding)."""

from collections.abc import Collection, Iterable

from mcp.server.transport_security import TransportSecurityMiddleware, TransportSecuritySettings
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.transports.answers import refusal

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_TEXTS = {
    421: "This server is not reached by that Host; --allowed-host adds one.",
    403: "Pages of that Origin may not use this server; --allowed-origin adds one.",
}


def security(
    hosts: Iterable[str], origins: Iterable[str], *, loopback: bool
) -> TransportSecuritySettings:
    """The SDK's settings for these names; a host without a port stands for all its ports."""
    names = [*hosts, *(_LOOPBACK if loopback else ())]
    local = [f"http://{name}" for name in _LOOPBACK] if loopback else []
    return TransportSecuritySettings(
        allowed_hosts=[pattern for name in names for pattern in (name, f"{name}:*")],
        allowed_origins=[*origins, *local, *(f"{origin}:*" for origin in local)],
    )


class OnlyFrom:
    """Every route but the open ones answers requests from allowed hosts and origins only."""

    def __init__(
        self, app: ASGIApp, settings: TransportSecuritySettings, open_paths: Collection[str]
    ) -> None:
        self.app = app
        self.check = TransportSecurityMiddleware(settings)
        self.open_paths = open_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it (421 for its Host, 403 for its Origin)."""
        app = self.app
        if scope["type"] == "http" and scope["path"] not in self.open_paths:
            refused = await self.check.validate_request(Request(scope))
            if refused:
                app = refusal(refused.status_code, _TEXTS[refused.status_code])
        await app(scope, receive, send)
