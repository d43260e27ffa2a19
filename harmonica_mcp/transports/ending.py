"""Answers that end in order when the server does."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.transports.answers import refusal
from harmonica_mcp.transports.places import RETRY_SECONDS


class Completed:
    """Completes every answer that the app began, and gives one where it had no time to begin.

    At shutdown sse-starlette leaves its streams as they are and uvicorn cancels what takes too
    long; clients would see a broken connection or an empty error, and the log tracebacks.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, and send what is missing of its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, unfinished = False, False

        async def noting(message: Message) -> None:
            nonlocal started, unfinished
            started = started or message["type"] == "http.response.start"
            unfinished = message["type"] == "http.response.start" or bool(message.get("more_body"))
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except asyncio.CancelledError:
            # Nothing but the end of the server cancels a request's own task.
            if not started:
                answer = refusal(503, "The server is being stopped.", Retry_After=RETRY_SECONDS)
                await answer(scope, receive, send)
        if unfinished:
            await send({"type": "http.response.body"})
