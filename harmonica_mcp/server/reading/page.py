"""A page of conversations: what it shows, and what that costs."""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import BaseModel, Field

from harmonica_mcp.client.responses import Message, Participant
from harmonica_mcp.server.guard import Record, clean, fence, one_line, quote
from harmonica_mcp.server.reading.choosing import Key, View
from harmonica_mcp.server.reading.order import Turn
from harmonica_mcp.server.result import Result, count, iso, lines

EXCERPT = 160
"""Characters of a message that an outline shows."""
_NAME = 80


class Said(BaseModel):
    """One message, or a part of it."""

    id: str
    words: str
    by: str | None = Field(default=None, description="participant, facilitator or (joining) form")
    at: str | None = None
    part: str | None = Field(default=None, description="Which characters")

    def record(self, name: str) -> Record:
        """Show it under its speaker."""
        who = {"facilitator": "facilitator to ", "form": "form of "}.get(self.by or "", "")
        part = f" ({self.part})" if self.part else ""
        return Record(f"[{self.id}] {who}{quote(name)}{part}", self.words)


class Voice(BaseModel):
    """One participant's messages on this page."""

    name: str
    participant_id: str | None = None
    finished: bool | None = None
    own_messages: int | None = Field(default=None, description="How many fit")
    messages: list[Said]

    def state(self) -> str:
        """Say who it is and whether they are done."""
        wrote = "" if self.own_messages is None else f", {count(self.own_messages, 'message')}"
        state = "finished" if self.finished else "talking"
        return f"{quote(self.name)} ({state}, id {self.participant_id}{wrote})"


class Conversations(Result):
    """A page of what was said."""

    session_id: str
    participants: list[Voice]
    shown: int = Field(description="Messages, in an outline people")
    left: int = Field(description="After this page")
    as_of: str | None = Field(default=None, description="The next since")
    next_cursor: str | None = None

    def text(self) -> str:
        """Show the messages in a fence, each under its speaker."""
        records = [
            said.record(voice.name) for voice in self.participants for said in voice.messages
        ]
        states = [voice.state() for voice in self.participants if voice.participant_id]
        return lines(
            f"Session {self.session_id}: {self._counts()}",
            f"On this page: {', '.join(states)}." if states else None,
            fence(records) if records else None,
            f"More: call again with the same arguments and cursor {self.next_cursor}."
            if self.next_cursor
            else "The end." + (f" New later: since={self.as_of}." if self.as_of else ""),
        )

    def _counts(self) -> str:
        if not self.shown:
            return "nothing that fits was said."
        people = count(len(self.participants), "participant")
        if self.participants[0].own_messages is not None:
            return f"{people}, {self.left} left."
        return f"{count(self.shown, 'message')} of {people}, {self.left} left."


class Piece(NamedTuple):
    """A turn, or a part of it, as a page shows it."""

    turn: Turn
    voice: Voice
    """Who says it, without messages."""
    said: list[Said]

    def cost(self, *, new: bool) -> int:
        """Bytes that it takes in the dearer of both forms.

        Args:
            new: whether it is this participant's first on the page.
        """
        as_text = sum(_size(said.record(self.voice.name).line()) for said in self.said)
        as_data = sum(_size(said.model_dump_json(exclude_none=True)) for said in self.said)
        if new:
            as_text += _size(self.voice.state()) if self.voice.participant_id is not None else 0
            as_data += _size(self.voice.model_dump_json(exclude_none=True))
        return max(as_text, as_data)


def show(turn: Turn, view: View, begin: int = 0, end: int | None = None) -> Piece:
    """A turn as a view shows it.

    Args:
        turn: the turn.
        view: the view.
        begin: the first of its characters; of an outline all are excerpts that begin at 0.
        end: where to stop.
    """
    person, message = turn.thread.person, turn.message
    if view == "outline":
        own = [each for each in turn.thread.said if each.own_words]
        ends = own[:1] + own[1:][-1:]
        voice = _voice(person).model_copy(update={"own_messages": len(own)})
        return Piece(
            turn, voice, [_said(each, 0, EXCERPT if end is None else end) for each in ends]
        )
    said = _said(message, begin, end)
    if view == "participants_only":
        return Piece(turn, Voice(name=_name(person), messages=[]), [said])
    by = "participant" if message.own_words else "form" if message.role == "user" else "facilitator"
    told = said.model_copy(update={"by": by, "at": iso(message.created_at)})
    return Piece(turn, _voice(person), [told])


def length(turn: Turn, view: View) -> int:
    """Characters of a turn as a view shows it."""
    return EXCERPT if view == "outline" else len(clean(turn.message.content))


def voices(pieces: Iterable[Piece]) -> list[Voice]:
    """The pieces of a page under their speakers, in the order in which these joined."""
    shown: dict[Key, Voice] = {}
    for piece in sorted(pieces, key=lambda piece: piece.turn.thread.key):
        voice = shown.setdefault(piece.turn.thread.key, piece.voice)
        voice.messages.extend(piece.said)
    return list(shown.values())


def _voice(person: Participant) -> Voice:
    return Voice(
        name=_name(person),
        participant_id=person.participant_id,
        finished=not person.active,
        messages=[],
    )


def _name(person: Participant) -> str:
    return one_line(person.participant_name or "", _NAME) or "(no name)"


def _said(message: Message, begin: int, end: int | None) -> Said:
    words = clean(message.content)
    part = words[begin:end]
    told = f"characters {begin + 1} to {begin + len(part)} of {len(words)}"
    return Said(id=message.id, words=part, part=told if len(part) < len(words) else None)


def _size(text: str) -> int:
    """Bytes of a piece and of what parts it from the next."""
    return len(text.encode()) + 2
