"""Taking part: joining a session and talking with its facilitator."""

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypedDict

from pydantic import Field

from harmonica_mcp.client import _check, errors
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model
from harmonica_mcp.client._operation import MODEL, Operation, Retry
from harmonica_mcp.client._sending import Http
from harmonica_mcp.client.responses import (
    GET_RESPONSES,
    Participant,
    threads_of,
)

SEND = Operation("POST", "/sessions/{id}/chat", Retry.ONCE, MODEL)
JOIN = Operation("POST", "/sessions/{id}/chat/questions", Retry.ONCE, MODEL)

# What the API says in the facilitator's place when its model fails, with status 200.
_APOLOGY = "I apologize, but I encountered an error processing your request"

_JOINED = (
    "This participant has already joined the session: read the opening with {check}, then go on "
    "with chat turns."
)


class WidgetRoot(Model):
    """A question with choices. `props` is an open set; known ones are named in the tools."""

    type: str = Field(default="", description="SingleSelect, MultiSelect, RatingScale, RankingList")
    props: dict[str, Any] = Field(default_factory=dict[str, Any])


class WidgetSpec(Model):
    """A widget that the facilitator offers; it is answered in words, in the next turn."""

    root: WidgetRoot = WidgetRoot()


class FacilitatorMessage(Model):
    """What the facilitator answers."""

    role: str = "assistant"
    content: str = ""
    is_final: bool = Field(default=False, description="The conversation has come to its end.")
    widget_spec: WidgetSpec | None = None


class Reply(Model):
    """The facilitator's answer, and who it was given to."""

    message: FacilitatorMessage
    thread_id: str | None = None
    participant_id: str = ""
    participant_name: str = ""
    recovered: bool = Field(default=False, description="Read again after its answer was lost.")


class AnsweredQuestion(TypedDict):
    """An answer to one of the session's questions; an unknown id becomes the label."""

    question_id: str
    answer: str


class Chat:
    """`client.chat`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def participant_id(self, session_id: str, participant_name: str) -> str:
        """The id under which this caller speaks in a session by this name: always the same."""
        digest = self._http.key.digest if self._http.key else ""
        sendable = _check.sendable("participant_name", participant_name)
        name = unicodedata.normalize("NFC", _check.trimmed(sendable))
        identity = f"{digest}\n{session_id}\n{name}"
        return "mcp-" + hashlib.sha256(identity.encode()).hexdigest()[:24]

    async def send(
        self,
        session_id: str,
        content: str,
        *,
        participant_name: str,
        participant_id: str | None = None,
    ) -> Reply:
        """Say one thing as a participant and return the facilitator's answer.

        Takes up to 10,000 UTF-16 units; the answer takes up to two minutes. The key needs editor
        access to the session. Sent once: after a lost answer the conversation is read instead.

        Args:
            session_id: the session.
            content: the participant's words.
            participant_name: who speaks; the only thing that links a turn with what is read later.
            participant_id: continues the conversation of this id; derived from key, session and
                name when left out.

        Raises:
            FacilitatorFailed: The words are stored, but the facilitator's model failed.
            WordsStored: The answer was lost; the words are stored, their answer is not there yet.
            Ambiguous: The answer was lost, and several conversations of that name fit.
            Unsettled: The answer was lost and the words not found: they may still be stored.
            TurnRunning: The participant's previous turn took too long; nothing was sent.
        """
        words = _check.trimmed(_check.message("content", content))
        return await self._turn(
            SEND,
            session_id,
            participant_name,
            participant_id,
            {"content": content},
            lambda thread: [
                place
                for place, said in enumerate(thread.messages)
                if said.role == "user" and said.content == words
            ],
        )

    async def join(
        self,
        session_id: str,
        answers: Sequence[AnsweredQuestion] = (),
        *,
        participant_name: str,
        participant_id: str | None = None,
    ) -> Reply:
        """Join with answers to the session's questions and return the facilitator's opening.

        Once per participant. Raises as `send`, and:

        Raises:
            AlreadyJoined: This participant has joined before.
        """
        try:
            return await self._turn(
                JOIN,
                session_id,
                participant_name,
                participant_id,
                {"answers": list(answers)},
                _opened_at,
            )
        except errors.AlreadyJoined as error:
            # Perhaps by a call whose answer nobody heard: then the opening is not known either.
            error.args = (_JOINED,)
            error.check = str(GET_RESPONSES)
            raise

    async def _turn(
        self,
        operation: Operation,
        session_id: str,
        name: str,
        participant_id: str | None,
        body: dict[str, object],
        places: Callable[[Participant], list[int]],
    ) -> Reply:
        _check.filled("participant_name", name)
        if (participant := participant_id) is None:
            participant = self.participant_id(session_id, name)
        body = {**body, "participant_id": participant, "participant_name": name}
        _check.filled("participant_id", participant)
        async with self._http.pool.turn(session_id, participant, self._http.patience(operation)):
            attempt = Attempt(self._http, operation)

            async def send() -> Reply:
                answer = await self._http.request(operation, {"id": session_id}, json=body)
                return answer.model(Reply)

            async def look() -> Reply | None:
                return await self._find_turn(attempt, session_id, name, places)

            reply = await attempt.settle(send, look, _unknown())
        who = {"participant_id": participant, "participant_name": name}
        return _checked(reply.model_copy(update=who))

    async def _find_turn(
        self,
        attempt: Attempt,
        session_id: str,
        name: str,
        places: Callable[[Participant], list[int]],
    ) -> Reply | None:
        answer, threads = await threads_of(self._http, session_id, _check.trimmed(name))
        turns = [(thread, place) for thread in threads for place in places(thread)]
        several = errors.Ambiguous(
            "Harmonica's answer was lost, and these words stand more than once under this "
            "name: do not send them again, check with {check}.",
            check=str(GET_RESPONSES),
        )
        found = attempt.pick(answer, turns, _said_at, several)
        return _answer_in(*found) if found else None


def _opened_at(thread: Participant) -> list[int]:
    """Where the turns end that the API writes in somebody's name when they join."""
    synthetic = [
        place
        for place, said in enumerate(thread.messages)
        if said.role == "user" and not said.own_words
    ]
    return synthetic[-1:]


def _said_at(turn: tuple[Participant, int]) -> datetime | None:
    thread, place = turn
    return thread.messages[place].created_at


def _answer_in(thread: Participant, place: int) -> Reply:
    for said in thread.messages[place + 1 :]:
        if said.role == "assistant":
            # What is read back does not say whether it was final; the thread's state does.
            message = FacilitatorMessage(content=said.content, is_final=not thread.active)
            return Reply(message=message, recovered=True)
    raise errors.WordsStored(
        "Harmonica's answer was lost; the words are stored and must not be sent again, but the "
        "facilitator's answer is not there yet: read it later with {check}.",
        check=str(GET_RESPONSES),
    )


def _checked(reply: Reply) -> Reply:
    said = reply.message.content
    if said.startswith(_APOLOGY) or not (said.strip() or reply.message.widget_spec):
        error = errors.FacilitatorFailed(
            "The words are stored, but the facilitator's model failed to answer them: do not send "
            "them again; wait a minute, then go on with something new."
        )
        error.check = str(GET_RESPONSES)
        raise error
    return reply


def _unknown() -> errors.Unsettled:
    return errors.Unsettled(
        "Harmonica's answer was lost and the words were not found, but they may still have been "
        "stored: do not send them again, check with {check}.",
        check=str(GET_RESPONSES),
    )
