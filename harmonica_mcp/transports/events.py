"""Server-sent events: an answer that goes on for as long as somebody listens."""

import asyncio

from starlette.types import Message, Receive, Send

PING_SECONDS = 15.0
"""After which a stream on which nothing comes shows proxies that it is still there."""
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"connection", b"keep-alive"),
    (b"x-accel-buffering", b"no"),
]


class Events:
    """One such answer, sent by whoever has something to say.

    It keeps nothing of an event that is sent, and needs no task but the one that waits for the
    client to hang up: most streams are idle, and there are many.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def begin(self) -> None:
        """Send the head."""
        head: Message = {"type": "http.response.start", "status": 200, "headers": _HEADERS}
        await self._send(head)

    async def send(self, event: str, data: bytes) -> None:
        """Send an event with one line of data; waits for a client that does not read."""
        await self._part(b"event: %b\r\ndata: %b\r\n\r\n" % (event.encode(), data))

    async def heard_out(self) -> None:
        """Wait until the client hangs up, with a sign of life now and then."""
        message: Message = {}
        while message.get("type") != "http.disconnect":
            try:
                async with asyncio.timeout(PING_SECONDS):
                    message = await self._receive()
            except TimeoutError:
                await self._part(b": ping\r\n\r\n")

    async def end(self) -> None:
        """End the answer."""
        await self._part(b"", more=False)

    async def _part(self, body: bytes, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": body, "more_body": more})
