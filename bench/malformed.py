"""Requests as nobody should send them, on every route: the server goes on, and without a 500.

    python -m bench.malformed [COUNT] [--seed N]

Serves the sandbox in a process of its own on a loopback port, with and without sessions, and sends
it COUNT requests (10,000) that are wrong in some way: method, address, headers, framing, JSON, MCP,
or a few bytes of one that would be right. The same seed sends the same requests. Prints what was
answered, tracebacks on the server's stderr, and whether it still serves; ends with 1 if something
is as it should not be. Memory is the kernel's resident set (Linux).
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlsplit

import httpx2

from bench.serving import serving
from bench.wire import ACCEPT, KEY, LEGACY, MODERN, Json, headers, hello, key_of, message

_OURS = "io.modelcontextprotocol/"
_AT_ONCE = 32
_SILENCE = 2.0
"""Seconds after which a request that the server still waits for is given up."""

METHODS = ["POST"] * 8 + ["GET", "GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "FOO", "post"]
ROUTES = [
    *["/mcp"] * 25,
    *("/mcp/", "/sse", "/messages/", "/healthz", "/readyz", "/metrics"),
    *("/messages/?session_id=", "/messages/?session_id=zz", f"/messages/?session_id={'0' * 32}"),
    *("/.well-known/oauth-protected-resource", "/.well-known/x/mcp", "/register", "/nowhere"),
    *("/", "//mcp", "/mcp/../sse", "/%00", "/%ff%fe", "/mcp%2f", "*", "http://evil.example/mcp"),
    *("/mcp?a=b&a=c&%", "/mcp;x", "/" + "x" * 9_000, "mcp", "/mcp#fragment"),
]
TOOLS = ["list_sessions", "get_session", "create_session", "get_responses", "no_such_tool", 5, None]
VALUES: list[Any] = [
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "\x00", "\ud800", "é" * 500, "hst_1", "9" * 5_000),
    *([], {}, [[]], {"a": {"a": {"a": None}}}, ["x"] * 50, {"": ""}, {"$ref": "#"}),
]
CALLS = [
    *("tools/list", "tools/call", "tools/call", "tools/call", "initialize", "ping"),
    *(
        "resources/list",
        "resources/read",
        "resources/templates/list",
        "prompts/list",
        "prompts/get",
    ),
    *("completion/complete", "logging/setLevel", "server/discover", "subscriptions/listen"),
    *("notifications/initialized", "notifications/cancelled", "notifications/progress"),
    *("nonsense", "", "x" * 300),
]
VERSIONS = [MODERN, LEGACY, "2024-11-05", "1999-01-01", "", "é", "x" * 200]
HEADERS = [
    ("MCP-Session-Id", "x"),
    ("Last-Event-ID", "7"),
    ("Mcp-Method", "tools/list"),
    ("Mcp-Name", "=?base64?!!?="),
    ("Mcp-Param-X", "\xff"),
    ("Expect", "100-continue"),
    ("Expect", "everything"),
    ("Upgrade", "websocket"),
    ("Content-Encoding", "gzip"),
    ("Content-Length", "-1"),
    ("Content-Length", "9" * 19),
    ("Content-Length", "5"),
    ("Transfer-Encoding", "chunked"),
    ("Transfer-Encoding", "gzip, chunked"),
    ("Host", "evil.example"),
    ("Origin", "null"),
    ("Origin", "https://evil.example"),
    ("Access-Control-Request-Method", "POST"),
    ("Authorization", "Bearer"),
    ("Authorization", f"Bearer {KEY}"),
    ("traceparent", "00-zz"),
    ("Range", "bytes=0-"),
    ("Cookie", "a=b"),
    ("X", "x" * 40_000),
    ("X", "\x00"),
    ("X\x00", "x"),
    (" X", "x"),
]


def requests(seed: int) -> Iterator[bytes]:
    """Give wrong requests without end, `HOST` standing for the server's name."""
    chance = random.Random(seed)  # noqa: S311 - the same requests for everybody
    while True:
        yield _request(chance)


def _request(chance: random.Random) -> bytes:
    message = _message(chance)
    if chance.random() < 0.4:
        return _well_framed(chance, message)
    body = _body(chance, message)
    fields = [("Host", "HOST"), ("Connection", "close"), ("Authorization", f"Bearer {KEY}")]
    fields += [
        ("Content-Type", chance.choice(["application/json"] * 9 + ["text/plain", "", "\xff/;"])),
        ("Accept", chance.choice([ACCEPT] * 9 + ["", "*/*", "x"])),
    ]
    if chance.random() < 0.6:
        fields.append(("MCP-Protocol-Version", chance.choice(VERSIONS)))
    if chance.random() < 0.8:
        fields.append(("Content-Length", str(len(body))))
    for _ in range(chance.choice([0, 0, 0, 0, 1, 2])):
        fields.append(chance.choice(HEADERS))
    if chance.random() < 0.1:
        fields.remove(chance.choice(fields))
    line = f"{chance.choice(METHODS)} {chance.choice(ROUTES)} HTTP/1.1"
    return _mutated(chance, _head(line, fields) + body)


