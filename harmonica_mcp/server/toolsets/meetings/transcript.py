"""Reading a meeting's transcript, after its restrictions and within a token budget."""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, NamedTuple

from pydantic import BaseModel, Field

from harmonica_mcp.client.meetings import GET_RESTRICTIONS, GET_TRANSCRIPT, Utterance
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import Record, clean, fence, one_line, quote_whole
from harmonica_mcp.server.result import Result, count, lines
from harmonica_mcp.server.sealing import Seal
from harmonica_mcp.server.toolsets.meetings.toolset import MeetingId, meetings, told

_BYTES_PER_TOKEN = 4
# What stands around the turns of a page, besides the meeting's id.
_FRAME = 980
# Characters of a turn. The smallest page holds one of these, whatever its letters are.
_LONGEST = 400
_LONGEST_NAME = 60
_PLACE = struct.Struct(">qII")
_FURTHEST = 2**63 - 1


class Place(NamedTuple):
    """Where something was said: what is added later to the transcript does not move it."""

    sequence: int
    same: int
    """Among what the API gives the same number."""
    piece: int
    """Within a long text."""


class Piece(NamedTuple):
    """A part of what somebody said, small enough for every page."""

    place: Place
    speaker: str
    at: str | None
    words: str


class Turn(BaseModel):
    """What one speaker said in one go."""

    speaker: str
    at: str | None = Field(default=None, description="minutes:seconds from the beginning")
    words: str

    def record(self) -> Record:
        """Show it under time and speaker."""
        return Record(f"[{self.at or '?'}] {quote_whole(self.speaker)}", self.words)

    def cost(self) -> int:
        """Bytes that it takes in the dearer of both forms."""
        forms = (self.record().line(), self.model_dump_json(exclude_none=True))
        return max(len(form.encode()) for form in forms) + 1


class MeetingTranscript(Result):
    """A page of a transcript."""

    meeting_id: str
    forbidden: list[str] = Field(description="What must not be done with it")
    status: str
    problem: str | None = None
    turns: list[Turn]
    total_turns: int
    left: int
    next_cursor: str | None = None

    def text(self) -> str:
        """State the restrictions, then the turns in a fence."""
        more = (
            f"More: call again with cursor {self.next_cursor}." if self.next_cursor else "The end."
        )
        problem = f" ({quote_whole(self.problem)})" if self.problem else ""
        return lines(
            told(self.forbidden),
            f"Meeting {self.meeting_id}, transcript {self.status}{problem}: {len(self.turns)} of "
            f"{count(self.total_turns, 'turn')}, {self.left} left.",
            fence(turn.record() for turn in self.turns) if self.turns else None,
            more,
        )


@meetings.tool("Get transcript", [GET_RESTRICTIONS, GET_TRANSCRIPT], reads=True)
async def get_transcript(
    api: Api,
    meeting_id: MeetingId,
    emails: Annotated[bool, Field(description="With speakers' e-mail addresses")] = False,
    max_tokens: Annotated[
        int, Field(description="Budget of this page, in bytes / 4", ge=1_000, le=10_000)
    ] = 6_000,
    cursor: paging.Cursor = None,
) -> MeetingTranscript:
    """Read a meeting's transcript as speaker turns with time marks, after its restrictions."""
    seal = Seal(api.key, "get_transcript", meeting_id)
    begin = Place(*_PLACE.unpack(seal.open(cursor))) if cursor else None
    restrictions = await api.meetings.restrictions(meeting_id)
    transcript = await api.meetings.transcript(meeting_id)
    pieces = pieces_of(transcript.utterances, emails=emails)
    turns = turns_of(piece for piece in pieces if begin is None or piece.place >= begin)
    frame = _FRAME + len(meeting_id.encode())
    end = _fitting([turn for _, turn in turns], max_tokens * _BYTES_PER_TOKEN - frame)
    problem = transcript.error_message
    return MeetingTranscript(
        meeting_id=meeting_id,
        forbidden=restrictions.effective_scopes,
        status=transcript.status,
        problem=one_line(problem, 100) if problem else None,
        turns=[turn for _, turn in turns[:end]],
        total_turns=len(turns_of(pieces)),
        left=len(turns) - end,
        next_cursor=seal.seal(_PLACE.pack(*turns[end][0])) if end < len(turns) else None,
    )


def _fitting(turns: Sequence[Turn], budget: int) -> int:
    for number, turn in enumerate(turns):
        budget -= turn.cost()
        if budget < 0:
            return number
    return len(turns)


def pieces_of(utterances: Iterable[Utterance], *, emails: bool) -> list[Piece]:
    """Everything in the order in which it was said, with what is too long in pieces."""
    pieces: list[Piece] = []
    seen: Counter[int] = Counter()
    for said in sorted(utterances, key=_sequence):
        number = _sequence(said)
        speaker, at = _speaker(said, emails=emails), _mark(said.start_ms)
        pieces += [
            Piece(Place(number, seen[number], part), speaker, at, words)
            for part, words in enumerate(_pieces(clean(said.text)))
        ]
        seen[number] += 1
    return pieces


def _sequence(said: Utterance) -> int:
    return max(-_FURTHEST, min(said.sequence, _FURTHEST))


def turns_of(pieces: Iterable[Piece]) -> list[tuple[Place, Turn]]:
    """Join what the same person says one after another; each turn with where it begins."""
    turns: list[tuple[Place, Turn]] = []
    for piece in pieces:
        if turns and _continues(turns[-1][1], piece):
            place, turn = turns[-1]
            words = f"{turn.words} {piece.words}"
            turns[-1] = place, turn.model_copy(update={"words": words})
        else:
            turn = Turn(speaker=piece.speaker, at=piece.at, words=piece.words)
            turns.append((piece.place, turn))
    return turns


def _continues(turn: Turn, piece: Piece) -> bool:
    return turn.speaker == piece.speaker and len(turn.words) + len(piece.words) < _LONGEST


def _speaker(said: Utterance, *, emails: bool) -> str:
    name = one_line(said.speaker_name or said.speaker_id or "unknown", _LONGEST_NAME)
    if emails and said.speaker_email:
        return f"{name} <{one_line(said.speaker_email, _LONGEST_NAME)}>"
    return name


def _mark(start_ms: int | None) -> str | None:
    if start_ms is None:
        return None
    return f"{start_ms // 60_000}:{start_ms // 1000 % 60:02}"


def _pieces(words: str) -> Iterator[str]:
    """The words in pieces of a page's smallest size, parted between words where that goes."""
    while len(words) > _LONGEST:
        space = words.rfind(" ", 1, _LONGEST)
        end = space + 1 if space > 0 else _LONGEST
        yield words[:end]
        words = words[end:]
    if words:
        yield words
