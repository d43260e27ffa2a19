"""Whatever Harmonica does, every call of every tool is answered in time."""

import json

import httpx2
import jsonschema
import pytest
from anyio import sleep
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.registry import ToolSpec
from tests.client.conftest import Clock
from tests.server.examples import NAMES, SPECS, arguments_for
from tests.server.long_calls.line import LIMIT, Around, SetUp, on_the_line, plain
from tests.server.wire import Called, Json

READS = {spec.name: spec.reads for spec in SPECS}


def dripping(sandbox: Sandbox) -> ASGIApp:
    """A Harmonica whose answers come byte by byte, one each second."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def drip(message: Message) -> None:
            for byte in message.get("body", b""):
                await send({"type": message["type"], "body": bytes([byte]), "more_body": True})
                await sleep(1)
            await send({**message, "body": b""} if "body" in message else message)

        await sandbox.app(scope, receive, drip)

    return app


def unreachable(_: Sandbox) -> ASGIApp:
    """Nobody listens where Harmonica should be, and it takes a while to find out."""

    async def app(*_: object) -> None:
        await sleep(8)
        raise httpx2.ConnectError("refused")

    return app


TROUBLES: dict[str, tuple[Around, Json]] = {
    "stalls": (plain, {"delay": 1_000}),
    "answers late": (plain, {"delay_after": 1_000}),
    "drips": (dripping, {}),
    "limits for a minute": (plain, {"status": 429, "headers": {"retry-after": "59"}}),
    "limits for a while": (plain, {"status": 429, "headers": {"retry-after": "20"}}),
    "loses answers": (plain, {"drop": "after"}),
    "loses answers late": (plain, {"drop": "after", "delay": 20}),
    "fails late": (plain, {"status": 503, "delay": 20}),
    "cannot be reached": (unreachable, {}),
}


NOT_SENT = "nothing was done, try again in"
OUTCOMES = {
    "running": ("Still running in Harmonica",),
    "not_sent": (NOT_SENT, "Not sent: there was no time left for it"),
    "failed": (
        NOT_SENT,
        "Harmonica did not answer",
        "The connection was lost before Harmonica answered",
        "Harmonica's answer was lost",
        "No connection to Harmonica could be made",
        "Harmonica could not be asked just now",
        "failed (status 503)",
    ),
}
"""What may be said about a call that is not done."""

SCHEMAS: dict[str, Json] = {spec.name: spec.build().output_schema or {} for spec in SPECS}


def outcome(tool: str, called: Called) -> str:
    """How a call ended, when what it says about it is in order."""
    if called.failed:
        ended = "failed"
    else:
        jsonschema.validate(called.data, SCHEMAS[tool], jsonschema.Draft202012Validator)
        ended = "done" if READS[tool] else called.data["state"]
    assert ended == "done" or any(part in called.text for part in OUTCOMES[ended]), called.text
    if ended in {"running", "not_sent"}:
        assert called.data == {"state": ended, "note": called.text}
    return ended


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_every_tool_answers_in_time(set_up: SetUp, clock: Clock, trouble: str) -> None:
    """Whatever Harmonica does, each call is answered within 45 s, and nothing is sent later."""
    around, fault = TROUBLES[trouble]
    stage = set_up(around)
    calls = dict(enumerate(NAMES))
    ended: dict[str, str] = {}
    async with on_the_line(stage, clock) as line:
        for number, tool in calls.items():
            arguments = arguments_for(stage, tool)
            if "participant_name" in arguments:
                arguments["participant_name"] = tool
            if fault and not number:
                stage.sandbox.faults.add("*", times=10_000, **fault)
            await line.begin(number, tool, arguments)
        while len(ended) < len(calls):
            number, called = await line.answer()
            ended[calls[number]] = outcome(calls[number], called)
            assert line.after <= LIMIT + 0.1, calls[number]
    writes = [each for each in stage.sent if not each.startswith("GET")]
    await sleep(2_000)
    assert writes == [each for each in stage.sent if not each.startswith("GET")]
    if trouble == "cannot be reached":
        assert stage.sandbox.effects.total() == 0
    elif trouble.startswith("limits"):
        assert stage.sandbox.effects.total() == 0
        assert "running" not in ended.values()
    else:
        assert ended["create_session"] == ended["send_chat_message"] == "running"
        assert stage.sent.count("POST /sessions") == 1


@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
def test_states(spec: ToolSpec) -> None:
    """Every tool with an effect promises to say how it ended."""
    schema = SCHEMAS[spec.name]
    if spec.reads:
        assert "running" not in json.dumps(schema)
    else:
        assert {"done", "running", "not_sent"} <= {*schema["properties"]["state"]["enum"]}
        assert schema["required"] == ["state"]
