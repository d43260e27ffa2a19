"""How many requests are under way, of one key and in all."""

import asyncio
import json
from collections import Counter
from typing import Any, Self, cast

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.server.caller import PLACE
from harmonica_mcp.transports.answers import refusal
from harmonica_mcp.transports.arriving import again
from harmonica_mcp.transports.stopping import Stopping

RETRY_SECONDS = "5"
"""After which who was refused may come again; most calls take less."""


class Full(Exception):
    """There is no place: not for this key (`status` 429), or for nobody (503)."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Places:
    """A number of places, of which each key has at most some.

    Args:
        total: how many there are.
        per_key: how many one key can have at a time; keys are known by their digest.
        things: what takes them, as told to who gets none.
    """

    def __init__(self, total: int, per_key: int, things: str) -> None:
        self.total = total
        self.per_key = per_key
        self.things = things
        self.taken: Counter[str] = Counter()
        self._freed = asyncio.Event()

    def take(self, digest: str) -> "Place":
        """Take a place.

        Raises:
            Full: There is none.
        """
        if self.taken[digest] >= self.per_key:
            raise Full(429, f"This key has {self.per_key} {self.things} already, and no more.")
        if self.taken.total() >= self.total:
            raise Full(503, f"The server has as many {self.things} as it can take.")
        return Place(self, digest)

    async def all_free(self) -> None:
        """Wait until nobody has one."""
        while self.taken:
            self._freed.clear()
            await self._freed.wait()

    def occupy(self, digest: str) -> None:
        """Count one as taken."""
        self.taken[digest] += 1

    def free(self, digest: str) -> None:
        """Count one as free."""
        self.taken[digest] -= 1
        if not self.taken[digest]:
            del self.taken[digest]
        self._freed.set()


class Place:
    """What a request takes while it is under way: free again when all who hold it let go."""

    def __init__(self, places: Places, digest: str) -> None:
        self._places = places
        self._digest = digest
        self._holders = 0
        self.hold()

    def hold(self) -> None:
        """Keep it, beside whoever else does."""
        if not self._holders:
            # Its own again, be there as many as may, for who comes back began before the others.
            self._places.occupy(self._digest)
        self._holders += 1

    def release(self) -> None:
        """Let go of it."""
        self._holders -= 1
        if not self._holders:
            self._places.free(self._digest)

    def __enter__(self) -> Self:
        self.hold()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


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


def refused(full: Full) -> ASGIApp:
    """The answer to who finds no place."""
    return refusal(full.status, f"{full} Try again in a moment.", Retry_After=RETRY_SECONDS)


def _asks(body: bytes) -> bool:
    """Whether a message wants an answer; what is none does, too."""
    try:
        message: object = json.loads(body)
    except (ValueError, RecursionError):
        return True
    if not isinstance(message, dict):
        return True
    return {"id", "method"} <= cast("dict[str, Any]", message).keys()
