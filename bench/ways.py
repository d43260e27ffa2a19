"""How a client makes calls: by requests at /mcp, in a session or not, or on a stream at /sse."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, Protocol, TypeVar

import httpx2

from bench.wire import ACCEPT, LEGACY, Json, headers, hello, key_of, message

T = TypeVar("T")
_TURNS = 10
OPENING = 60.0
"""Seconds for a session or a stream to open."""


class Reply(NamedTuple):
    """What a client was sent for a call."""

    status: int
    text: str


class HungUp(Exception):
    """The client left before it was answered."""


async def within(patience: float, answering: Coroutine[None, None, T]) -> T:
    """Wait for so long for an answer.

    Raises:
        HungUp: There is none.
    """
    task = asyncio.ensure_future(answering)
    await asyncio.wait([task], timeout=patience)
    # Nobody leaves who has the answer in their hands: what has arrived is read first.
    for _ in range(_TURNS):
        await asyncio.sleep(0)
    if not task.cancel():
        return task.result()
    await asyncio.wait([task])
    raise HungUp


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

    async def post(self, url: str, sent: Json, **more: str) -> httpx2.Response:
        """Send one message."""
        beside = self.known_by | headers(self.era, sent["method"], sent["params"]) | more
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
        response = await within(patience, self.send(call))
        return Reply(response.status_code, response.text)


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
        self._reading: asyncio.Task[None] | None = None
        self._endpoint = ""
        self._hangs_up = False

    async def call(self, number: int, params: Json, patience: float) -> Reply:
        """Call a tool."""
        if self._reading is None:
            await self._open()
        return await self._ask(patience, message(self.person.era, number, "tools/call", params))

    async def _ask(self, patience: float, sent: Json) -> Reply:
        number: int = sent["id"]
        self._answers[number] = answer = asyncio.get_running_loop().create_future()
        try:
            return await within(patience, self._posted(sent, answer))
        except HungUp:
            await self._leave(number)
            # One that crossed the cancel is taken: nothing is asked for again.
            if answer.done() and answer.result().status == 200:
                return answer.result()
            raise
        finally:
            del self._answers[number]

    async def _posted(self, sent: Json, answer: asyncio.Future[Reply]) -> Reply:
        accepted = await self.person.post(self._endpoint, sent)
        if accepted.status_code != 202:
            return Reply(accepted.status_code, accepted.text)
        return await asyncio.shield(answer)

    async def _leave(self, number: int) -> None:
        self._hangs_up = not self._hangs_up
        if self._hangs_up:
            await self.close()
        else:
            await self.person.post(self._endpoint, cancelling(self.person.era, number))

    async def _open(self) -> None:
        opened: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._reading = asyncio.create_task(self._read(opened))
        async with asyncio.timeout(OPENING):
            self._endpoint = self.person.url + await opened
        if self.person.era == LEGACY:
            await self._ask(OPENING, message(LEGACY, 0, *hello(LEGACY)))
            await self.person.post(
                self._endpoint, message(LEGACY, None, "notifications/initialized")
            )

    async def _read(self, opened: asyncio.Future[str]) -> None:
        try:
            async for data in self._events():
                if not opened.done():
                    opened.set_result(data)
                    continue
                self.saw(self.person.number, data)
                answer = self._answers.get(json.loads(data).get("id"))
                if answer and not answer.done():
                    answer.set_result(Reply(200, data))
        finally:
            # Whoever still waits hears that the server has ended the stream.
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_result(Reply(0, ""))
            self._reading = None

    async def _events(self) -> AsyncGenerator[str]:
        url, sent = f"{self.person.url}/sse", self.person.known_by
        async with self.person.client.stream("GET", url, headers=sent, timeout=None) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    yield line.removeprefix("data: ")

    async def close(self) -> None:
        """Hang up."""
        if self._reading:
            self._reading.cancel()
            with suppress(asyncio.CancelledError):
                await self._reading


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
        await stream.close()
