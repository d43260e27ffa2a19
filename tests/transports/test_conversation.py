"""Which answers on a stream count as heard."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

import anyio
import pytest
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCRequest, JSONRPCResponse, RequestId
from starlette.requests import Request

from harmonica_mcp.server.caller import PLACE, answered
from harmonica_mcp.transports.conversation import Conversation, Heard, Said
from harmonica_mcp.transports.places import Places

ANSWER = SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=1, result={}))


class Stream:
    """A stream on which one call is under way that leaves something behind."""

    def __init__(self) -> None:
        self.there = True
        self.asked = asyncio.Event()
        self.conversation = Conversation(self.reached)
        self.told: list[bool] = []
        """Whether the answer was heard."""
        self.places = Places(1, 1, "calls")
        self.sent, self.taken = anyio.create_memory_object_stream[SessionMessage](1)
        self.said = Said(self.sent, self.conversation)

    def reached(self) -> bool:
        """Tell whether the client is there."""
        self.asked.set()
        return self.there

    async def settle(self, heard: bool) -> None:
        """Take note of it."""
        self.told.append(heard)

    async def begin(self) -> ServerMessageMetadata:
        """Hear a call, and let it end with something to be settled."""
        post = Request({"type": "http", "headers": [], PLACE: self.places.take("me")})
        call = JSONRPCRequest(jsonrpc="2.0", id=1, method="tools/call")
        metadata = await self.hear(call, post)
        await answered(post, self.settle)
        return metadata

    async def cancel(self, number: RequestId) -> None:
        """Hear that the client does not wait for a call any more."""
        cancel = JSONRPCNotification(
            jsonrpc="2.0", method="notifications/cancelled", params={"requestId": number}
        )
        await self.hear(cancel, Request({"type": "http", "headers": []}))

    async def hear(
        self, message: JSONRPCRequest | JSONRPCNotification, post: Request
    ) -> ServerMessageMetadata:
        """Hear what was posted."""
        come, heard = anyio.create_memory_object_stream[SessionMessage | Exception](1)
        async with come, Heard(heard, self.conversation) as messages:
            await come.send(SessionMessage(message, ServerMessageMetadata(request_context=post)))
            item = await anext(messages)
        assert isinstance(item, SessionMessage)
        return cast("ServerMessageMetadata", item.metadata)


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
        stream.there = False
        await stream.said.send(ANSWER)
        assert stream.told == [False]


async def test_who_hangs_up_afterwards_has() -> None:
    """Who leaves with the answer is not taken for one who left without it."""
    async with a_call() as (stream, _):
        sending = asyncio.create_task(stream.said.send(ANSWER))
        await stream.asked.wait()
        sending.cancel()
        await asyncio.wait([sending])
        assert stream.told == []
        await stream.conversation.close()
        assert stream.told == [True]


async def test_who_cancels_has_not() -> None:
    """What is done although its call was cancelled is kept as well."""
    async with a_call() as (stream, metadata):
        assert metadata.on_request_unanswered
        await metadata.on_request_unanswered()
        assert stream.told == [False]


@pytest.mark.parametrize("number", [1, "1"])
async def test_who_cancels_when_the_answer_is_there_has_not(number: RequestId) -> None:
    """By the protocol a client drops an answer that comes after its cancel: it is kept."""
    async with a_call() as (stream, _):
        await stream.cancel(number)
        await stream.said.send(ANSWER)
        assert stream.told == [False]


async def test_who_cancels_while_the_answer_goes_out_has_not() -> None:
    """A cancel that its client was told to have come counts, though it is read after the answer."""
    async with a_call() as (stream, _):
        sending = asyncio.create_task(stream.said.send(ANSWER))
        await stream.asked.wait()
        await stream.cancel(1)
        await sending
        assert stream.told == [False]


@pytest.mark.parametrize("number", [2, "x"])
async def test_who_cancels_another_call_has_heard(number: RequestId) -> None:
    """A cancel is for the call that it names."""
    async with a_call() as (stream, _):
        await stream.cancel(number)
        await stream.said.send(ANSWER)
        assert stream.told == [True]


async def test_the_end_of_the_stream_leaves_the_rest() -> None:
    """What was not answered when the stream ended was not heard."""
    async with a_call() as (stream, _):
        await stream.conversation.close()
        assert stream.told == [False]
