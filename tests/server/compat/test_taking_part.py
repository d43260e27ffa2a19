"""Questions, answers and conversation by the official names."""

import pytest

from tests.server.host import call
from tests.server.wire import Stage

WHO = {"participant_id": "agent-7", "participant_name": "Ada"}


async def test_questions_with_their_ids(stage: Stage) -> None:
    """The questions come with the ids that submit_questions needs."""
    session = stage.session("new volunteers")
    called = await call(stage, "get_questions", session_id=session.id)
    assert [each["question_id"] for each in called.data["questions"]] == ["0", "1", "2"]
    assert called.text.endswith("Answer with submit_questions.")


async def test_no_questions(stage: Stage) -> None:
    """Where there are none it says how to begin."""
    session = stage.session("Opening hours")
    called = await call(stage, "get_questions", session_id=session.id)
    assert called.text == (
        f"Session {session.id} asks nothing beforehand: submit_questions with no answers joins and "
        "gets the facilitator's opening."
    )


async def test_a_conversation(stage: Stage) -> None:
    """Answers and turns go to one conversation under the id that the agent chose."""
    session = stage.session("new volunteers")
    answers = [{"question_id": "0", "answer": "Ada"}]
    opened = await call(stage, "submit_questions", session_id=session.id, answers=answers, **WHO)
    assert opened.data["participant_id"] == "agent-7"
    assert "Go on with chat_message." in opened.text
    said = await call(stage, "chat_message", session_id=session.id, content="Bikes.", **WHO)
    assert said.data["reply_words"]
    [thread] = [each for each in session.threads if each.participant_id == "agent-7"]
    assert thread.name == "Ada"


async def test_an_unknown_question(stage: Stage) -> None:
    """A guessed question id is refused with the real ones; nothing is stored."""
    session = stage.session("new volunteers")
    answers = [{"question_id": "name", "answer": "Ada"}]
    called = await call(stage, "submit_questions", session_id=session.id, answers=answers, **WHO)
    assert "the ids are 0, 1, 2" in called.error
    assert stage.sandbox.effects.total() == 0


@pytest.mark.parametrize("times", [2])
async def test_the_same_words_are_another_turn(stage: Stage, times: int) -> None:
    """A turn that was answered can be said again, as with our own tool."""
    session = stage.session("Opening hours")
    for _ in range(times):
        called = await call(stage, "chat_message", session_id=session.id, content="Yes.", **WHO)
        assert not called.failed
    [thread] = [each for each in session.threads if each.participant_id == "agent-7"]
    assert [each.content for each in thread.messages].count("Yes.") == times
