"""Calls that take long: every one is answered in time, and nothing happens twice or too late."""

import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import jsonschema
import pytest
import stamina
from anyio import sleep
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.registry import ToolSpec
from tests.client import conftest
from tests.server.examples import NAMES, SPECS, arguments_for
from tests.server.wire import ENVELOPE, KEY, Called, Json, Stage, Wire

Clock = conftest.Clock
clock = conftest.clock

LIMIT = 45
READS = {spec.name: spec.reads for spec in SPECS}


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    """Repeats and looks wait as they do in earnest; the clock jumps."""
    stamina.set_testing(False)
    yield
    stamina.set_testing(False)


Around = Callable[[Sandbox], Any]


SetUp = Callable[..., Stage]
CHAT, GROUND = "POST /sessions/{id}/chat", "POST /sessions/{id}/grounding"
SEED = "POST /sessions/{id}/scratchpad"


@pytest.fixture
async def set_up(served: HarmonicaServer, era: str, clock: Clock) -> AsyncGenerator[SetUp]:
    """Set up the server on a sandbox that lives by the clock, with an app around it."""
    stages: list[Stage] = []

    def make(around: Around = lambda sandbox: sandbox.app, **pool: Any) -> Stage:
        sandbox = Sandbox(requests_per_minute=100_000, clock=clock.at_the_api)
        pool = {"requests_per_minute": 100_000, **pool}
        made = Pool("http://127.0.0.1", app=around(sandbox), **pool)
        served.callers = Callers(made, ApiKey(KEY))
        stages.append(Stage(served, sandbox, made, era, KEY))
        return stages[-1]

    yield make
    await served.callers.work.aclose()
    for stage in stages:
        await stage.sandbox.settled()


@dataclass
class Line:
    """A connection on which calls are begun without waiting for their answers."""

    stage: Stage
    clock: Clock
    wire: Wire
    begun: float
    told: list[float] = field(default_factory=list[float])
    """When progress was told."""

    async def begin(self, number: int, tool: str, arguments: Json, **meta: Any) -> None:
        """Call a tool and do not wait."""
        if self.wire.era == ENVELOPE:
            own = {"protocolVersion": ENVELOPE, "clientInfo": {"name": "test", "version": "1"}}
            own |= {"clientCapabilities": {}}
            meta |= {f"io.modelcontextprotocol/{name}": value for name, value in own.items()}
        params = {"name": tool, "arguments": arguments, "_meta": meta}
        await self._send({"id": number, "method": "tools/call", "params": params})

    async def cancel(self, number: int) -> None:
        """Cancel a call, and wait until nobody waits for it any more."""
        await self._send({"method": "notifications/cancelled", "params": {"requestId": number}})
        await self.wire.call("get_current_user")

    async def answer(self) -> tuple[int, Called]:
        """The next answer, with the number of its call."""
        while True:
            message: Json = json.loads(await self.wire.lines.receive())
            if "id" in message:
                return message["id"], Called(message["result"])
            self.told.append(round(self.after))
            assert message["method"] == "notifications/progress"

    async def call(self, tool: str, **arguments: Any) -> Called:
        """Call a tool and wait."""
        await self.begin(500, tool, arguments)
        number, called = await self.answer()
        assert number == 500
        return called

    @property
    def after(self) -> float:
        """Seconds since the beginning."""
        return self.clock.passed - self.begun

    async def _send(self, message: Json) -> None:
        await self.wire.send_line.send(json.dumps({"jsonrpc": "2.0", **message}))


@asynccontextmanager
async def on_the_line(stage: Stage, clock: Clock) -> AsyncGenerator[Line]:
    """A connection to the server."""
    async with stage.connect() as wire:
        yield Line(stage, clock, wire, clock.passed)


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


def plain(sandbox: Sandbox) -> ASGIApp:
    """Harmonica as it is."""
    return sandbox.app


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


