"""How a client makes calls: by requests at /mcp, in a session or not, or on a stream at /sse."""

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple, Protocol

import httpx2

from bench.exchange import Exchange
from bench.wire import ACCEPT, LEGACY, Json, headers, hello, key_of, message

OPENING = 60.0
"""Seconds for a session or a stream to open."""


class Reply(NamedTuple):
    """What a client was sent for a call."""

    status: int
    text: str
    crossed: bool = False
    """Whether the client hung up, or cancelled, and then found it there."""

    def answers(self, number: int) -> bool:
        """Whether the answer to a call is in it, whole."""
        try:
            return any(answer.get("id") == number for answer in self.messages)
        except ValueError:
            return False

    @property
    def messages(self) -> list[Json]:
        """The messages in it."""
        found = re.findall(r"^(?:data: )?(\{.*\})\s*$", self.text, re.MULTILINE)
        return [json.loads(each) for each in found]


class HungUp(Exception):
    """The client left before it was answered."""


class Way(Protocol):
    """What carries calls."""

    async def call(self, number: int, params: Json, patience: float) -> Reply:
        """Call a tool.

        Raises:
            HungUp: There was no answer within the client's patience.
        """
        ...


class Person(NamedTuple):
    """Who calls."""

    number: int
    era: str
    url: str
    client: httpx2.AsyncClient

    @property
    def known_by(self) -> dict[str, str]:
        """Whose calls these are, and what they take for an answer."""
        return {"Authorization": f"Bearer {key_of(self.number)}", "Accept": ACCEPT}

    def beside(self, sent: Json) -> dict[str, str]:
        """Give what goes beside a message."""
        return self.known_by | headers(self.era, sent["method"], sent["params"])

    async def post(self, url: str, sent: Json, **more: str) -> httpx2.Response:
        """Send one message."""
        beside = self.beside(sent) | more
        return await self.client.post(url, json=sent, headers=beside, timeout=None)


class Requests:
    """`/mcp`: each call is a request; who hangs up closes the connection."""

    def __init__(self, person: Person) -> None:
        self.person = person
        self.session: dict[str, str] = {}

    async def send(self, sent: Json) -> httpx2.Response:
        """Send one message, in the session where there is one."""
        return await self.person.post(f"{self.person.url}/mcp", sent, **self.session)

    async def call(self, number: int, params: Json, patience: float) -> Reply:
        """Call a tool."""
        call = message(self.person.era, number, "tools/call", params)
        body, over = bytearray(), asyncio.Event()
        answer = Exchange(body.extend, over.set)
        left = False
        try:
            beside = self.person.beside(call) | self.session
            await answer.begin("POST", f"{self.person.url}/mcp", beside, call)
            await asyncio.wait_for(over.wait(), patience)
        except TimeoutError:
            left = True
        finally:
            answer.leave()
        reply = Reply(answer.status, body.decode(errors="replace"), crossed=left)
        if left and not reply.answers(number):
            raise HungUp
        return reply


class InSession(Requests):
    """`/mcp` with `--sessions`: a client of the older era opens one, and cancels every other call.

    The others go on when their request hangs up.
    """

    _cancels = False

    async def call(self, number: int, params: Json, patience: float) -> Reply:
        """Call a tool."""
        if not self.session and self.person.era == LEGACY:
            await self._open()
        try:
            return await super().call(number, params, patience)
        except HungUp:
            self._cancels = not self._cancels
            if self._cancels and self.session:
                await self.send(cancelling(self.person.era, number))
            raise

    async def _open(self) -> None:
        opened = await self.send(message(LEGACY, 0, *hello(LEGACY)))
        self.session = {"Mcp-Session-Id": opened.headers["mcp-session-id"]}
        await self.send(message(LEGACY, None, "notifications/initialized"))


