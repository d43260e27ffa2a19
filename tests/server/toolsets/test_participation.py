"""get_session_questions, submit_pre_session_answers, submit_response and seed_scratchpad."""

import pytest

from tests.server.wire import Json, Stage

ADA: Json = {"participant_name": "Ada"}


async def test_questions(stage: Stage) -> None:
    """Each question stands in both forms with the id that answering needs, and how to answer."""
    session = stage.session("new volunteers")
    async with stage.connect() as wire:
        called = await wire.call("get_session_questions", session_id=session.id)
    assert called.facts == {
        "session_id": session.id,
        "questions": [{"question_id": q.id, "text": q.text} for q in session.questions],
    }
    assert called.text.split("\n") == [
        f"Session {session.id} asks beforehand:",
        *(f'- question_id {q.id}: "{q.text}"' for q in session.questions),
        "Answer with submit_pre_session_answers.",
    ]


async def test_no_questions(stage: Stage) -> None:
    """Where nothing is asked, it says how to hear the facilitator's opening before speaking."""
    session = stage.session("Opening hours")
    async with stage.connect() as wire:
        called = await wire.call("get_session_questions", session_id=session.id)
    assert called.data["questions"] == []
    assert called.text == (
        f"Session {session.id} asks nothing beforehand: submit_pre_session_answers with no answers "
        "joins and gets the facilitator's opening."
    )


async def test_answers(stage: Stage) -> None:
    """Answers join the session once; the opening comes back with the id to go on under."""
    session = stage.session("new volunteers")
    answers = [{"question_id": "0", "answer": "Ada"}, {"question_id": "2", "answer": "Bikes"}]
    async with stage.connect() as wire:
        called = await wire.call(
            "submit_pre_session_answers", session_id=session.id, answers=answers, **ADA
        )
    thread = session.threads[-1]
    assert called.data["participant_id"] == thread.participant_id
    assert called.data["participant_name"] == thread.name == "Ada"
    assert called.data["reply_words"] == thread.messages[-1].content
    assert (called.data["finished"], called.data["recovered"]) == (False, False)
    assert "Which bench do you like best?: Bikes" in thread.messages[0].content
    assert called.text.startswith(f'The facilitator answers "Ada" in session {session.id}:\n')
    assert "Go on with send_chat_message." in called.text
    assert f"\nparticipant_id {thread.participant_id}\n" in called.text
    assert stage.sandbox.effects["joined"] == 1


async def test_answers_to_other_questions(stage: Stage) -> None:
    """An id that the session does not have is refused, naming those that it has."""
    async with stage.connect() as wire:
        called = await wire.call(
            "submit_pre_session_answers",
            session_id=stage.whole.id,
            answers=[{"question_id": "9", "answer": "x"}, {"question_id": "0", "answer": "y"}],
            **ADA,
        )
    assert called.error == 'There is no question "9"; the ids are 0, 1, 2. Nothing was sent.'
    assert "POST /sessions/{id}/chat/questions" not in stage.sent


async def test_answers_where_nothing_is_asked(stage: Stage) -> None:
    """Where a session asks nothing, the refusal says to send an empty list."""
    async with stage.connect() as wire:
        called = await wire.call(
            "submit_pre_session_answers",
            session_id=stage.session("Opening hours").id,
            answers=[{"question_id": "0", "answer": "x"}],
            **ADA,
        )
    assert "the ids are none (send an empty list)" in called.error


