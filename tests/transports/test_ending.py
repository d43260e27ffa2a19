"""Answers when the server ends."""

import asyncio

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.transports.ending import Completed

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
PART: Message = {"type": "http.response.body", "body": b"data", "more_body": True}
LAST: Message = {"type": "http.response.body"}


def answering(*messages: Message, cancelled: bool) -> ASGIApp:
    """Give an app that sends this much of an answer and then returns, or is cancelled."""

    async def app(_: Scope, __: Receive, send: Send) -> None:
        for message in messages:
            await send(message)
        if cancelled:
            raise asyncio.CancelledError

    return app


async def sent_by(app: ASGIApp) -> list[Message]:
    """Give what goes out for one request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await Completed(app)({"type": "http", "method": "GET", "headers": []}, receive, send)
    return sent


@pytest.mark.parametrize("cancelled", [True, False])
@pytest.mark.parametrize("begun", [(START,), (START, PART)], ids=["start", "part"])
async def test_an_answer_that_was_begun_is_completed(
    begun: tuple[Message, ...], cancelled: bool
) -> None:
    """A stream that the server's end cuts is ended as streams are, not broken off."""
    assert await sent_by(answering(*begun, cancelled=cancelled)) == [*begun, LAST]


@pytest.mark.parametrize("cancelled", [True, False])
async def test_an_answer_that_is_complete_is_left_alone(cancelled: bool) -> None:
    """Nothing is sent after an answer's end."""
    whole = (START, PART, LAST)
    assert await sent_by(answering(*whole, cancelled=cancelled)) == [*whole]


async def test_who_has_no_answer_yet_is_told_why() -> None:
    """A request that the server's end cuts is answered with 503."""
    assert (await sent_by(answering(cancelled=True)))[0]["status"] == 503
