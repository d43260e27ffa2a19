"""What goes over one stream: which requests are under way, and when it ends."""

import asyncio
import math
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import Self

import anyio
from mcp.shared._stream_protocols import ReadStream, WriteStream
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import (
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
)
from starlette.requests import Request

from harmonica_mcp.server.caller import ANSWERED, PLACE, Answer
from harmonica_mcp.transports.places import Place
from harmonica_mcp.transports.streams import Closing, Incoming

IDLE_SECONDS = 1800.0
"""After which a stream, or a session, ends on which nothing happens."""
_TURNS = 3


@dataclass(slots=True)
class _UnderWay:
    """A request that is not answered yet."""

    place: Place
    answer: Answer
    heard: bool = False
    """Whether an answer went out to a client that was there."""
    cancelled: bool = False
    """Whether the client takes no answer any more, be one on its way already."""

    async def ended(self) -> None:
        self.place.release()
        await self.answer.ended(heard=self.heard and not self.cancelled)


class Conversation:
    """The requests under way on one stream, and when the stream ends.

    It ends when the client has been silent for so long, or when it is told to; in either case not
    before every request is answered.

    Args:
        reached: whether the client was still there when it was sent what came last.
        idle_seconds: of silence, after which it ends.
    """

    def __init__(self, reached: Callable[[], bool], idle_seconds: float = IDLE_SECONDS) -> None:
        self._reached = reached
        self._idle_seconds = idle_seconds
        self._requests: dict[RequestId, list[_UnderWay]] = {}
        self._ending = False
        self._last = anyio.current_time()
        self._listening = anyio.CancelScope()

    def end(self) -> None:
        """End as soon as everything is answered."""
        self._ending = True
        self._listening.deadline = self._ends_at

    async def close(self) -> None:
        """Let go of all requests: nothing is answered any more."""
        for requests in self._requests.values():
            for request in requests:
                await request.ended()

    async def next(self, read: ReadStream[Incoming]) -> Incoming:
        """Wait for the client's next message.

        Raises:
            StopAsyncIteration: The client is gone, or the end has come.
        """
        while anyio.current_time() < self._ends_at:
            with anyio.CancelScope(deadline=self._ends_at) as self._listening:
                message = await anext(read)
                self._last = anyio.current_time()
                self._begin(message)
                return message
        raise StopAsyncIteration

    async def answered(self, number: RequestId) -> None:
        """Let go of a request whose answer went out; heard by whoever is still there."""
        for request in self._requests.get(number, [])[:1]:
            if request.answer:
                request.heard = self._reached()
                # A cancel comes here some turns of the event loop after its client is told that it
                # came.
                for _ in range(_TURNS):
                    await asyncio.sleep(0)
        await self._end(number)

    async def _end(self, number: RequestId) -> None:
        # A client may use a number twice.
        begun = self._requests.pop(number, [])
        if begun[1:]:
            self._requests[number] = begun[1:]
        for request in begun[:1]:
            await request.ended()
        # The silence begins anew.
        self._last = anyio.current_time()
        self._listening.deadline = self._ends_at

    @property
    def _ends_at(self) -> float:
        if self._requests:
            return math.inf
        return -math.inf if self._ending else self._last + self._idle_seconds

    def _begin(self, item: Incoming) -> None:
        match item:
            case SessionMessage(
                message, ServerMessageMetadata(request_context=Request() as post) as metadata
            ):
                self._let_go(message)
                place: Place | None = post.scope.get(PLACE)
                # It is answered, and kept until the next message comes: its connection can go.
                metadata.request_context = Request(post.scope)
            case _:
                return
        if place is None:
            return
        if not isinstance(message, JSONRPCRequest):
            place.release()
            return
        number = message.id
        post.scope[ANSWERED] = answer = Answer()
        self._requests.setdefault(number, []).append(_UnderWay(place, answer))

        async def unanswered() -> None:
            await self._end(number)

        # What is cancelled is answered with silence.
        metadata.on_request_unanswered = unanswered

    def _let_go(self, message: JSONRPCMessage) -> None:
        """Take note of a cancel: it may come when the answer is on its way already."""
        match message:
            case JSONRPCNotification(
                method="notifications/cancelled", params={"requestId": cancelled}
            ):
                for number, requests in self._requests.items():
                    # A client may write its number as text; of two with one, the later goes.
                    if str(number) == str(cancelled):
                        requests[-1].cancelled = True
            case _:
                return


class Heard(Closing):
    """The messages of the client, up to the end of the conversation."""

    def __init__(self, read: ReadStream[Incoming], conversation: Conversation) -> None:
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

    async def aclose(self) -> None:
        """Close the stream."""
        await self._read.aclose()


class Said(Closing):
    """The messages to the client, whose answers end requests."""

    def __init__(self, write: WriteStream[SessionMessage], conversation: Conversation) -> None:
        self._write = write
        self._conversation = conversation

    async def send(self, item: SessionMessage, /) -> None:
        """Send a message."""
        await self._write.send(item)
        if isinstance(item.message, JSONRPCResponse | JSONRPCError) and item.message.id is not None:
            await self._conversation.answered(item.message.id)

    async def aclose(self) -> None:
        """Close the stream."""
        await self._write.aclose()
