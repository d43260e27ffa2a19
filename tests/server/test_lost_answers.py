"""When an answer is lost the tools look, and never do a thing twice: counted at the sandbox."""

from collections import Counter
from typing import Any

import pytest

from tests.server.wire import Called, Json, Stage

ADA: Json = {"participant_name": "Ada"}
NEW: Json = {"topic": "Light in the workshop", "goal": "Decide where new lamps go."}
CREATE, CHAT = "POST /sessions", "POST /sessions/{id}/chat"
JOIN, RESPOND = "POST /sessions/{id}/chat/questions", "POST /sessions/{id}/responses"
SUMMARY, SCRATCHPAD = "POST /sessions/{id}/summary", "POST /sessions/{id}/scratchpad"


async def call(stage: Stage, tool: str, **arguments: Any) -> Called:
    """Call a tool on a connection of its own."""
    async with stage.connect() as wire:
        return await wire.call(tool, **arguments)


async def chat(stage: Stage, **more: Any) -> Called:
    """Say one thing."""
    session = stage.session("Opening hours").id
    said: Json = {"session_id": session, "content": "Evenings.", **ADA}
    return await call(stage, "send_chat_message", **said | more)


def once(stage: Stage, operation: str, **effects: int) -> None:
    """The operation was sent once, and had these effects."""
    assert stage.sent.count(operation) == 1
    assert stage.sandbox.effects == Counter({k.replace("_", " "): n for k, n in effects.items()})


async def test_create(stage: Stage) -> None:
    """A session whose answer was lost is found; its link is put together, which is said."""
    stage.sandbox.faults.add(CREATE, drop="after")
    called = await call(stage, "create_session", **NEW)
    session = stage.session("Light")
    once(stage, CREATE, session_created=1)
    assert called.data["id"] == session.id
    assert called.data["recovered"] is True
    assert called.data["join_url"].endswith(f"/chat?s={session.id}")
    assert "this session was found instead, do not create it again" in called.text
    assert called.data["next_step"] == (
        "The join link was lost with the answer and is put together from Harmonica's address: open "
        "it before it is shared."
    )
    assert called.data["next_step"] in called.text


async def test_create_not_found(stage: Stage) -> None:
    """Where no session is found, it is not said that none was created; nothing is repeated."""
    stage.sandbox.faults.add(CREATE, drop="before")
    called = await call(stage, "create_session", **NEW)
    once(stage, CREATE)
    assert called.error.startswith("Harmonica's answer was lost and no ")
    assert called.error.endswith(
        "it may still have been created: do not repeat it, check with list_sessions."
    )


async def test_create_beside_a_twin(stage: Stage) -> None:
    """Where several sessions could be the new one, none is taken for it; all are named."""
    await call(stage, "create_session", **NEW)
    stage.sandbox.faults.add(CREATE, drop="after")
    called = await call(stage, "create_session", **NEW)
    assert stage.sandbox.effects == {"session created": 2}
    assert "more than one session could be the new one" in called.error
    for session in stage.tenant.sessions.values():
        assert (session.id in called.error) is (session.topic == NEW["topic"])


async def test_chat(stage: Stage) -> None:
    """A turn whose answer was lost is found with the facilitator's reply; the words stand once."""
    stage.sandbox.faults.add(CHAT, drop="after")
    called = await chat(stage)
    once(stage, CHAT, joined=1, turn_stored=1, reply_stored=1)
    thread = stage.session("Opening hours").threads[-1]
    assert [message.content for message in thread.messages] == [
        "Evenings.",
        called.data["reply_words"],
    ]
    assert called.data["recovered"] is True
    assert called.data["participant_id"] == thread.participant_id
    assert "(read again after its answer was lost)" in called.text


async def test_chat_without_a_reply(stage: Stage) -> None:
    """Words that are stored but not answered yet are reported as such, with where to look."""
    stage.sandbox.faults.add(CHAT, no_reply=True)
    called = await chat(stage)
    once(stage, CHAT, joined=1, turn_stored=1)
    assert called.error == (
        "Harmonica's answer was lost; the words are stored and must not be sent again, but the "
        "facilitator's answer is not there yet: read it later with get_responses."
    )


async def test_chat_beside_a_twin(stage: Stage) -> None:
    """Where the same words stand twice under one name, neither is taken for the lost turn."""
    await chat(stage, participant_id="other")
    stage.sandbox.faults.add(CHAT, drop="after")
    called = await chat(stage)
    assert stage.sandbox.effects["turn stored"] == 2
    assert "these words stand more than once" in called.error
    assert called.error.endswith("do not send them again, check with get_responses.")


