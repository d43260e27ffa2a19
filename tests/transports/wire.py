"""MCP as it goes over the wire, written by hand: no SDK client stands between test and server."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

import httpx2

from bench.wire import ACCEPT, LEGACY, MODERN, Json, headers, hello, message

ERAS = (MODERN, LEGACY)
PATIENCE = 60
"""Seconds after which a test gives up on an answer; far more than any takes."""


def key(digit: str) -> str:
    """Give a well-formed key of one repeated digit."""
    return "hm_live_" + digit * 32


def environment(**settings: str) -> dict[str, str]:
    """Give this process's environment with these Harmonica settings and no others."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("HARMONICA_")}
    return own | settings


class Lines:
    """The lines of a stream, read in the background so that a test can wait for one."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.seen: list[str] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self.reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self.reader.start()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for line in map(bytes.decode, stream):
                self.seen.append(line)
                self._queue.put(line)
        self._queue.put(None)

    def next(self) -> str | None:
        """Wait for the next line; None after the last one."""
        line = self._queue.get(timeout=PATIENCE)
        if line is None:
            self._queue.put(None)
        return line

    def until(self, part: str) -> str:
        """Wait for a line that contains this."""
        while (line := self.next()) is not None:
            if part in line:
                return line
        raise AssertionError(f"No line with {part!r} in {self.seen}")

    def rest(self) -> str:
        """Wait for the end, and give all that was ever read."""
        while self.next() is not None:
            pass
        return "".join(self.seen)


class Server:
    """A server process with its three streams."""

    def __init__(self, *arguments: str, **settings: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment(**settings),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdin
        assert self.process.stdout
        assert self.process.stderr
        self.stdin = self.process.stdin
        self.out = Lines(self.process.stdout)
        self.err = Lines(self.process.stderr)

    def write(self, sent: bytes) -> None:
        """Write to the process's stdin."""
        self.stdin.write(sent)
        self.stdin.flush()

    def ends_within(self, seconds: float) -> int:
        """Wait for the process to end by itself, and give its exit code."""
        return self.process.wait(seconds)

    def end(self) -> None:
        """Let the process end in order."""
        self.process.send_signal(signal.SIGTERM)
        self.ends_within(PATIENCE)

    def stop(self) -> None:
        """End the process, whatever it does."""
        self.process.kill()
        self.process.wait()
        with suppress(BrokenPipeError):
            self.stdin.close()
        self.out.reader.join(PATIENCE)
        self.err.reader.join(PATIENCE)


@contextmanager
def started(*arguments: str, **settings: str) -> Generator[Server]:
    """Run a server process for as long as the context lasts."""
    server = Server(*arguments, **settings)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def serving_http(*options: str, **settings: str) -> Generator[str]:
    """Serve the sandbox over HTTP on a free port; gives the URL, and ends with SIGTERM."""
    arguments = ("-m", "harmonica_mcp", "serve", "--transport", "http", "--port", "0", "--sandbox")
    with started(*arguments, *options, **settings) as server:
        yield server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        server.end()


class Stdio:
    """A host that speaks to a server process over its stdin and stdout."""

    def __init__(self, server: Server, era: str) -> None:
        self.server = server
        self.era = era
        self._number = 0

    def send(self, method: str, params: Json | None = None) -> int:
        """Send a request without waiting for its answer."""
        self._number += 1
        self.write(message(self.era, self._number, method, params))
        return self._number

    def write(self, sent: Json) -> None:
        """Write one message."""
        self.server.write(json.dumps(sent).encode() + b"\n")

    def ask(self, method: str, params: Json | None = None) -> Json:
        """Send a request and wait for its answer; every line must be a message."""
        number = self.send(method, params)
        while (line := self.server.out.next()) is not None:
            answer: Json = json.loads(line)
            if answer.get("id") == number:
                return answer
        raise AssertionError(f"The server closed its output: {self.server.err.seen}")

    def open(self) -> Json:
        """Begin as a client of this era does."""
        answer = self.ask(*hello(self.era))
        if self.era == LEGACY:
            self.write(message(self.era, None, "notifications/initialized"))
        return answer["result"]

    def call(self, tool: str, **arguments: object) -> Json:
        """Call a tool and give the result."""
        return self.ask("tools/call", {"name": tool, "arguments": arguments})["result"]


