"""Event streams that end in order."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Completed:
    """Completes every response that the app began.

    At shutdown sse-starlette leaves its streams as they are; clients would see a broken
    connection, and the log an error.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, and send the last part of its answer where it did not."""
        unfinished = False

        async def noting(message: Message) -> None:
            nonlocal unfinished
            starts = message["type"] == "http.response.start"
            unfinished = starts or bool(message.get("more_body"))
            await send(message)

        await self.app(scope, receive, noting)
        if unfinished:
            await send({"type": "http.response.body"})