async def test_chat_not_found(stage: Stage) -> None:
    """Words that are not found may still have been stored: they are not sent again."""
    stage.sandbox.faults.add(CHAT, drop="before")
    called = await chat(stage)
    once(stage, CHAT)
    assert called.error == (
        "Harmonica's answer was lost and the words were not found, but they may still have been "
        "stored: do not send them again, check with get_responses."
    )


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_chat_failed(stage: Stage, status: int) -> None:
    """After a failure of Harmonica, too, the words are looked for and not sent again."""
    stage.sandbox.faults.add(CHAT, status=status)
    called = await chat(stage)
    once(stage, CHAT)
    assert "may still have been stored" in called.error


async def test_chat_refused_for_the_moment(stage: Stage) -> None:
    """A refusal for too many requests comes before any work, so the turn is sent again."""
    stage.sandbox.faults.add(CHAT, times=2, status=429, headers={"retry-after": "1"})
    called = await chat(stage)
    assert called.data["recovered"] is False
    assert stage.sent.count(CHAT) == 3
    assert stage.sandbox.effects["turn stored"] == 1


async def test_answers(stage: Stage) -> None:
    """A participant whose joining was lost is found with the opening; they joined once."""
    session = stage.session("new volunteers")
    stage.sandbox.faults.add(JOIN, drop="after")
    called = await call(
        stage,
        "submit_pre_session_answers",
        session_id=session.id,
        answers=[{"question_id": "0", "answer": "Ada"}],
        **ADA,
    )
    once(stage, JOIN, joined=1, reply_stored=1)
    assert called.data["recovered"] is True
    assert called.data["reply_words"] == session.threads[-1].messages[-1].content


async def test_response(stage: Stage) -> None:
    """A text whose answer was lost is found with its id; it stands once."""
    session = stage.session("Opening hours")
    stage.sandbox.faults.add(RESPOND, drop="after")
    called = await call(stage, "submit_response", session_id=session.id, content=" Keys! ")
    once(stage, RESPOND, response_stored=1)
    assert called.data["recovered"] is True
    assert called.data["message_id"] == session.threads[-1].messages[-1].id
    assert called.text.endswith("Its answer was lost, so it was looked up.")


async def test_response_not_found(stage: Stage) -> None:
    """A text that is not found may still have been stored."""
    stage.sandbox.faults.add(RESPOND, drop="before")
    called = await call(stage, "submit_response", session_id=stage.whole.id, content="Keys!")
    once(stage, RESPOND)
    assert called.error.endswith("do not repeat it, check with get_responses.")


async def test_summary(stage: Stage) -> None:
    """A summary whose answer was lost is read; it was written once."""
    session = stage.session("Opening hours")
    stage.sandbox.faults.add(SUMMARY, drop="after")
    called = await call(stage, "generate_summary", session_id=session.id)
    once(stage, SUMMARY, summary_written=1)
    assert called.data["recovered"] is True
    assert called.data["summary_words"] == session.summary
    assert "(its answer was lost, so it was read again)" in called.text


async def test_summary_not_found(stage: Stage) -> None:
    """An older summary is not taken for the lost one."""
    stage.sandbox.faults.add(SUMMARY, drop="before")
    called = await call(stage, "generate_summary", session_id=stage.whole.id)
    once(stage, SUMMARY)
    assert called.error.endswith("do not repeat it, check with get_summary.")


@pytest.mark.parametrize("lost", [0, 1, 2])
async def test_scratchpad(stage: Stage, lost: int) -> None:
    """Whichever answer is lost, seeding goes on; every batch is worked through once."""
    session = stage.whole
    for _ in range(lost):
        stage.sandbox.faults.add(SCRATCHPAD)
    stage.sandbox.faults.add(SCRATCHPAD, drop="after")
    called = await call(stage, "seed_scratchpad", session_id=session.id)
    assert called.data["status"] == "completed"
    assert stage.sandbox.effects == {"scratchpad batch": 5}
    said = [message.id for thread in session.threads for message in thread.spoken()]
    assert sorted(session.scratchpad.processed) == sorted(said)


async def test_scratchpad_not_found(stage: Stage) -> None:
    """Where nothing is mapped after a lost answer, it may still be at work."""
    stage.sandbox.faults.add(SCRATCHPAD, drop="before")
    called = await call(stage, "seed_scratchpad", session_id=stage.whole.id)
    assert stage.sandbox.effects.total() == 0
    assert called.error.endswith("then check with seed_scratchpad in mode status.")


@pytest.mark.parametrize(
    ("tool", "operation", "arguments"),
    [
        ("update_session", "PATCH /sessions/{id}", {"topic": "New"}),
        ("get_session", "GET /sessions/{id}", {}),
        ("get_responses", "GET /sessions/{id}/responses", {}),
    ],
)
async def test_what_may_be_repeated(
    stage: Stage, tool: str, operation: str, arguments: Json
) -> None:
    """What can be done twice without harm is repeated by itself after a lost answer."""
    stage.sandbox.faults.add(operation, drop="after")
    called = await call(stage, tool, session_id=stage.whole.id, **arguments)
    assert called.data
    assert stage.sent.count(operation) == 2
