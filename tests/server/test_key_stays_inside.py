"""The key is in no result, no error, no record of a log, and no repr."""

import json
import logging
from collections.abc import Callable
from typing import Any, cast

import pytest
from starlette.types import Message, Receive, Scope, Send

from harmonica_mcp.client import ApiKey
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.caller import Callers
from tests.server.conftest import MakeStage
from tests.server.examples import NAMES, PATIENT, arguments_for
from tests.server.wire import ENVELOPE, Json

CANARY = "e" * 32
KEY = f"hm_live_{CANARY}"
ERRORS = (400, 401, 402, 403, 404, 409, 418, 500)
WRITTEN = frozenset({"topic", "goal", "content", "summary", "text", "description", "critical"})
REFUSAL: Json = {"error": {"code": "odd", "message": "Because of"}}


def echoing(sandbox: Sandbox) -> Callable[..., Any]:
    """Harmonica, with the caller's key in every text of its errors, and in what people wrote."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        headers = {name: value.decode() for name, value in scope["headers"]}
        key = headers[b"authorization"].removeprefix("Bearer ")
        start: Message = {}

        async def passed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body = message.get("body", b"")
            if body.startswith((b"{", b"[")):
                only = None if start["status"] >= 400 else WRITTEN
                body = json.dumps(echoed(json.loads(body), key, only)).encode()
            kept = [(k, v) for k, v in start["headers"] if k != b"content-length"]
            await send({**start, "headers": kept})
            await send({"type": "http.response.body", "body": body})

        await sandbox.app(scope, receive, passed)

    return app


def echoed(value: object, key: str, only: frozenset[str] | None, field: str = "") -> object:
    """A JSON value with the key in every text, or only in texts of some fields."""
    match value:
        case str() if only is None or field in only:
            return f"{key} {value} {key}"
        case dict():
            fields = cast("dict[str, object]", value)
            return {name: echoed(item, key, only, name) for name, item in fields.items()}
        case list():
            return [echoed(item, key, only, field) for item in cast("list[object]", value)]
        case _:
            return value


def absent(*places: object) -> None:
    """The key's secret part stands in none of these."""
    for place in places:
        assert CANARY not in str(place)


def records(caplog: pytest.LogCaptureFixture) -> list[str]:
    """All that log records hold, the message as well as what goes with it."""
    return [f"{record.getMessage()} {vars(record)}" for record in caplog.records]


@pytest.mark.parametrize("era", [ENVELOPE])
@pytest.mark.parametrize("tool", NAMES)
async def test_tools(make_stage: MakeStage, tool: str, caplog: pytest.LogCaptureFixture) -> None:
    """Neither success nor any failure of a tool tells the key, also when the API repeats it."""
    caplog.set_level(logging.DEBUG)
    stage = make_stage(key=KEY, app=echoing)
    arguments = arguments_for(stage, tool)
    async with stage.connect() as wire:
        absent((await wire.call(tool, **arguments)).raw)
        for status in () if tool in PATIENT else ERRORS:
            stage.sandbox.faults.clear()
            stage.sandbox.faults.add("*", times=100, status=status, body=REFUSAL)
            absent((await wire.call(tool, **arguments)).raw)
    absent(wire.progress, *records(caplog))


async def test_resources(make_stage: MakeStage, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a list nor a resource nor its error tells the key."""
    caplog.set_level(logging.DEBUG)
    for status in (None, *ERRORS):
        stage = make_stage(key=KEY, app=echoing)
        uri = f"harmonica://sessions/{stage.whole.id}/brief"
        if status:
            stage.sandbox.faults.add("*", times=100, status=status, body=REFUSAL)
        async with stage.connect() as wire:
            read: Json = await wire.read(uri)
            absent(read, await wire.result("resources/list"))
    absent(*records(caplog))


async def test_a_key_in_an_argument(
    make_stage: MakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    """A key that was put into a wrong field is not repeated, and not kept in a log."""
    caplog.set_level(logging.DEBUG)
    stage = make_stage()
    async with stage.connect() as wire:
        for arguments in ({"session_id": {"key": KEY}}, {"session_id": KEY, "full": KEY}):
            absent((await wire.call("get_session", **arguments)).error)
        absent((await wire.call("update_session", session_id=f"{KEY}/", topic="x")).error)
    absent(*[each for each in records(caplog) if "harmonica_mcp" in each])


def test_reprs(make_stage: MakeStage) -> None:
    """What shows the objects around a call shows no key."""
    stage = make_stage(key=KEY)
    callers = Callers(stage.pool, ApiKey(KEY))
    client = callers.client(None)
    for thing in (stage.server, callers, client, client.key, stage.pool, stage.server.callers):
        absent(repr(thing), f"{thing}")
