"""A sandbox whose answers are changed on their way out, or never come."""

from collections.abc import Callable
from typing import Any

import httpx2
from starlette.types import Message, Receive, Scope, Send

from harmonica_mcp.sandbox import Sandbox

Change = Callable[[str, bytes], bytes]
"""From the path of a request and the body of its answer to what is sent instead."""


def changing(sandbox: Sandbox, change: Change) -> Callable[..., Any]:
    """The sandbox, with the body of each of its answers changed."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}
        body = b""

        async def passed(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            kept = [(k, v) for k, v in start["headers"] if k != b"content-length"]
            await send({**start, "headers": kept})
            await send({"type": "http.response.body", "body": change(scope["path"], body)})

        await sandbox.app(scope, receive, passed)

    return app


def unreachable(_: Sandbox) -> Callable[..., Any]:
    """Nobody listens where Harmonica should be."""

    async def app(*_: object) -> None:
        raise httpx2.ConnectError("refused")

    return app