class Http:
    """A client of `/mcp` that sends what a client of this era sends."""

    capabilities: Json | None = None

    def __init__(self, url: str, era: str, api_key: str) -> None:
        self.url = f"{url}/mcp"
        self.era = era
        self.headers = {
            "Authorization": f"Bearer {api_key}",
            "Content-Type": "application/json",
            "Accept": ACCEPT,
        }
        self._number = 0

    def post(self, method: str, params: Json | None = None, *, notify: bool = False) -> Any:
        """Send one message and give the HTTP response."""
        self._number += 1
        number = None if notify else self._number
        body = message(self.era, number, method, params, self.capabilities)
        fields = self.headers | headers(self.era, method, params)
        return httpx2.post(self.url, json=body, headers=fields, timeout=PATIENCE)

    def ask(self, method: str, params: Json | None = None) -> Json:
        """Send a request and give its answer, which may come as JSON or as an event."""
        response = self.post(method, params)
        assert response.status_code == 200, response.text
        if session := response.headers.get("mcp-session-id"):
            self.headers["Mcp-Session-Id"] = session
        if response.headers["content-type"].startswith("application/json"):
            return response.json()
        events = [json.loads(data) for data in data_of(iter(response.text.splitlines()))]
        return next(event for event in events if event.get("id") == self._number)

    def open(self) -> Json:
        """Begin as a client of this era does."""
        answer = self.ask(*hello(self.era))
        if self.era == LEGACY:
            accepted = self.post("notifications/initialized", notify=True)
            assert accepted.status_code == 202
        return answer["result"]

    def call(self, tool: str, **arguments: object) -> Json:
        """Call a tool and give the result."""
        return self.ask("tools/call", {"name": tool, "arguments": arguments})["result"]


class Sse:
    """A client of `/sse`: one stream that it listens to, and posts beside it."""

    def __init__(self, url: str, era: str, api_key: str, stream: Iterator[str]) -> None:
        self.era = era
        self.authorization = {"Authorization": f"Bearer {api_key}"}
        self._data = data_of(stream)
        self.endpoint = url + next(self._data)
        self._number = 0

    def post(self, sent: Json, **headers: str) -> Any:
        """Post one message, by default with the key of the stream."""
        return httpx2.post(
            self.endpoint, json=sent, headers=self.authorization | headers, timeout=PATIENCE
        )

    def ask(self, method: str, params: Json | None = None) -> Json:
        """Send a request and wait for its answer on the stream."""
        self._number += 1
        assert self.post(message(self.era, self._number, method, params)).status_code == 202
        return next(answer for answer in self.events() if answer.get("id") == self._number)

    def open(self) -> Json:
        """Begin as a client of this era does."""
        answer = self.ask(*hello(self.era))
        if self.era == LEGACY:
            self.post(message(self.era, None, "notifications/initialized"))
        return answer["result"]

    def call(self, tool: str, **arguments: object) -> Json:
        """Call a tool and give the result."""
        return self.ask("tools/call", {"name": tool, "arguments": arguments})["result"]

    def rest(self) -> list[Json]:
        """Wait for the server to end the stream, and give what is still coming."""
        return list(self.events())

    def events(self) -> Iterator[Json]:
        """Give what comes, as it comes."""
        return (json.loads(data) for data in self._data)

    def until_gone(self) -> None:
        """Wait until the server has forgotten the stream."""
        end = time.monotonic() + PATIENCE
        while self.post(message(self.era, 99, "tools/list")).status_code != 404:
            assert time.monotonic() < end


@contextmanager
def listening(url: str, era: str, api_key: str) -> Generator[Sse]:
    """Hold a stream open at `/sse`."""
    headers = {"Authorization": f"Bearer {api_key}"}
    with (
        httpx2.Client(timeout=PATIENCE) as client,
        client.stream("GET", f"{url}/sse", headers=headers) as response,
    ):
        assert response.status_code == 200
        yield Sse(url, era, api_key, response.iter_lines())


def data_of(lines: Iterator[str]) -> Iterator[str]:
    """Give the data of the events in a stream."""
    return (line.removeprefix("data: ") for line in lines if line.startswith("data: "))
