"""How many requests are under way, of one key and in all."""

import json
from typing import Any, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.server.caller import PLACE
from harmonica_mcp.transports.arriving import again
from harmonica_mcp.transports.places import Full, Place, Places, refused
from harmonica_mcp.transports.stopping import Stopping


class InFlight:
    """Lets so many requests of a key, and of all, be under way at a time (429, 503 beyond).

    Only messages that ask for something are refused: an answer to a question of the server, or the
    cancelling of a call, makes room rather than take it.

    Args:
        app: what answers the messages, each POST one.
        places: shared by all routes.
        stopping: whether the server is to end; then nothing new begins (503).
        elsewhere: answers go out elsewhere than to the POST, and whatever sends them releases the
            place, which stands in the scope, of a message that was accepted (202).
    """

    def __init__(
        self, app: ASGIApp, places: Places, stopping: Stopping, *, elsewhere: bool = False
    ) -> None:
        self.app = app
        self.places = places
        self.stopping = stopping
        self.elsewhere = elsewhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, or refuse."""
        if scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        first = await receive()
        receive = again(first, receive)
        try:
            place = self._take(scope)
        except Full as full:
            if _asks(first["body"]):
                await refused(full)(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        else:
            await self._hold(place, scope, receive, send)

    def _take(self, scope: Scope) -> Place:
        if self.stopping.begun:
            raise Full(503, "The server is being stopped.")
        return self.places.take(scope["user"].access_token.client_id)

    async def _hold(self, place: Place, scope: Scope, receive: Receive, send: Send) -> None:
        scope[PLACE] = place
        accepted = False

        async def noting(message: Message) -> None:
            nonlocal accepted
            accepted = accepted or message.get("status") == 202
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except BaseException:
            accepted = False
            raise
        finally:
            if not (accepted and self.elsewhere):
                place.release()


def _asks(body: bytes) -> bool:
    """Whether a message wants an answer; what is none does, too."""
    try:
        message: object = json.loads(body)
    except (ValueError, RecursionError):
        return True
    if not isinstance(message, dict):
        return True
    return {"id", "method"} <= cast("dict[str, Any]", message).keys()
