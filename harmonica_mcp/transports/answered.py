"""Whether somebody was still there when the answer went out."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.server.caller import ANSWERED, Answer
from harmonica_mcp.transports.connection import reached


class Answered:
    """Settles what the calls of a request leave behind, when its answer is complete.

    Who hangs up before the last of its words has not heard it, and may ask again for what was
    done. Who hangs up after them, while nothing is missing but the end, has: some clients do.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer."""
        answer, heard, whole = Answer(), False, False
        scope[ANSWERED] = answer

        async def sending(message: Message) -> None:
            nonlocal heard, whole
            await send(message)
            if answer and message.get("body"):
                # Asked at once, not by way of the event loop: under load its turns are long.
                heard = reached(scope)
            whole = message["type"] == "http.response.body" and not message.get("more_body")

        try:
            await self.app(scope, receive, sending)
        finally:
            await answer.ended(heard=heard and whole)
