"""Every call made once against the sandbox, with all that went over the wire."""

from dataclasses import dataclass

from starlette.types import Message, Receive, Scope, Send

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool
from harmonica_mcp.sandbox import Sandbox
from tests.client.api import KEY, URL, Sent, arrived
from tests.client.calls import EXAMPLES
from tests.client.ids import real_ids


@dataclass
class Exchange:
    """A request and its answer."""

    operation: str
    sent: Sent
    status: int
    kind: str
    body: bytes


class Recorder:
    """Stands before an app and keeps what goes in and out."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.exchanges: list[Exchange] = []
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as an ASGI app."""
        sent, again = await arrived(scope, receive)
        answer = Exchange("", sent, 0, "", b"")

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                headers = dict(message["headers"])
                answer.kind = headers.get(b"content-type", b"").decode().partition(";")[0]
            else:
                answer.body += message.get("body", b"")
            await send(message)

        await self._sandbox.app(scope, again, keep)
        answer.operation = self._sandbox.requests[-1].operation
        self.exchanges.append(answer)


async def exchanges() -> list[Exchange]:
    """Make every call once, in a sandbox that can do all of it, and return what was exchanged."""
    sandbox = Sandbox(URL, requests_per_minute=10_000, public_sessions=True)
    recorder = Recorder(sandbox)
    async with Pool(URL, requests_per_minute=10_000, app=recorder) as pool:
        client = HarmonicaClient(KEY, pool=pool)
        ids = await real_ids(sandbox, client)
        for example in EXAMPLES:
            await example.call(client, ids)
    return recorder.exchanges
