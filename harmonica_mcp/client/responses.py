"""What participants and facilitator said."""

import re
from dataclasses import field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
from pydantic.dataclasses import dataclass
from pydantic_core import core_schema

from harmonica_mcp.client import _check, errors
from harmonica_mcp.client._answer import Answer
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model, Moment, NullIs
from harmonica_mcp.client._operation import Operation, Retry
from harmonica_mcp.client._sending import Http

GET_RESPONSES = Operation("GET", "/sessions/{id}/responses", Retry.READ)
POST_RESPONSE = Operation("POST", "/sessions/{id}/responses", Retry.ONCE)

_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
# Turns that the API writes in the participant's name when somebody joins.
_SYNTHETIC = re.compile(rb"User shared the following context:|Let's begin\.$")

# A session can hold tens of thousands of messages: what they are parsed into has slots.
_LEAN = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
_Text = Annotated[str, NullIs("")]


class _NumbersToo:
    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        written_out = core_schema.chain_schema([core_schema.str_schema(), handler(source)])
        return core_schema.union_schema([handler(source), written_out], mode="left_to_right")


_Utf8 = Annotated[bytes, _NumbersToo, NullIs(b"")]


@dataclass(frozen=True, slots=True, kw_only=True, config=_LEAN)
class Message:
    """One turn of a conversation; its role is `user` (the participant) or `assistant`."""

    id: _Text = ""
    role: _Text = ""
    # Python would take four times the room for a text with a single emoji.
    utf8: _Utf8 = Field(default=b"", alias="content", repr=False)
    created_at: Moment = None

    @property
    def content(self) -> str:
        """What was said."""
        return self.utf8.decode()

    @property
    def own_words(self) -> bool:
        """Whether the participant wrote it, and not the API in their name."""
        return self.role == "user" and not _SYNTHETIC.match(self.utf8)


@dataclass(frozen=True, slots=True, kw_only=True, config=_LEAN)
class Participant:
    """One participant's conversation.

    Its id is the conversation's own, not the one that chat was called with. `active` means still
    talking; otherwise finished.
    """

    participant_id: _Text = ""
    participant_name: str | None = None
    active: Annotated[bool, NullIs(False)] = False
    messages: Annotated[list[Message], NullIs([])] = field(default_factory=list[Message])
    message_count: int | None = None
    first_message_at: Moment = None
    last_message_at: Moment = None

    @property
    def only_counted(self) -> bool:
        """Whether there are messages of which the API tells no more than how many they are."""
        return bool(self.message_count) and not self.messages


class Responses(BaseModel):
    """All conversations of a session; people whom the host excluded are missing."""

    data: list[Participant]


class StoredResponse(Model):
    """A text stored as the key's own user."""

    id: str | None = None
    session_id: str
    content: str = ""
    created_at: Moment = None
    recovered: bool = Field(default=False, description="Found again after its answer was lost.")


class Conversations:
    """`client.responses`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def list(
        self,
        session_id: str,
        *,
        name: str | None = None,
        joined_since: datetime | None = None,
        min_messages: int | None = None,
        mode: Literal["list"] | None = None,
    ) -> list[Participant]:
        """The conversations of a session, in the order in which people joined.

        The filters are applied here again, since older editions ignore them.

        Args:
            session_id: the session.
            name: only participants whose name contains this, in any case.
            joined_since: only who joined at this time or later (not: new messages); UTC where it
                names no zone.
            min_messages: only who wrote at least so many messages.
            mode: `list` leaves the messages out where the edition can.
        """
        joined_since = _check.zoned(joined_since)
        query = {
            "name": name,
            "since": _check.iso(joined_since),
            "min_messages": min_messages,
            "mode": mode,
        }
        people = (await _get(self._http, session_id, query)).model(Responses).data
        wanted = [
            person
            for person in people
            if (name is None or name.lower() in (person.participant_name or "").lower())
            and (joined_since is None or _is_since(_joined(person), joined_since))
            and (min_messages is None or _own_messages(person) >= min_messages)
        ]
        return sorted(wanted, key=lambda person: _joined(person) or _BEFORE_ALL)

    async def called(self, session_id: str, participant: str) -> str:  # noqa: ARG002 - see privacy
        """What a participant is called in this client's answers."""
        return participant

    async def add(self, session_id: str, content: str) -> StoredResponse:
        """Store a text as the key's own user; no facilitator answers it.

        Takes up to 10,000 UTF-16 units. Sent once; after a lost answer the text is looked for.

        Raises:
            Unsettled: The answer was lost and the text not found: it may still be stored.
        """
        words = _check.trimmed(_check.message("content", content))
        body = {"content": content}
        attempt = Attempt(self._http, POST_RESPONSE)

        async def send() -> StoredResponse:
            answer = await self._http.request(POST_RESPONSE, {"id": session_id}, json=body)
            return answer.model(StoredResponse)

        async def look() -> StoredResponse | None:
            answer = await _get(self._http, session_id, {})
            fitting = [
                said
                for person in answer.model(Responses).data
                for said in person.messages
                if said.role == "user" and said.content == words
            ]
            said = attempt.pick(answer, fitting, lambda each: each.created_at, _several())
            if said is None:
                return None
            return StoredResponse(
                id=said.id,
                session_id=session_id,
                content=words,
                created_at=said.created_at,
                recovered=True,
            )

        return await attempt.settle(
            send,
            look,
            errors.Unsettled(
                "Harmonica's answer was lost and the text was not found, but it may still have "
                "been stored: do not repeat it, check with {check}.",
                check=str(GET_RESPONSES),
            ),
        )


async def _get(http: Http, session_id: str, query: dict[str, str | int | None]) -> Answer:
    return await http.request(GET_RESPONSES, {"id": session_id}, query=query)


async def threads_of(http: Http, session_id: str, name: str) -> tuple[Answer, list[Participant]]:
    """The conversations under exactly this name, with the answer they came in."""
    # A backslash would escape the next character of the API's search.
    needle = max(name.split("\\"), key=len)
    answer = await _get(http, session_id, {"name": needle})
    people = answer.model(Responses).data
    return answer, [p for p in people if _check.trimmed(p.participant_name or "") == name]


def _several() -> errors.Ambiguous:
    return errors.Ambiguous(
        "Harmonica's answer was lost, and more than one text could be the one: do not repeat it, "
        "check with {check}.",
        check=str(GET_RESPONSES),
    )


def _is_since(moment: datetime | None, since: datetime) -> bool:
    return moment is None or moment >= since


def _joined(person: Participant) -> datetime | None:
    first = person.messages[0].created_at if person.messages else None
    return person.first_message_at or first


def _own_messages(person: Participant) -> int:
    if not person.messages and person.message_count is not None:
        return person.message_count
    return sum(message.own_words for message in person.messages)
