"""A Harmonica that answers when the test says so, reached through real sockets."""

import asyncio
import queue

from starlette.types import Message, Receive, Scope, Send

from harmonica_mcp.sandbox import Sandbox
from tests.transports.wire import key

OWNER = key("a")
OPERATIONS = ("POST chat", "GET summary", "GET responses")
_HELD = ("/chat", "/summary", "/responses")


class Harmonica:
    """A sandbox that holds some operations back until the test lets them be answered."""

    def __init__(self) -> None:
        self.sandbox = Sandbox(requests_per_minute=10_000)
        self.url = ""
        self.arrived: queue.Queue[str] = queue.Queue()
        self.left: queue.Queue[str] = queue.Queue()
        """Requests whose connection was closed before they were answered."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._answering: dict[str, asyncio.Event] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the API."""
        self._loop = asyncio.get_running_loop()
        held = scope["type"] == "http" and scope["path"].endswith(_HELD)
        if not held:
            await self.sandbox.app(scope, receive, send)
            return
        first = await receive()

        async def again() -> Message:
            return first

        if await self._let_through(scope, first, receive):
            await self.sandbox.app(scope, again, send)

    async def _let_through(self, scope: Scope, first: Message, receive: Receive) -> bool:
        assert not first.get("more_body")
        operation = f"{scope['method']} {scope['path'].rpartition('/')[2]}"
        self.arrived.put(operation)
        allowed = self._answering[operation]
        leaving = asyncio.ensure_future(receive())
        answering = asyncio.ensure_future(allowed.wait())
        await asyncio.wait({leaving, answering}, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            self.left.put(operation)
        leaving.cancel()
        answering.cancel()
        return allowed.is_set()

    def answer(self, operation: str = "POST chat") -> None:
        """Let an operation be answered from now on."""
        assert self._loop
        self._loop.call_soon_threadsafe(self._answering[operation].set)

    def hold(self) -> None:
        """Hold back what comes from now on."""
        self._answering = {each: asyncio.Event() for each in OPERATIONS}

    @property
    def session(self) -> str:
        """A session of the owner's."""
        sessions = self.sandbox.tenant(OWNER).sessions.values()
        return next(each.id for each in sessions if "tool library" in each.topic)

    @property
    def turns(self) -> int:
        """How many turns it stored."""
        return self.sandbox.effects["turn stored"]
