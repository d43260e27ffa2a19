"""Whether whoever asked was there to hear the answer."""

import asyncio

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.server.caller import ANSWERED, Answer
from harmonica_mcp.transports.answered import Answered
from harmonica_mcp.transports.connection import CONNECTION

START: Message = {"type": "http.response.start", "status": 200, "headers": []}
END: Message = {"type": "http.response.body", "body": b""}
PART: Message = {"type": "http.response.body", "body": b"data", "more_body": True}
LAST: Message = {"type": "http.response.body", "body": b"."}


async def heard(*messages: Message, hangs_up_after: int = 99, cancelled: bool = False) -> bool:
    """Whether an answer counts as heard whose client hangs up after so many of its parts."""
    told: list[bool] = []
    sent: list[Message] = []

    async def settle(answer: bool) -> None:
        assert sent == [*messages]
        told.append(answer)

    async def app(scope: Scope, _: Receive, send: Send) -> None:
        await scope[ANSWERED].settles(settle)
        for message in messages:
            await send(message)
        if cancelled:
            raise asyncio.CancelledError

    async def receive() -> Message:
        raise AssertionError

    class Connection:
        def reached(self) -> bool:
            return len(sent) <= hangs_up_after

    async def send(message: Message) -> None:
        sent.append(message)

    answering: ASGIApp = Answered(app)
    try:
        state = {CONNECTION: Connection()}
        await answering({"type": "http", "headers": [], "state": state}, receive, send)
    except asyncio.CancelledError:
        assert cancelled
    [answer] = told
    return answer


@pytest.mark.parametrize("parts", [(START, LAST), (START, PART, LAST), (START, PART, END)])
async def test_who_stays_has_heard(parts: tuple[Message, ...]) -> None:
    """An answer that went out whole to an open connection counts as heard."""
    assert await heard(*parts)


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_who_hangs_up_before_the_end_has_not(after: int) -> None:
    """Whenever the client left before the last part, what was done is kept for it."""
    assert not await heard(START, PART, LAST, hangs_up_after=after)


async def test_who_hangs_up_when_only_the_end_is_missing_has() -> None:
    """Clients that leave as soon as they have the answer's words have heard it."""
    assert await heard(START, PART, END, hangs_up_after=2)


async def test_an_end_without_words_is_not_heard() -> None:
    """A call that was cancelled ends without an answer."""
    assert not await heard(START, END)


@pytest.mark.parametrize("parts", [(), (START,), (START, PART)])
async def test_what_is_cut_is_not_heard(parts: tuple[Message, ...]) -> None:
    """An answer without its end was not heard."""
    assert not await heard(*parts, cancelled=True)
    assert not await heard(*parts)


async def test_what_is_done_after_the_end_is_not_heard() -> None:
    """A call that goes on without its client, who hung up, leaves its result to be collected."""
    told: list[bool] = []

    async def settle(answer: bool) -> None:
        told.append(answer)

    answer = Answer()
    await answer.ended(heard=False)
    await answer.settles(settle)
    assert told == [False]