def hello(stage: Stage, **more: str) -> Json:
    """The arguments of a chat turn."""
    said = {"session_id": stage.whole.id, "participant_name": "Ada", "content": "Hello."}
    return said | more


async def test_a_turn_that_takes_long(set_up: SetUp, clock: Clock) -> None:
    """It is running, then collected once; after that the same words are a new turn."""
    stage = set_up()
    stage.sandbox.faults.add(CHAT, delay=60)
    async with on_the_line(stage, clock) as line:
        first = await line.call("send_chat_message", **hello(stage))
        assert (first.data["state"], round(line.after)) == ("running", LIMIT)
        second = await line.call("send_chat_message", **hello(stage))
        assert (second.data["state"], round(line.after)) == ("done", 60)
        assert stage.sandbox.effects["turn stored"] == 1
        third = await line.call("send_chat_message", **hello(stage))
    assert third.data["reply_words"] != second.data["reply_words"]
    assert stage.sandbox.effects["turn stored"] == 2


async def test_other_words_while_a_turn_runs(set_up: SetUp, clock: Clock) -> None:
    """They are refused at once, however session and participant are named; others' words go."""
    stage = set_up()
    stage.sandbox.faults.add(CHAT, delay=60)
    link = f"https://app.harmonica.chat/chat?s={stage.whole.id}"
    async with on_the_line(stage, clock) as line:
        await line.begin(1, "send_chat_message", hello(stage))
        me = (await line.call("send_chat_message", **hello(stage, participant_name="Ben"))).data
        assert me["state"] == "done"
        for naming in ({"session_id": link}, {"participant_name": " Ada "}):
            words = hello(stage, content="And this.", **naming)
            refused = await line.call("send_chat_message", **words)
            assert refused.data["state"] == "not_sent"
            assert "previous turn is still running" in refused.text
        join = {name: value for name, value in hello(stage).items() if name != "content"}
        joining = await line.call("submit_pre_session_answers", **join, answers=[])
        assert joining.data["state"] == "not_sent"
        assert line.after < 1
        assert (await line.answer())[1].data["state"] == "running"
    assert stage.sandbox.effects["turn stored"] == 1


@pytest.mark.parametrize("spelt", ["500", 500.0])
async def test_arguments_are_identical_in_what_they_mean(
    set_up: SetUp, clock: Clock, spelt: str | float
) -> None:
    """A number as text is the same argument as the number: the two calls are one."""
    stage = set_up()
    stage.sandbox.faults.add(GROUND, delay=60)
    session = stage.whole.id
    async with on_the_line(stage, clock) as line:
        for cents in (500, spelt):
            called = await line.call("ground_responses", session_id=session, max_cents=cents)
    assert called.data["state"] == "done"
    assert stage.sent.count(GROUND) == 1


@pytest.mark.parametrize("wants", [True, False])
async def test_signs_of_life(set_up: SetUp, clock: Clock, *, wants: bool) -> None:
    """A host that asked for progress hears of a long call at once and every 10 s, until it ends."""
    stage = set_up()
    stage.sandbox.faults.add(CHAT, delay=60)
    async with on_the_line(stage, clock) as line:
        token = {"progressToken": 0} if wants else {}
        await line.begin(1, "send_chat_message", hello(stage), **token)
        assert (await line.answer())[1].data["state"] == "running"
        await sleep(100)
        await line.call("get_current_user")
    assert line.told == ([0, 10, 20, 30, 40] if wants else [])


async def test_a_lost_answer_is_looked_for_without_the_caller(set_up: SetUp, clock: Clock) -> None:
    """What the look found is what the next identical call collects."""
    stage = set_up()
    stage.sandbox.faults.add("POST /sessions", drop="after", delay_after=44)
    stage.sandbox.faults.add("GET /sessions", times=2, status=503, delay=4)
    create = {"topic": "Lamps", "goal": "More light"}
    async with on_the_line(stage, clock) as line:
        assert (await line.call("create_session", **create)).data["state"] == "running"
        await sleep(100)
        found = (await line.call("create_session", **create)).data
    assert (found["state"], found["recovered"]) == ("done", True)
    assert stage.sandbox.effects["session created"] == 1


