"""Which answers on a stream count as heard."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import anyio
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import JSONRPCRequest, JSONRPCResponse
from starlette.requests import Request
from starlette.types import Message

from harmonica_mcp.server.caller import PLACE, answered
from harmonica_mcp.transports.conversation import Conversation, Heard, Said
from harmonica_mcp.transports.in_flight import Places

ANSWER = SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=1, result={}))


class Stream:
    """A stream on which one call is under way that leaves something behind."""

    def __init__(self) -> None:
        self.conversation = Conversation()
        self.told: list[bool] = []
        """Whether the answer was heard."""
        self.places = Places(1, 1, "calls")
        self.sent, self.taken = anyio.create_memory_object_stream[SessionMessage](1)
        self.said = Said(self.sent, self.conversation)

    async def settle(self, heard: bool) -> None:
        """Take note of it."""
        self.told.append(heard)

    async def receive(self) -> Message:
        """Tell that the client has hung up."""
        return {"type": "http.disconnect"}

    async def begin(self) -> ServerMessageMetadata:
        """Hear a call, and let it end with something to be settled."""
        post = Request({"type": "http", "headers": [], PLACE: self.places.take("me")})
        call = JSONRPCRequest(jsonrpc="2.0", id=1, method="tools/call")
        come, heard = anyio.create_memory_object_stream[SessionMessage | Exception](1)
        async with come, Heard(heard, self.conversation) as messages:
            await come.send(SessionMessage(call, ServerMessageMetadata(request_context=post)))
            message = await anext(messages)
        await answered(post, self.settle)
        assert isinstance(message, SessionMessage)
        return cast("ServerMessageMetadata", message.metadata)


@asynccontextmanager
async def a_call() -> AsyncGenerator[tuple[Stream, ServerMessageMetadata]]:
    """A stream in the middle of a call."""
    stream = Stream()
    async with stream.sent, stream.taken:
        metadata = await stream.begin()
        assert (stream.told, stream.places.taken.total()) == ([], 1)
        yield stream, metadata
        assert stream.places.taken.total() == 0


async def test_who_stays_has_heard() -> None:
    """An answer that went out on an open stream counts as heard."""
    async with a_call() as (stream, _):
        await stream.said.send(ANSWER)
        assert stream.told == [True]


async def test_who_hung_up_has_not() -> None:
    """An answer that is sent although its client is gone is kept for whoever asks again."""
    async with a_call() as (stream, _):
        await stream.conversation.watched(stream.receive)()
        await stream.said.send(ANSWER)
        assert stream.told == [False]


async def test_who_cancels_has_not() -> None:
    """What is done although its call was cancelled is kept as well."""
    async with a_call() as (stream, metadata):
        assert metadata.on_request_unanswered
        await metadata.on_request_unanswered()
        assert stream.told == [False]


async def test_the_end_of_the_stream_leaves_the_rest() -> None:
    """What was not answered when the stream ended was not heard."""
    async with a_call() as (stream, _):
        await stream.conversation.close()
        assert stream.told == [False]
