"""A sandbox that does one in four requests some harm, and tells what was really done."""

import logging
import random
from collections import Counter
from collections.abc import Iterable
from multiprocessing.connection import Connection

from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from bench.wire import Json
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.transports.listening import address, listen
from harmonica_mcp.transports.running import run_app

PER_MINUTE = 1_000
HARM = 0.25
_QUICK: list[Json] = [
    {"status": 429, "headers": {"retry-after": "1"}, "body": {"error": {"code": "rate_limited"}}},
    {"status": 500, "body": {"error": {"code": "internal_error", "message": "Broken."}}},
    {"status": 503, "body": "<html>away</html>", "content_type": "text/html"},
    {"drop": "before"},
    {"drop": "after"},
]
_SLOW: list[Json] = [
    {"delay": 5.0},
    {"delay_after": 5.0},
    {"delay": 70.0},
    {"delay_after": 70.0},
    {"late_reply": 4.0},
]
FAULTS = [*_QUICK * 5, *_SLOW]


def upstream(told: Connection, seed: int) -> None:
    """Serve the sandbox, which does harm, and tells at /truth what was done."""
    logging.disable()
    chance = random.Random(seed)  # noqa: S311 - the same harm every time
    sandbox = Sandbox(requests_per_minute=PER_MINUTE)
    keys: set[str] = set()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/truth":
            await JSONResponse(truth(sandbox, keys))(scope, receive, send)
            return
        if scope["type"] == "http":
            keys.update(v[7:].decode() for n, v in scope["headers"] if n == b"authorization")
            if chance.random() < HARM:
                sandbox.faults.add("*", **chance.choice(FAULTS))
        await sandbox.app(scope, receive, send)

    listening = listen("127.0.0.1", 0)
    told.send(address(listening))
    run_app(app, listening, date_header=False)


def truth(sandbox: Sandbox, keys: Iterable[str]) -> Json:
    """What was done: each topic and each utterance, as often as it is there."""
    done: Counter[str] = Counter()
    for key in keys:
        for session in sandbox.tenant(key).sessions.values():
            done[session.topic] += 1
            done.update(words.content for thread in session.threads for words in thread.spoken())
    return {marker: number for marker, number in done.items() if marker.startswith("load-")}
