"""What goes over one stream: which requests are under way, and when it ends."""

import math
from contextvars import Context
from typing import Self

import anyio
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import JSONRPCError, JSONRPCRequest, JSONRPCResponse, RequestId
from starlette.requests import Request

from harmonica_mcp.server.caller import PLACE
from harmonica_mcp.transports.in_flight import Place
from harmonica_mcp.transports.streams import Closing

IDLE_SECONDS = 1800.0
"""After which a stream, or a session, ends on which nothing happens."""

Incoming = SessionMessage | Exception


class Conversation:
    """The requests under way on one stream, each with its place, and when the stream ends.

    It ends when the client has been silent for so long, or when it is told to; in either case not
    before every request is answered.
    """

    def __init__(self, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._places: dict[RequestId, list[Place]] = {}
        self._ending = False
        self._last = anyio.current_time()
        self._listening = anyio.CancelScope()

    def end(self) -> None:
        """End as soon as everything is answered."""
        self._ending = True
        self._listening.deadline = self._ends_at

    def close(self) -> None:
        """Release all places: nothing is answered any more."""
        for places in self._places.values():
            for place in places:
                place.release()

    async def next(self, read: ReadStream[Incoming]) -> Incoming:
        """Wait for the client's next message.

        Raises:
            StopAsyncIteration: The client is gone, or the end has come.
        """
        while anyio.current_time() < self._ends_at:
            with anyio.CancelScope(deadline=self._ends_at) as self._listening:
                message = await anext(read)
                self._last = anyio.current_time()
                self._keep_place(message)
                return message
        raise StopAsyncIteration

    def answered(self, number: RequestId) -> None:
        """Let go of the place of a request; the silence begins anew."""
        # A client may use a number twice.
        held = self._places.pop(number, [])
        for place in held[:1]:
            place.release()
        if held[1:]:
            self._places[number] = held[1:]
        self._last = anyio.current_time()
        self._listening.deadline = self._ends_at

    @property
    def _ends_at(self) -> float:
        if self._places:
            return math.inf
        return -math.inf if self._ending else self._last + self._idle_seconds

    def _keep_place(self, item: Incoming) -> None:
        match item:
            case SessionMessage(
                message, ServerMessageMetadata(request_context=Request() as post) as metadata
            ):
                place: Place | None = post.scope.get(PLACE)
            case _:
                return
        if place is None:
            return
        if not isinstance(message, JSONRPCRequest):
            place.release()
            return
        number = message.id
        self._places.setdefault(number, []).append(place)

        async def unanswered() -> None:
            self.answered(number)

        # What is cancelled is answered with silence.
        metadata.on_request_unanswered = unanswered


class _Closing(Closing):
    """What both directions have in common."""

    def __init__(self, inner: ReadStream[Incoming] | WriteStream[SessionMessage]) -> None:
        self._inner = inner

    async def aclose(self) -> None:
        """Close the stream."""
        await self._inner.aclose()


class Heard(_Closing):
    """The messages of the client, up to the end of the conversation."""

    def __init__(self, read: ReadStream[Incoming], conversation: Conversation) -> None:
        super().__init__(read)
        self._read = read
        self._conversation = conversation

    @property
    def last_context(self) -> Context | None:
        """What was known where the last message came in."""
        return getattr(self._read, "last_context", None)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Incoming:
        return await self._conversation.next(self._read)

    receive = __anext__


class Said(_Closing):
    """The messages to the client, whose answers end requests."""

    def __init__(self, write: WriteStream[SessionMessage], conversation: Conversation) -> None:
        super().__init__(write)
        self._write = write
        self._conversation = conversation

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message."""
        await self._write.send(item)
        if isinstance(item.message, JSONRPCResponse | JSONRPCError) and item.message.id is not None:
            self._conversation.answered(item.message.id)
