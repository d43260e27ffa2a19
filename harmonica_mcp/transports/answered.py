"""Whether somebody was still there when the answer went out."""

import asyncio

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.server.caller import ANSWERED, Answer


class Answered:
    """Settles what the calls of a request leave behind, when the last of its answer goes out.

    Who hangs up before has not heard it, and may ask again for what was done.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer."""
        answer, heard = Answer(), False
        scope[ANSWERED] = answer

        async def sending(message: Message) -> None:
            nonlocal heard
            last = message["type"] == "http.response.body" and not message.get("more_body")
            if last and answer:
                heard = not await _hung_up(Request(scope, receive))
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            await answer.ended(heard=heard)


async def _hung_up(request: Request) -> bool:
    await turned()
    return await request.is_disconnected()


async def turned() -> None:
    """Let the event loop read what it has not read yet of a connection's end."""
    # Its bytes, its closing, and telling us.
    for _ in range(3):
        await asyncio.sleep(0)