async def test_what_is_looked_for_is_named_at_the_end(
    set_up: SetUp, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """When the process ends while a lost answer is looked for, its request is named, no words."""
    stage = set_up()
    stage.sandbox.faults.add("POST /sessions", drop="after")
    stage.sandbox.faults.add("GET /sessions", times=100, status=503)
    async with on_the_line(stage, clock) as line:
        called = await line.call("create_session", topic="Secret lamps", goal="More light")
        assert called.data["state"] == "running"
        await stage.server.callers.work.aclose()
    assert "Cut off while under way, it may have taken effect: POST /sessions, sent" in caplog.text
    assert "Secret" not in caplog.text


async def test_an_error_is_collected(set_up: SetUp, clock: Clock) -> None:
    """A failure that came too late for its caller is told once."""
    stage = set_up()
    stage.sandbox.faults.add(CHAT, delay=60, apology=True)
    async with on_the_line(stage, clock) as line:
        assert (await line.call("send_chat_message", **hello(stage))).data["state"] == "running"
        await sleep(100)
        assert (
            "failed to answer them" in (await line.call("send_chat_message", **hello(stage))).error
        )
        assert (await line.call("send_chat_message", **hello(stage))).data["state"] == "done"


async def test_a_look_up_that_takes_long(set_up: SetUp, clock: Clock) -> None:
    """Where the time ends before anything was sent, it is not sent later."""
    stage = set_up()
    stage.sandbox.faults.add("GET /templates", delay=25)
    stage.sandbox.faults.add("GET /sessions/{id}", delay=25)
    change = {"session_id": stage.whole.id, "template": "Retrospective"}
    async with on_the_line(stage, clock) as line:
        called = await line.call("update_session", **change)
        assert (called.data["state"], round(line.after)) == ("not_sent", LIMIT)
        await sleep(1_000)
        assert "PATCH /sessions/{id}" not in stage.sent
        assert (await line.call("update_session", **change)).data["state"] == "done"


@pytest.mark.parametrize("waited", [0, 30])
async def test_waiting_in_line(set_up: SetUp, clock: Clock, waited: int) -> None:
    """A call waits for the request budget within its time, or says at once when to try again."""
    stage = set_up(requests_per_minute=1)
    create = {"topic": "Lamps", "goal": "More light"}
    async with on_the_line(stage, clock) as line:
        await line.call("get_current_user")
        await sleep(waited)
        called = await line.call("create_session", **create)
    assert called.data["state"] == ("done" if waited else "not_sent")
    assert stage.sandbox.effects["session created"] == (1 if waited else 0)
    if not waited:
        assert "try again in 61 seconds" in called.text
        assert line.after < 1


async def test_a_cancel_in_line(set_up: SetUp, clock: Clock) -> None:
    """What waits for the request budget when it is cancelled is never sent."""
    stage = set_up(requests_per_minute=2)
    async with on_the_line(stage, clock) as line:
        await line.call("get_current_user")
        await line.call("get_current_user")
        await sleep(30)
        await line.begin(1, "create_session", {"topic": "Lamps", "goal": "More light"})
        await sleep(1)
        await line.cancel(1)
        await sleep(1_000)
    assert stage.sandbox.effects["session created"] == 0


async def test_a_read_in_two_steps_that_takes_long(set_up: SetUp, clock: Clock) -> None:
    """Where each step keeps its own limit, reading still ends with the call's time."""
    stage = set_up()
    stage.sandbox.faults.add("GET /sessions", delay=25)
    stage.sandbox.faults.add("GET /sessions/{id}/summary", delay=25)
    assert stage.whole
    async with on_the_line(stage, clock) as line:
        called = await line.call("get_summary", session_id="tool library")
        assert round(line.after) == LIMIT
    assert called.error == "Harmonica did not answer in time; nothing was changed, try again."


async def test_a_cancelled_read(set_up: SetUp, clock: Clock) -> None:
    """Reading ends with its caller: nothing more is asked of Harmonica."""
    stage = set_up()
    stage.sandbox.faults.add("GET /sessions/{id}/summary", times=9, status=503)
    async with on_the_line(stage, clock) as line:
        await line.begin(1, "get_summary", {"session_id": stage.whole.id})
        await line.cancel(1)
        before = stage.sent.count("GET /sessions/{id}/summary")
        await sleep(100)
    assert stage.sent.count("GET /sessions/{id}/summary") == before <= 1


@pytest.mark.parametrize("leaves", ["cancel", "time"])
async def test_seeding_goes_on_where_it_stopped(set_up: SetUp, clock: Clock, leaves: str) -> None:
    """After the call's end no batch is begun; calling again does the rest, and none twice."""
    stage = set_up()
    stage.sandbox.faults.add(SEED, times=9, delay=30)
    seed = {"session_id": stage.whole.id}
    async with on_the_line(stage, clock) as line:
        await line.begin(1, "seed_scratchpad", seed)
        if leaves == "cancel":
            await sleep(10)
            await line.cancel(1)
        else:
            assert (await line.answer())[1].data["state"] == "running"
        begun = 1 if leaves == "cancel" else 2
        await sleep(300)
        assert stage.sent.count(SEED) == begun
        if leaves == "cancel":
            again = await line.call("seed_scratchpad", **seed)
            assert again.data["state"] == "running"
        done = (await line.call("seed_scratchpad", **seed)).data
    assert (done["state"], done["status"], done["batches"]) == ("done", "completed", 5)
    assert stage.sent.count(SEED) == 3


async def test_a_template_is_applied_in_two_calls(set_up: SetUp, clock: Clock) -> None:
    """What was composed before the call's end is saved by the next one, not composed again."""
    stage = set_up()
    draft = "POST /sessions/{id}/regenerate-facilitation-prompt"
    stage.sandbox.faults.add(draft, delay=100)
    session = stage.whole
    template = {"session_id": session.id, "template": "Retrospective", "confirm": session.topic}
    async with on_the_line(stage, clock) as line:
        assert (await line.call("apply_template_prompt", **template)).data["state"] == "running"
        await sleep(200)
        assert stage.sent.count("PATCH /sessions/{id}") == 0
        assert (await line.call("apply_template_prompt", **template)).data["state"] == "done"
    assert stage.sent.count(draft) == stage.sent.count("PATCH /sessions/{id}") == 1


def older(sandbox: Sandbox) -> ASGIApp:
    """A Harmonica that takes no notice of how responses shall be listed."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        plain = scope["query_string"].replace(b"mode=list", b"")
        await sandbox.app({**scope, "query_string": plain}, receive, send)

    return app


@pytest.mark.parametrize("around", [plain, older])
async def test_only_a_stale_summary_is_written(set_up: SetUp, clock: Clock, around: Around) -> None:
    """The first is written, a fresh one stays and says so, what is said later makes it stale."""
    stage = set_up(around)
    session = stage.whole
    session.summary = None
    ask = {"session_id": session.id, "only_if_stale": True}
    async with on_the_line(stage, clock) as line:
        first = await line.call("generate_summary", **ask)
        await sleep(10)
        second = await line.call("generate_summary", **ask)
        await sleep(10)
        await line.call("send_chat_message", **hello(stage))
        third = await line.call("generate_summary", **ask)
        await sleep(10)
        fourth = await line.call("generate_summary", session_id=session.id)
    assert stage.sent.count("POST /sessions/{id}/summary") == 3
    assert second.data == first.data | {"fresh": True, "newer_messages": 0}
    assert second.text.startswith("It is fresh: nothing was written anew.\n")
    assert first.data["generated_at"] < third.data["generated_at"] < fourth.data["generated_at"]
    assert not any("fresh" in each.data for each in (first, third, fourth))