def _well_framed(chance: random.Random, message: Json) -> bytes:
    """Wrong for MCP at most: what comes as far as the tools."""
    fields = [("Host", "HOST"), ("Connection", "close"), ("Authorization", f"Bearer {KEY}")]
    fields += [("Content-Type", "application/json"), ("Accept", ACCEPT)]
    if chance.random() < 0.5:
        fields += [("MCP-Protocol-Version", LEGACY), ("Mcp-Session-Id", "SESSION")]
    else:
        params = message.setdefault("params", {})
        if isinstance(params, dict):
            own: Json = {f"{_OURS}protocolVersion": MODERN, f"{_OURS}clientCapabilities": {}}
            cast("Json", params)["_meta"] = own | {"progressToken": 1}
            if isinstance(name := cast("Json", params).get("name"), str):
                fields.append(("Mcp-Name", name.encode("ascii", "replace").decode()))
        fields += [("MCP-Protocol-Version", MODERN), ("Mcp-Method", str(message.get("method")))]
    body = json.dumps(message).encode()
    return _head("POST /mcp HTTP/1.1", [*fields, ("Content-Length", str(len(body)))]) + body


def _head(line: str, fields: list[tuple[str, str]]) -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in fields), "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace")


def _mutated(chance: random.Random, request: bytes) -> bytes:
    changed = bytearray(request)
    if chance.random() < 0.3:
        for _ in range(chance.randint(1, 5)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    if chance.random() < 0.02:
        del changed[chance.randrange(len(changed)) :]
    return bytes(changed)


def _body(chance: random.Random, sent: Json) -> bytes:
    kind = chance.random()
    if kind < 0.1:
        return chance.choice([b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b"NaN"])
    message = json.dumps(sent).encode()
    if kind < 0.2:
        return b"[" + message + b"]"
    return message[: chance.randrange(len(message))] if kind < 0.25 else message


def _message(chance: random.Random) -> Json:
    method = chance.choice(CALLS)
    message: Json = {"jsonrpc": "2.0", "id": 1, "method": method}
    message["params"] = _params(chance, method)
    if chance.random() < 0.3:
        message[chance.choice(["jsonrpc", "id", "method", "params", "result"])] = _value(chance)
    if chance.random() < 0.2:
        message.pop(chance.choice(["jsonrpc", "id", "method", "params"]), None)
    return message


def _params(chance: random.Random, method: str) -> Json:
    params: Json = {}
    if method == "tools/call":
        names = ["session_id", "topic", "goal", "limit", "cursor", "query", "x"]
        arguments = {chance.choice(names): _value(chance) for _ in range(chance.randrange(4))}
        params = {"name": chance.choice(TOOLS), "arguments": arguments}
    names = ["uri", "name", "cursor", "ref", "argument", "level", "arguments", "requestId", "_meta"]
    for _ in range(chance.randrange(3)):
        params[chance.choice(names)] = _value(chance)
    if chance.random() < 0.5:
        params["_meta"] = {f"{_OURS}protocolVersion": chance.choice(VERSIONS)}
        params["_meta"] |= {f"{_OURS}clientInfo": _value(chance)} if chance.random() < 0.5 else {}
        params["_meta"] |= {
            f"{_OURS}clientCapabilities": _value(chance) if chance.random() < 0.3 else {}
        }
        params["_meta"] |= {"progressToken": _value(chance)} if chance.random() < 0.3 else {}
    return params


def _value(chance: random.Random) -> Any:
    return chance.choice(VALUES)


async def send(url: str, wrong: Iterator[bytes], count: int) -> Counter[str]:
    """Send so many of these requests, and count what was answered by status."""
    session = _session(url).encode()
    at = urlsplit(url)
    told: Counter[str] = Counter()
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(request: bytes) -> None:
        async with places:
            told[await _exchange(at.hostname or "", at.port or 0, request)] += 1

    host = at.netloc.encode()
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(
                one(next(wrong).replace(b"HOST", host, 1).replace(b"SESSION", session, 1))
            )
    return told


async def _exchange(host: str, port: int, request: bytes) -> str:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(request)
        line = await asyncio.wait_for(reader.readline(), _SILENCE)
        return line[9:12].decode() or "hung up"
    except TimeoutError:
        return "waits for more"
    except ConnectionError:
        return "hung up"
    finally:
        writer.close()


def _session(url: str) -> str:
    """Begin as a client of the older era; gives the session's id, where there is one."""
    return _post(url, KEY, LEGACY, *hello(LEGACY)).headers.get("mcp-session-id", "none")


def still_serves(url: str) -> bool:
    """Whether a proper call is answered."""
    call: Json = {"name": "get_current_user", "arguments": {}}
    # A key of its own: the other one has used its requests of the minute.
    answer = _post(url, key_of(1), MODERN, "tools/call", call)
    return answer.status_code == 200 and "plan PRO" in answer.text


def _post(url: str, key: str, era: str, method: str, params: Json) -> httpx2.Response:
    fields = {"Authorization": f"Bearer {key}", "Accept": ACCEPT} | headers(era, method, params)
    sent = message(era, 1, method, params)
    return httpx2.post(f"{url}/mcp", json=sent, headers=fields, timeout=30, trust_env=False)


def broken(told: Counter[str]) -> int:
    """How many answers blame the server."""
    return sum(number for status, number in told.items() if status in {"500", "502"})


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    wrong = 0
    for options in ((), ("--sessions",)):
        with serving(*options) as server:
            before, began = server.megabytes, time.monotonic()
            told = asyncio.run(send(server.url, requests(chosen.seed), chosen.count))
            seconds, serves = time.monotonic() - began, still_serves(server.url)
            print(f"{' '.join(options) or 'without sessions'}: {chosen.count} in {seconds:.0f} s")
            print("  answers:", ", ".join(f"{n} x {what}" for what, n in told.most_common()))
            crashes = server.crashes
            print(f"  500: {broken(told)}, tracebacks: {len(crashes)}, still serves: {serves}")
            for line in crashes[:10]:
                print("   ", line)
            print(f"  memory: {before:.0f} MB before, {server.megabytes:.0f} MB after")
            wrong += broken(told) + len(crashes) + (not serves)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
