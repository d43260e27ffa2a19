"""A Harmonica that answers what a test tells it to, and remembers what it was asked."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import anyio
from starlette.types import Message, Receive, Scope, Send

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool

KEY = "hm_live_" + "0" * 32
OTHER_KEY = "hm_live_" + "1" * 32
URL = "https://harmonica.example"


@dataclass
class Reply:
    """One answer; `body` is sent as JSON unless it is bytes or text.

    `error` is raised in the place of an answer, as a broken connection would be; `seconds` pass
    before either.
    """

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    error: Exception | None = None
    seconds: float = 0.0

    def content(self) -> bytes:
        """The body as it goes over the wire."""
        if isinstance(self.body, bytes):
            return self.body
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode(errors="surrogatepass")


@dataclass
class Sent:
    """One request as it arrived; `path` is below `/api/v1` and still quoted."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        """The body, read as JSON."""
        return json.loads(self.body)


class ScriptedApi:
    """Answers one reply after the other; the last one is repeated."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = deque(replies)
        self.requests: list[Sent] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, as an ASGI app."""
        sent, _ = await arrived(scope, receive)
        self.requests.append(sent)
        reply = self.replies[0] if len(self.replies) == 1 else self.replies.popleft()
        await anyio.sleep(reply.seconds)
        if reply.error is not None:
            raise reply.error
        headers = [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in reply.headers.items()
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.content()})


async def arrived(scope: Scope, receive: Receive) -> tuple[Sent, Receive]:
    """A request as it arrived, and a way to receive it again."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    sent = Sent(
        method=scope["method"],
        path=scope["raw_path"].decode("latin-1").removeprefix("/api/v1"),
        query=dict(query),
        headers={name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]},
        body=body,
    )

    async def again() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return sent, again


def speaking_to(*replies: Reply, key: str | None = KEY) -> tuple[HarmonicaClient, ScriptedApi]:
    """A client, and the scripted Harmonica that answers it."""
    api = ScriptedApi(*replies)
    return HarmonicaClient(key, pool=Pool(URL, app=api)), api


def envelope(code: str, message: str) -> dict[str, object]:
    """The API's error envelope."""
    return {"error": {"code": code, "message": message}}


def page(*items: object) -> dict[str, object]:
    """A page of a list."""
    return {"data": list(items), "pagination": {"total": len(items), "limit": 20, "offset": 0}}
