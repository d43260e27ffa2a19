"""Reading conversations within a token budget, fairly: round by round across participants."""

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pydantic import BaseModel, Field

from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server import paging
from harmonica_mcp.server.guard import Record, clean, fence, one_line, quote
from harmonica_mcp.server.result import Result, count, iso, lines

_BYTES_PER_TOKEN = 4
# What stands around the messages of a page: the head, the fence, the cursor.
_FRAME = 600
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
        states = ", ".join(
            f"{quote(voice.name, 80)} ({'finished' if voice.finished else 'talking'})"
            for voice in self.participants
        )
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
    budget = max_tokens * _BYTES_PER_TOKEN - _FRAME
    page: list[tuple[_Turn, Said]] = []
    following: _Turn | None = None
    for turn in turns:
        if (turn.round, turn.place) < begin:
            continue
        said = _said(turn.message)
        cost = _cost(turn, said, new=turn.person not in [shown.person for shown, _ in page])
        if cost > budget:
            if page:
                following = turn
                break
            said = _cut(said, budget - _cost(turn, said.model_copy(update={"words": ""}), new=True))
            cost = budget
        budget -= cost
        page.append((turn, said))
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
    who = quote(name, 80) if said.by == "participant" else f"facilitator to {quote(name, 80)}"
    return f"[{said.id}] {who}"


def _cost(turn: _Turn, said: Said, *, new: bool) -> int:
    """Bytes that a message takes in the dearer of both forms."""
    name = _name(turn.person)
    as_text = len(Record(_label(name, said), said.words).line().encode()) + 1
    as_data = len(said.model_dump_json(exclude_none=True).encode()) + 1
    voice = 4 * len(name.encode()) + len(turn.person.participant_id) + 100 if new else 0
    return max(as_text, as_data) + voice


def _cut(said: Said, room: int) -> Said:
    words = said.words
    keep = len(words)
    while keep and len(json.dumps(words[:keep], ensure_ascii=False).encode()) > room - 100:
        keep = min(keep - 1, keep * 9 // 10)
    mark = _CUT_MARK.format(left=len(words) - keep, all=len(words))
    return said.model_copy(update={"words": words[:keep] + mark})


def _name(person: Participant) -> str:
    return one_line(person.participant_name or "", 80) or "(no name)"


def _by_voice(page: list[tuple[_Turn, Said]]) -> list[Voice]:
    places = sorted({turn.place for turn, _ in page})
    voices: list[Voice] = []
    for place in places:
        mine = [(turn, said) for turn, said in page if turn.place == place]
        person = mine[0][0].person
        voices.append(
            Voice(
                name=_name(person),
                participant_id=person.participant_id,
                finished=not person.active,
                messages=[said for _, said in mine],
            )
        )
    return voices
