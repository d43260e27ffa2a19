"""The stream at `/sse`, event by event."""

import asyncio
import weakref

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from mcp.shared._context_streams import create_context_streams
from mcp.shared.message import ServerMessageMetadata, SessionMessage
from mcp_types import JSONRPCNotification, JSONRPCRequest
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Scope

from harmonica_mcp.transports.conversation import Conversation, Heard
from harmonica_mcp.transports.events import PING_SECONDS, Events
from harmonica_mcp.transports.in_flight import InFlight
from harmonica_mcp.transports.places import Places
from harmonica_mcp.transports.sse import Posts, SseTransport
from harmonica_mcp.transports.stopping import Stopping
from tests.server.clock import on_a_clock_of_its_own

GONE: Message = {"type": "http.disconnect"}
JSON = (b"content-type", b"application/json")


class Client:
    """Whoever listens to a stream, and hangs up when it is told to."""

    def __init__(self) -> None:
        self.leaves = asyncio.Event()
        self.heard: list[Message] = []

    async def receive(self) -> Message:
        """Say nothing but that it is gone."""
        await self.leaves.wait()
        return GONE

    async def send(self, message: Message) -> None:
        """Hear the next part of the answer."""
        self.heard.append(message)

    @property
    def text(self) -> bytes:
        """All that was heard."""
        return b"".join(part.get("body", b"") for part in self.heard)


def scope() -> Scope:
    """A request of a caller."""
    user = AuthenticatedUser(AccessToken(token="x", client_id="digest", scopes=[]))
    return {"type": "http", "user": user, "headers": [], "path": "/sse"}


def message(text: str) -> SessionMessage:
    """A message for a client."""
    params = {"text": text}
    return SessionMessage(JSONRPCNotification(jsonrpc="2.0", method="told", params=params))


@on_a_clock_of_its_own
async def test_a_stream_on_which_nothing_comes_shows_that_it_is_there() -> None:
    """Proxies that end silent streams hear a comment every 15 seconds, until the client is gone."""
    client = Client()
    asyncio.get_running_loop().call_later(PING_SECONDS * 2.5, client.leaves.set)
    await Events(client.receive, client.send).heard_out()
    assert client.text == b": ping\r\n\r\n" * 2


async def test_the_stream_begins_with_its_address_and_ends_in_order() -> None:
    """A client hears where to post, then messages, then the end."""
    client = Client()
    async with SseTransport("/messages/").connected(scope(), client.receive, client.send) as (
        _,
        write,
    ):
        await write.send(message("Hello"))
    assert (client.heard[0]["status"], client.heard[-1]["more_body"]) == (200, False)
    address, said, rest = client.text.split(b"\r\n\r\n")
    assert address.startswith(b"event: endpoint\r\ndata: /messages/?session_id=")
    assert said == (
        b'event: message\r\ndata: {"jsonrpc":"2.0","method":"told","params":{"text":"Hello"}}'
    )
    assert rest == b""


async def test_what_the_client_says_ends_when_it_is_gone() -> None:
    """A session ends with its stream."""
    client = Client()
    async with SseTransport("/messages/").connected(scope(), client.receive, client.send) as (
        read,
        _,
    ):
        client.leaves.set()
        assert [item async for item in read] == []


async def posting(app: ASGIApp, address: bytes, answered: asyncio.Event | None = None) -> int:
    """Post a call to a stream, and tell when it is answered; gives the status."""
    statuses: list[int] = []

    async def receive() -> Message:
        body = JSONRPCRequest(jsonrpc="2.0", id=1, method="ping").model_dump_json()
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    async def send(message: Message) -> None:
        statuses.extend([message["status"]] if "status" in message else [])
        if answered:
            answered.set()

    posted: Scope = {"method": "POST", "query_string": address.partition(b"?")[2]}
    await app({**scope(), **posted, "headers": [JSON]}, receive, send)
    [status] = statuses
    return status


async def test_a_stream_that_ends_takes_no_messages() -> None:
    """What comes after its client is told so, and what was accepted before is dropped."""
    client, transport, places = Client(), SseTransport("/messages/"), Places(1, 1, "calls")
    app = InFlight(transport.handle_post_message, places, Stopping(), elsewhere=True)
    accepted = asyncio.Event()
    async with transport.connected(scope(), client.receive, client.send) as (read, _):
        address = client.text.split()[-1]
        early = asyncio.create_task(posting(Posts(app), address, accepted))
        await accepted.wait()
        assert places.taken.total() == 1
        client.leaves.set()
        assert await early == 202
        assert places.taken.total() == 0
        assert await posting(Posts(app), address) == 404
        assert [item async for item in read] == []


async def test_an_idle_stream_keeps_no_answer() -> None:
    """However long an answer was, nothing of it is held until the next one."""
    client = Client()
    async with SseTransport("/messages/").connected(scope(), client.receive, client.send) as (
        _,
        write,
    ):
        answer = message("x" * 100_000)
        sent = weakref.ref(answer.message)
        await write.send(answer)
        client.heard.clear()
        del answer
        assert sent() is None


async def test_an_idle_stream_keeps_no_connection_of_a_post() -> None:
    """What was posted last, which the session keeps, does not hold the post's connection."""

    async def receive() -> Message:
        return GONE

    post = Request(scope(), receive)
    asked = JSONRPCRequest(jsonrpc="2.0", id=1, method="ping")
    item = SessionMessage(asked, ServerMessageMetadata(request_context=post))
    send, read = create_context_streams[SessionMessage | Exception](1)
    await send.send(item)
    heard = await anext(Heard(read, Conversation(lambda: True)))
    await send.aclose()
    await read.aclose()
    assert isinstance(heard, SessionMessage)
    assert isinstance(heard.metadata, ServerMessageMetadata)
    assert heard.metadata.request_context.scope is post.scope
    connection = weakref.ref(receive)
    del post, receive
    assert connection() is None
