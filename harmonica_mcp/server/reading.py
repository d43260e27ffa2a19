"""Reading conversations within a token budget, fairly: round by round across participants."""

import bisect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic import BaseModel, Field

from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server import paging
from harmonica_mcp.server.guard import Record, clean, fence, one_line, quote, quote_whole
from harmonica_mcp.server.result import Result, count, iso, lines

_BYTES_PER_TOKEN = 4
# What stands around the messages of a page, besides the session: the head, the fence, the cursor.
_FRAME = 320
_CUT_MARK = " […cut: {left} of {all} characters left out; ask for a larger max_tokens]"


class Said(BaseModel):
    """One message."""

    id: str
    by: str = Field(description="participant or facilitator")
    words: str
    at: str | None = None


class Voice(BaseModel):
    """One participant's messages on this page."""

    name: str
    participant_id: str
    finished: bool
    messages: list[Said]

    def state(self) -> str:
        """Say who it is and whether they are done."""
        state = "finished" if self.finished else "talking"
        return f"{quote(self.name)} ({state}, id {self.participant_id})"


class Conversations(Result):
    """A page of what was said."""

    session_id: str
    participants: list[Voice]
    total_participants: int
    total_messages: int
    shown_messages: int
    next_cursor: str | None = None

    def text(self) -> str:
        """Show the messages in a fence, each under its speaker."""
        if not self.total_messages:
            return f"Nobody who fits has said anything in session {self.session_id} yet."
        if not self.participants:
            return f"This cursor is behind the last message of session {self.session_id}."
        states = ", ".join(voice.state() for voice in self.participants)
        more = (
            f"More: call again with cursor {self.next_cursor}." if self.next_cursor else "The end."
        )
        return lines(
            f"Session {self.session_id}: {self.shown_messages} of "
            f"{count(self.total_messages, 'message')} of "
            f"{count(self.total_participants, 'participant')}. On this page: {states}.",
            fence(
                Record(_label(voice.name, said), said.words)
                for voice in self.participants
                for said in voice.messages
            ),
            more,
        )


class _Turn(NamedTuple):
    round: int
    place: int
    person: Participant
    message: Message


def read(
    session: str,
    people: Sequence[Participant],
    participant: str | None,
    dialogue: bool,
    max_tokens: int,
    cursor: str | None,
) -> Conversations:
    """One page of the conversations.

    Args:
        session: their session.
        people: the conversations in the order in which people joined.
        participant: only this id, or names that contain it.
        dialogue: with the facilitator's turns.
        max_tokens: the page's budget; text and structured content each stay within it.
        cursor: where the page before ended.
    """
    if participant is not None:
        people = [person for person in people if _is_meant(person, participant)]
    turns = list(_rounds(people, dialogue))
    begin = paging.decode(cursor, 2)
    budget = max_tokens * _BYTES_PER_TOKEN - _FRAME - _size(quote_whole(session))
    page: list[tuple[_Turn, Said]] = []
    places: set[int] = set()
    following: _Turn | None = None
    for turn in turns:
        if (turn.round, turn.place) < begin:
            continue
        said = _said(turn.message)
        new = turn.place not in places
        if (cost := _cost(turn, said, new=new)) > budget:
            if page:
                following = turn
                break
            said, cost = _cut(turn, said, budget), budget
        budget -= cost
        page.append((turn, said))
        places.add(turn.place)
    return Conversations(
        session_id=session,
        participants=_by_voice(page),
        total_participants=len(people),
        total_messages=len(turns),
        shown_messages=len(page),
        next_cursor=paging.encode(following.round, following.place) if following else None,
    )


def _is_meant(person: Participant, participant: str) -> bool:
    name = (person.participant_name or "").lower()
    return person.participant_id == participant or participant.lower() in name


def _rounds(people: Sequence[Participant], dialogue: bool) -> Iterator[_Turn]:
    """Everybody's first message, then everybody's second, and so on."""
    threads = [
        [m for m in person.messages if m.own_words or (dialogue and m.role == "assistant")]
        for person in people
    ]
    for number in range(max(map(len, threads), default=0)):
        for place, (person, thread) in enumerate(zip(people, threads, strict=True)):
            if number < len(thread):
                yield _Turn(number, place, person, thread[number])


def _said(message: Message) -> Said:
    by = "participant" if message.role == "user" else "facilitator"
    return Said(id=message.id, by=by, words=clean(message.content), at=iso(message.created_at))


def _label(name: str, said: Said) -> str:
    who = quote(name) if said.by == "participant" else f"facilitator to {quote(name)}"
    return f"[{said.id}] {who}"


def _cost(turn: _Turn, said: Said, *, new: bool) -> int:
    """Bytes that a message takes in the dearer of both forms."""
    voice = _voice(turn.person, [])
    as_text = _size(Record(_label(voice.name, said), said.words).line())
    as_data = _size(said.model_dump_json(exclude_none=True))
    if new:
        as_text += _size(voice.state())
        as_data += _size(voice.model_dump_json())
    return max(as_text, as_data)


def _size(text: str) -> int:
    """Bytes of a piece and of what parts it from the next."""
    return len(text.encode()) + 2


def _cut(turn: _Turn, said: Said, budget: int) -> Said:
    """The beginning of a message that is too long for a page of its own, with a mark."""
    words = said.words

    def shown(keep: int) -> Said:
        mark = _CUT_MARK.format(left=len(words) - keep, all=len(words))
        return said.model_copy(update={"words": words[:keep] + mark})

    fitting = bisect.bisect_right(
        range(1, len(words)), budget, key=lambda keep: _cost(turn, shown(keep), new=True)
    )
    return shown(fitting)


def _name(person: Participant) -> str:
    return one_line(person.participant_name or "", 80) or "(no name)"


def _by_voice(page: list[tuple[_Turn, Said]]) -> list[Voice]:
    places = sorted({turn.place for turn, _ in page})
    voices: list[Voice] = []
    for place in places:
        mine = [(turn, said) for turn, said in page if turn.place == place]
        voices.append(_voice(mine[0][0].person, [said for _, said in mine]))
    return voices


def _voice(person: Participant, messages: list[Said]) -> Voice:
    return Voice(
        name=_name(person),
        participant_id=person.participant_id,
        finished=not person.active,
        messages=messages,
    )
