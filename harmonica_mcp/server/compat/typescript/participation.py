"""Taking part in a session."""

from typing import Annotated, ClassVar

from pydantic import Field

from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.compat.typescript.toolset import instead_of, ours
from harmonica_mcp.server.references import SessionId, SessionRef
from harmonica_mcp.server.toolsets import participation as own
from harmonica_mcp.server.toolsets.participation import (
    Answer,
    FacilitatorReply,
    Name,
    SessionQuestions,
    participation,
)

_Participant = Annotated[
    str, Field(description="Who speaks, an id of your choice; the same one goes on")
]


class AskedBeforehand(SessionQuestions):
    """The questions before the conversation."""

    answer_with: ClassVar[str] = "submit_questions"
    speak_with: ClassVar[str] = "chat_message"


class Replied(FacilitatorReply):
    """What the facilitator answered."""

    speak_with: ClassVar[str] = "chat_message"


@instead_of(ours(participation, "get_session_questions"), title="Get questions")
async def get_questions(api: Api, session_id: SessionRef) -> AskedBeforehand:
    """List the questions that a participant answers before talking, with their ids.

    Choices of a question are not returned by Harmonica's API.
    """
    return AskedBeforehand(**dict(await own.get_session_questions(api, session_id)))


class OfQuestion(Answer):
    """An answer to one question."""

    question_id: str = Field(description="From get_questions")


@instead_of(ours(participation, "submit_pre_session_answers"), title="Submit questions")
async def submit_questions(
    api: Api,
    session_id: SessionId,
    participant_id: _Participant,
    participant_name: Name,
    answers: Annotated[list[OfQuestion], Field(description="One per question; may be empty")],
) -> Replied:
    """Join a session as a participant: answer its questions and get the facilitator's opening.

    Once per participant, and only in sessions that the key's owner may edit. Simulated people's
    names begin with "[AI] ".
    """
    reply = await own.submit_pre_session_answers(
        api,
        session_id=session_id,
        participant_name=participant_name,
        answers=list(answers),
        participant_id=participant_id,
    )
    return Replied(**dict(reply))


@instead_of(ours(participation, "send_chat_message"), title="Chat message")
async def chat_message(
    api: Api,
    session_id: SessionId,
    content: Annotated[str, Field(description="At most 10,000 characters")],
    participant_id: _Participant,
    participant_name: Name,
) -> Replied:
    """Say one thing in a session as a participant and get the facilitator's answer.

    Send a person's own words, or mark simulated people with a name that begins with "[AI] ". What
    is sent cannot be taken back; after an error never send the same words again unless it says
    that nothing was sent. Only in sessions that the key's owner may edit.
    """
    reply = await own.send_chat_message(
        api,
        session_id=session_id,
        participant_name=participant_name,
        content=content,
        participant_id=participant_id,
    )
    return Replied(**dict(reply))