class Stream:
    """`/sse`: answers come on a stream; who leaves cancels the call, or every other time hangs up.

    Args:
        person: whose it is.
        saw: is shown whatever comes on the stream.
    """

    def __init__(self, person: Person, saw: Callable[[int, str], None]) -> None:
        self.person = person
        self.saw = saw
        self._answers: dict[int, asyncio.Future[Reply]] = {}
        self._stream: Exchange | None = None
        self._unread = b""
        self._opened: asyncio.Future[str] | None = None
        self._endpoint = ""
        self._hangs_up = False

    async def call(self, number: int, params: Json, patience: float) -> Reply:
        """Call a tool."""
        if self._stream is None:
            await self._open()
        return await self._ask(patience, message(self.person.era, number, "tools/call", params))

    async def _ask(self, patience: float, sent: Json) -> Reply:
        number: int = sent["id"]
        self._answers[number] = answer = asyncio.get_running_loop().create_future()
        posting = asyncio.create_task(self._post(sent, answer))
        try:
            await asyncio.wait([answer], timeout=patience)
            if answer.done():
                await posting
                return answer.result()
            await self._leave(number, posting)
            # One that was there is taken: nothing is asked for again.
            if answer.done() and answer.result().status == 200:
                return answer.result()._replace(crossed=True)
            raise HungUp
        finally:
            await asyncio.wait([posting])
            del self._answers[number]

    async def _post(self, sent: Json, answer: asyncio.Future[Reply]) -> None:
        accepted = await self.person.post(self._endpoint, sent)
        if accepted.status_code != 202 and not answer.done():
            answer.set_result(Reply(accepted.status_code, accepted.text))

    async def _leave(self, number: int, posting: asyncio.Task[None]) -> None:
        self._hangs_up = not self._hangs_up
        if self._hangs_up or self._stream is None:
            posting.cancel()
            self.close()
            return
        # What is cancelled must have come.
        await posting
        await self.person.post(self._endpoint, cancelling(self.person.era, number))
        if self._stream:
            self._stream.read()

    async def _open(self) -> None:
        self._unread = b""
        self._opened = opened = asyncio.get_running_loop().create_future()
        self._stream = Exchange(self._heard, self._over)
        await self._stream.begin("GET", f"{self.person.url}/sse", self.person.known_by)
        async with asyncio.timeout(OPENING):
            self._endpoint = self.person.url + await opened
        if self.person.era == LEGACY:
            await self._ask(OPENING, message(LEGACY, 0, *hello(LEGACY)))
            await self.person.post(
                self._endpoint, message(LEGACY, None, "notifications/initialized")
            )

    def _heard(self, piece: bytes) -> None:
        *lines, self._unread = (self._unread + piece).split(b"\r\n")
        for line in lines:
            if line.startswith(b"data: "):
                self._event(line.removeprefix(b"data: ").decode())

    def _event(self, data: str) -> None:
        if self._opened and not self._opened.done():
            self._opened.set_result(data)
            return
        self.saw(self.person.number, data)
        answer = self._answers.get(json.loads(data).get("id"))
        if answer and not answer.done():
            answer.set_result(Reply(200, data))

    def _over(self) -> None:
        """Tell whoever still waits that the stream has ended."""
        self._stream = None
        for answer in self._answers.values():
            if not answer.done():
                answer.set_result(Reply(0, ""))

    def close(self) -> None:
        """Hang up."""
        if self._stream:
            self._stream.leave()
            self._stream = None


def cancelling(era: str, number: int) -> Json:
    """Write that nobody waits for a call any more."""
    return message(era, None, "notifications/cancelled", {"requestId": number})


@asynccontextmanager
async def way_of(kind: str, person: Person, saw: Callable[[int, str], None]) -> AsyncGenerator[Way]:
    """Open a way of this kind for a client."""
    if kind != "sse":
        yield InSession(person) if kind == "sessions" else Requests(person)
        return
    stream = Stream(person, saw)
    try:
        yield stream
    finally:
        stream.close()
