"""A call that goes on without its caller is collected by the next identical one."""

import pytest
from anyio import sleep
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.sandbox import Sandbox
from tests.client.conftest import Clock
from tests.server.long_calls.line import (
    CHAT,
    GROUND,
    LIMIT,
    SEED,
    Around,
    SetUp,
    hello,
    on_the_line,
    plain,
)


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