async def test_joining_twice(stage: Stage) -> None:
    """Who has joined before is told where the opening stands, and to go on with chat turns."""
    arguments: Json = {"session_id": stage.whole.id, "answers": [], **ADA}
    async with stage.connect() as wire:
        await wire.call("submit_pre_session_answers", **arguments)
        called = await wire.call("submit_pre_session_answers", **arguments)
    assert called.error == (
        "This participant has already joined the session: read the opening with get_responses, "
        "then go on with chat turns."
    )
    assert stage.sandbox.effects["joined"] == 1


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("submit_pre_session_answers", {"answers": [], **ADA}),
        ("send_chat_message", {"content": "Hello", **ADA}),
        ("submit_response", {"content": "Hello"}),
    ],
)
async def test_a_closed_session(stage: Stage, tool: str, arguments: Json) -> None:
    """Nobody can speak in a session that is not active any more."""
    session = stage.session("spring repair day")
    async with stage.connect() as wire:
        called = await wire.call(tool, session_id=session.id, **arguments)
    assert called.error == ("The session is not active any more, so nothing can be said in it.")
    assert stage.sandbox.effects.total() == 0


async def test_response(stage: Stage) -> None:
    """A text is stored as the key's owner; both forms tell the message's id."""
    session = stage.session("Opening hours")
    async with stage.connect() as wire:
        called = await wire.call("submit_response", session_id=session.id, content="  Keys!  ")
    message = session.threads[-1].messages[-1]
    assert message.content == "Keys!"
    assert called.data["message_id"] == message.id
    assert called.data["session_id"] == session.id
    assert called.data["recovered"] is False
    assert called.text == (
        f"Stored in session {session.id} as the key's owner, message {message.id}; "
        "no facilitator answers it."
    )


async def test_a_response_without_an_id(stage: Stage) -> None:
    """A stored text whose id is not told is reported all the same."""
    stage.sandbox.faults.add("POST /sessions/{id}/responses", status=201, body={"session_id": "x"})
    async with stage.connect() as wire:
        called = await wire.call("submit_response", session_id=stage.whole.id, content="Keys!")
    assert called.facts == {"session_id": stage.whole.id, "recovered": False}
    assert "message without an id" in called.text


async def test_scratchpad(stage: Stage) -> None:
    """Seeding goes on until everything is mapped, and tells what the scratchpad holds."""
    session = stage.whole
    async with stage.connect() as wire:
        called = await wire.call("seed_scratchpad", session_id=session.id)
    assert called.data["status"] == "completed"
    assert (called.data["participants"], called.data["batches"]) == (5, 5)
    assert session.scratchpad.complete
    assert stage.sent == ["POST /sessions/{id}/scratchpad"] * 3
    assert called.text.startswith(
        f"Scratchpad of session {session.id}: completed, {called.data['themes']} themes from "
        "5 participants, 5 batches in this call."
    )
    assert "Harmonica shows counts only" in called.text


async def test_scratchpad_status(stage: Stage) -> None:
    """Looking maps nothing."""
    async with stage.connect() as wire:
        called = await wire.call("seed_scratchpad", session_id=stage.whole.id, mode="status")
    assert (called.data["status"], called.data["batches"]) == ("empty", 0)
    assert stage.sandbox.effects.total() == 0


async def test_scratchpad_update(stage: Stage) -> None:
    """An update maps only what is new."""
    async with stage.connect() as wire:
        await wire.call("seed_scratchpad", session_id=stage.whole.id)
        await wire.call("send_chat_message", session_id=stage.whole.id, content="New!", **ADA)
        called = await wire.call("seed_scratchpad", session_id=stage.whole.id, mode="update")
    assert called.data["batches"] == 1
    assert ", 1 batch in this call." in called.text


async def test_scratchpad_without_words(stage: Stage) -> None:
    """Where nobody has spoken, it says that people must speak first."""
    session = stage.whole
    session.threads.clear()
    async with stage.connect() as wire:
        called = await wire.call("seed_scratchpad", session_id=session.id)
    assert called.data["status"] == "no_data"
    assert called.text.endswith("Participants must speak before there is anything to map.")


async def test_scratchpad_without_cross_pollination(stage: Stage) -> None:
    """Where cross-pollination is off, the error says how to switch it on."""
    async with stage.connect() as wire:
        called = await wire.call("seed_scratchpad", session_id=stage.session("Opening").id)
    assert called.error == (
        "Cross-pollination is switched off for this session: switch it on "
        "(cross_pollination=true in an update of the session), then repeat."
    )
