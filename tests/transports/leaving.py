"""Hosts that leave in the middle of a call."""

import http.client
import json
from contextlib import AbstractContextManager
from typing import Protocol
from urllib.parse import urlsplit

from tests.transports.wire import MODERN, Http, Json, Sse, Stdio, listening, message


class Host(Protocol):
    """A host that can leave in the middle of a call."""

    def begin(self, tool: str, arguments: Json) -> None:
        """Call a tool and do not wait."""
        ...

    def leave(self) -> None:
        """Cancel the call, or hang up."""
        ...

    def call(self, tool: str, **arguments: object) -> Json:
        """Call a tool, as the same person."""
        ...


class OverHttp(Http):
    """At `/mcp`, with hanging up or, in a session, cancelling."""

    cancels = False

    def begin(self, tool: str, arguments: Json) -> None:
        """Call a tool and do not wait."""
        call: Json = {"name": tool, "arguments": arguments}
        headers = self.headers | {"MCP-Protocol-Version": self.era}
        if self.era == MODERN:
            headers |= {"Mcp-Method": "tools/call", "Mcp-Name": tool}
        self.connection = http.client.HTTPConnection(urlsplit(self.url).netloc)
        body = json.dumps(message(self.era, 1_000, "tools/call", call))
        self.connection.request("POST", "/mcp", body, headers)

    def leave(self) -> None:
        """Cancel the call, or hang up."""
        if self.cancels:
            self.post("notifications/cancelled", {"requestId": 1_000}, notify=True)
        self.connection.close()


class OverStdio(Stdio):
    """On one connection, with cancelling."""

    def begin(self, tool: str, arguments: Json) -> None:
        """Call a tool and do not wait."""
        self.number = self.send("tools/call", {"name": tool, "arguments": arguments})

    def leave(self) -> None:
        """Cancel the call."""
        gone: Json = {"requestId": self.number}
        self.write(message(self.era, None, "notifications/cancelled", gone))


class Cancelling(OverHttp):
    """At `/mcp`, with cancelling."""

    cancels = True


class OverSse:
    """At `/sse`, with hanging up."""

    def __init__(self, url: str, era: str, api_key: str) -> None:
        self.open_stream = lambda: listening(url, era, api_key)
        self.era = era

    def begin(self, tool: str, arguments: Json) -> None:
        """Call a tool on a stream and do not wait."""
        self.stream: AbstractContextManager[Sse] = self.open_stream()
        self.client = self.stream.__enter__()
        self.client.open()
        call: Json = {"name": tool, "arguments": arguments}
        self.client.post(message(self.era, 1_000, "tools/call", call))

    def leave(self) -> None:
        """Hang up."""
        self.stream.__exit__(None, None, None)

    def call(self, tool: str, **arguments: object) -> Json:
        """Call a tool on another stream."""
        with self.open_stream() as client:
            client.open()
            return client.call(tool, **arguments)


class CancellingSse(OverSse):
    """At `/sse`, with cancelling."""

    def leave(self) -> None:
        """Cancel the call, and then hang up."""
        gone: Json = {"requestId": 1_000}
        self.client.post(message(self.era, None, "notifications/cancelled", gone))
        super().leave()
