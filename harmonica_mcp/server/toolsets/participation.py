"""Toolset `participation`: taking part in a session, and the scratchpad."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from harmonica_mcp.client.chat import JOIN, SEND, AnsweredQuestion, Reply
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.responses import GET_RESPONSES, POST_RESPONSE, StoredResponse
from harmonica_mcp.client.scratchpad import SCRATCHPAD_STEP
from harmonica_mcp.client.sessions import GET_QUESTIONS, Question
from harmonica_mcp.server.call import is_served
from harmonica_mcp.server.caller import Api, Reporter
from harmonica_mcp.server.guard import Record, fence, one_line, quote
from harmonica_mcp.server.references import SEARCH, SessionId, SessionRef, find_session
from harmonica_mcp.server.references import session_id as id_of
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, iso, lines
from harmonica_mcp.server.widgets import Widget

participation = Toolset(
    "participation",
    "take part in a session",
    [
        (
            "Take part with `get_session_questions`, `submit_pre_session_answers`, then "
            "`send_chat_message` until it says that the conversation is finished; speak only in "
            "the words of the person you speak for, and never send words twice."
        ),
    ],
)

Name = Annotated[str, Field(description="Who speaks; one name, one conversation")]
ParticipantId = Annotated[
    str | None, Field(description="Only to go on with a conversation of another id")
]


def _participant(
    api: Api, session_id: str, participant_name: str, participant_id: str | None, **_: object
) -> tuple[str, str]:
    """Who speaks where, however session and participant are named."""
    session = id_of(session_id)
    return session, participant_id or api.chat.participant_id(session, participant_name)


class QuestionRow(BaseModel):
    """A question with the id that answers need."""

    question_id: str
    text: str


class SessionQuestions(Result):
    """The questions before the conversation."""

    answer_with: ClassVar[str] = "submit_pre_session_answers"
    speak_with: ClassVar[str] = "send_chat_message"

    session_id: str
    questions: list[QuestionRow]

    @classmethod
    def of(cls, session: str, questions: list[Question]) -> Self:
        """Show them in their order."""
        rows = [QuestionRow(question_id=q.id, text=one_line(q.text, 1000)) for q in questions]
        return cls(session_id=session, questions=rows)

    def text(self) -> str:
        """List ids and questions."""
        if not self.questions:
            join = f": {self.answer_with} with no answers joins and gets the facilitator's opening"
            speak = f": begin with {self.speak_with}" if is_served(self.speak_with) else ""
            begin = join if is_served(self.answer_with) else speak
            return f"Session {self.session_id} asks nothing beforehand{begin}."
        return lines(
            f"Session {self.session_id} asks beforehand:",
            *(f"- question_id {q.question_id}: {quote(q.text, 1000)}" for q in self.questions),
            f"Answer with {self.answer_with}." if is_served(self.answer_with) else None,
        )


@participation.tool("Get session questions", [GET_QUESTIONS], lookups=[SEARCH], reads=True)
async def get_session_questions(api: Api, session_id: SessionRef) -> SessionQuestions:
    """List the questions that a participant answers before talking, with their ids.

    Choices of a question are not returned by Harmonica's API.
    """
    session = await find_session(api, session_id)
    return SessionQuestions.of(session, await api.sessions.questions(session))


class FacilitatorReply(Result):
    """What the facilitator answered."""

    speak_with: ClassVar[str] = "send_chat_message"

    session_id: str
    participant_name: str
    participant_id: str
    reply_words: str
    widget: Widget | None = None
    finished: bool
    recovered: bool

    @classmethod
    def of(cls, session: str, reply: Reply) -> Self:
        """Show a reply."""
        return cls(
            session_id=session,
            participant_name=one_line(reply.participant_name),
            participant_id=reply.participant_id,
            reply_words=reply.message.content,
            widget=Widget.of(reply.message.widget_spec),
            finished=reply.message.is_final,
            recovered=reply.recovered,
        )

    def text(self) -> str:
        """Show the reply, its choices and what comes next."""
        choose = f"Answer the question in words with {self.speak_with}." if self.widget else None
        widget = self.widget.records() if self.widget else []
        return lines(
            f"The facilitator answers {quote(self.participant_name)} in session {self.session_id}"
            + (" (read again after its answer was lost):" if self.recovered else ":"),
            fence([Record("facilitator", self.reply_words), *widget]),
            "The conversation is finished."
            if self.finished
            else choose or f"Go on with {self.speak_with}.",
            f"participant_id {self.participant_id}",
        )


class Answer(BaseModel):
    """An answer to one question."""

    model_config = ConfigDict(extra="forbid")

    question_id: str = Field(description="From get_session_questions")
    answer: str = Field(description="The participant's answer")


@participation.tool(
    "Submit pre-session answers",
    [JOIN],
    lookups=[GET_RESPONSES, GET_QUESTIONS],
    one_at_a_time=_participant,
)
async def submit_pre_session_answers(
    api: Api,
    session_id: SessionId,
    participant_name: Name,
    answers: Annotated[list[Answer], Field(description="One per question; may be empty")],
    participant_id: ParticipantId = None,
) -> FacilitatorReply:
    """Join a session as a participant: answer its questions and get the facilitator's opening.

    Once per participant, and only in sessions that the key's owner may edit. Simulated people's
    names begin with "[AI] ".
    """
    session = id_of(session_id)
    known = [question.id for question in await api.sessions.questions(session)]
    # Harmonica takes an unknown id for the question's text, and shows it to the facilitator.
    if unknown := [quote(a.question_id, 40) for a in answers if a.question_id not in known]:
        raise InvalidInput(
            f"There is no question {', '.join(unknown)}; the ids are "
            f"{', '.join(known) or 'none (send an empty list)'}. Nothing was sent."
        )
    reply = await api.chat.join(
        session,
        [AnsweredQuestion(question_id=a.question_id, answer=a.answer) for a in answers],
        participant_name=participant_name,
        participant_id=participant_id,
    )
    return FacilitatorReply.of(session, reply)


@participation.tool(
    "Send chat message",
    [SEND],
    lookups=[GET_RESPONSES],
    one_at_a_time=_participant,
)
async def send_chat_message(
    api: Api,
    session_id: SessionId,
    participant_name: Name,
    content: Annotated[str, Field(description="At most 10,000 characters")],
    participant_id: ParticipantId = None,
) -> FacilitatorReply:
    """Say one thing in a session as a participant and get the facilitator's answer.

    Send a person's own words, or mark simulated people with a name that begins with "[AI] ". What
    is sent cannot be taken back; after an error never send the same words again unless it says
    that nothing was sent. Only in sessions that the key's owner may edit.
    """
    session = id_of(session_id)
    reply = await api.chat.send(
        session, content, participant_name=participant_name, participant_id=participant_id
    )
    return FacilitatorReply.of(session, reply)


class ResponseStored(Result):
    """A text that was stored."""

    session_id: str
    message_id: str | None = None
    created_at: str | None = None
    recovered: bool

    @classmethod
    def of(cls, session: str, stored: StoredResponse) -> "ResponseStored":
        """Show where it is."""
        return cls(
            session_id=session,
            message_id=stored.id,
            created_at=iso(stored.created_at),
            recovered=stored.recovered,
        )

    def text(self) -> str:
        """Say that it is stored."""
        return (
            f"Stored in session {self.session_id} as the key's owner, message "
            f"{self.message_id or 'without an id'}; no facilitator answers it."
            + (" Its answer was lost, so it was looked up." if self.recovered else "")
        )


@participation.tool("Submit response", [POST_RESPONSE], lookups=[GET_RESPONSES])
async def submit_response(
    api: Api,
    session_id: SessionId,
    content: Annotated[str, Field(description="At most 10,000 characters")],
) -> ResponseStored:
    """Store one text in a session as the key's owner, without a conversation.

    To talk with the facilitator use send_chat_message instead.
    """
    session = id_of(session_id)
    return ResponseStored.of(session, await api.responses.add(session, content))


class ScratchpadState(Result):
    """How far the scratchpad is. The themes themselves cannot be read."""

    session_id: str
    status: str
    themes: int
    participants: int
    batches: int = Field(description="Worked through in this call")

    def text(self) -> str:
        """Say what it holds."""
        return lines(
            f"Scratchpad of session {self.session_id}: {self.status}, "
            f"{count(self.themes, 'theme')} from {count(self.participants, 'participant')}, "
            f"{self.batches} batch{'' if self.batches == 1 else 'es'} in this call.",
            "Harmonica shows counts only; the facilitator uses the themes by itself.",
            "Participants must speak before there is anything to map."
            if self.status == "no_data"
            else None,
        )


@participation.tool(
    "Seed scratchpad",
    [SCRATCHPAD_STEP],
    repeatable=True,
    then="the same again, as long as Harmonica says that a part is left",
)
async def seed_scratchpad(
    api: Api,
    progress: Reporter,
    session_id: SessionId,
    mode: Annotated[
        Literal["seed", "update", "status"],
        Field(description="All messages, new ones, or just look (free)"),
    ] = "seed",
) -> ScratchpadState:
    """Map the themes of all conversations for cross-pollination, until everything is mapped.

    For cross-pollination switched on late. Takes minutes; calling again goes on where it stopped.
    """
    session = id_of(session_id)
    done = 0
    state: Any = None
    async for state in api.scratchpad.run(session, mode):
        total = done + (state.batches_total or 0)
        done += state.batches_processed or 0
        await progress.tell(f"{done} of {max(done, total)} batches", done, max(done, total) or None)
    return ScratchpadState(
        session_id=session,
        status=state.status,
        themes=state.themes,
        participants=state.participants,
        batches=done if mode != "status" else 0,
    )
