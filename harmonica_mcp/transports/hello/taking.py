"""Asking a server what it answers by its settings alone, in every version of the protocol."""

from collections.abc import Mapping, Sequence
from typing import Any

import anyio
from mcp.server import MCPServer
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCRequest
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, MODERN_PROTOCOL_VERSIONS
from opentelemetry.trace import NonRecordingSpan, SpanContext, use_span

from harmonica_mcp.transports.hello.shapes import META, Json
from harmonica_mcp.transports.hello.snapshot import Answers
from harmonica_mcp.transports.stdio.messages import line_of
from harmonica_mcp.transports.streams import Incoming, serve_streams

_LISTS = ("tools/list", "prompts/list", "resources/templates/list")
_CLIENT = {"name": "harmonica-mcp", "version": "1"}
_EVERYTHING: Json = {
    "roots": {"listChanged": True},
    "sampling": {"context": {}, "tools": {}},
    "elicitation": {"form": {}, "url": {}},
    "extensions": {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}},
}
_BEFORE, _AFTER = '{"jsonrpc":"2.0","id":0,"result":', "}\n"
# A parent that is not recorded: nobody is to find these questions in a trace.
_UNSEEN = NonRecordingSpan(SpanContext(trace_id=1, span_id=1, is_remote=False))

Question = tuple[str, Json | None]


async def take(server: MCPServer[Any]) -> Answers:
    """Ask for all of it; what depends on what a client can do is left out."""
    answers: dict[str, Mapping[str, str]] = {}
    with use_span(_UNSEEN):
        for version in (*HANDSHAKE_PROTOCOL_VERSIONS, *MODERN_PROTOCOL_VERSIONS):
            some, all_ = [
                await _ask(server, questions(version, can)) for can in (Json(), _EVERYTHING)
            ]
            answers[version] = {name: text for name, text in some.items() if all_.get(name) == text}
    return answers


def questions(version: str, capabilities: Json) -> Sequence[Question]:
    """What a client of this version and with these capabilities may ask, hello first."""
    if version in MODERN_PROTOCOL_VERSIONS:
        meta = {"protocolVersion": version, "clientCapabilities": capabilities}
        params: Json = {"_meta": {META + name: value for name, value in meta.items()}}
        return [(method, params) for method in ("server/discover", *_LISTS)]
    hello: Json = {"protocolVersion": version, "capabilities": capabilities, "clientInfo": _CLIENT}
    return [("initialize", hello), *((method, None) for method in ("ping", *_LISTS))]


async def _ask(server: MCPServer[Any], asked: Sequence[Question]) -> dict[str, str]:
    results: dict[str, str] = {}
    to_server, heard = anyio.create_memory_object_stream[Incoming](1)
    said, from_server = anyio.create_memory_object_stream[SessionMessage](1)
    async with to_server, from_server, anyio.create_task_group() as tasks:
        tasks.start_soon(serve_streams, server, heard, said)
        for method, params in asked:
            request = JSONRPCRequest(jsonrpc="2.0", id=0, method=method)
            if params is not None:
                request = JSONRPCRequest(jsonrpc="2.0", id=0, method=method, params=params)
            await to_server.send(SessionMessage(request))
            line = line_of((await from_server.receive()).message).decode()
            if line.startswith(_BEFORE):
                results[method] = line.removeprefix(_BEFORE).removesuffix(_AFTER)
        await to_server.aclose()
    return results
