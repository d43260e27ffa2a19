"""Reading a meeting's transcript, after its restrictions and within a token budget."""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated

from pydantic import BaseModel, Field

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.meetings import GET_RESTRICTIONS, GET_TRANSCRIPT, Utterance
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import Record, clean, fence, one_line, quote_whole
from harmonica_mcp.server.result import Result, count, lines
from harmonica_mcp.server.sealing import Seal
from harmonica_mcp.server.toolsets.meetings.toolset import MeetingId, meetings, told

_BYTES_PER_TOKEN = 4
# What stands around the turns of a page, besides the meeting's id.
_FRAME = 960
# Characters of a turn. The smallest page holds one of these, whatever its letters are.
_LONGEST = 400
_LONGEST_NAME = 60
# The turn that comes next, the utterances there were, and whether addresses are shown.
_FORM = struct.Struct(">II?")


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
            f"{count(self.total_turns, 'turn')}.",
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
    place = _FORM.unpack(seal.open(cursor)) if cursor else None
    restrictions = await api.meetings.restrictions(meeting_id)
    transcript = await api.meetings.transcript(meeting_id)
    turns = list(turns_of(transcript.utterances, emails=emails))
    begin = _begin(place, len(transcript.utterances), emails=emails)
    frame = _FRAME + len(meeting_id.encode())
    end = begin + _fitting(turns[begin:], max_tokens * _BYTES_PER_TOKEN - frame)
    problem = transcript.error_message
    return MeetingTranscript(
        meeting_id=meeting_id,
        forbidden=restrictions.effective_scopes,
        status=transcript.status,
        problem=one_line(problem, 100) if problem else None,
        turns=turns[begin:end],
        total_turns=len(turns),
        next_cursor=seal.seal(_FORM.pack(end, len(transcript.utterances), emails))
        if end < len(turns)
        else None,
    )


def _begin(place: tuple[int, int, bool] | None, utterances: int, *, emails: bool) -> int:
    if place is None:
        return 0
    if place[1:] != (utterances, emails):
        raise InvalidInput(
            "This cursor goes on with the same emails as before, and only while nothing is added "
            "to the transcript: leave it out to begin again."
        )
    return place[0]


def _fitting(turns: Sequence[Turn], budget: int) -> int:
    for number, turn in enumerate(turns):
        budget -= turn.cost()
        if budget < 0:
            return number
    return len(turns)


def turns_of(utterances: Iterable[Utterance], *, emails: bool) -> Iterator[Turn]:
    """Join what the same person says one after another, and part what is too long."""
    turn: Turn | None = None
    for said in sorted(utterances, key=lambda utterance: utterance.sequence):
        speaker, at = _speaker(said, emails=emails), _mark(said.start_ms)
        for words in _pieces(clean(said.text)):
            if turn and turn.speaker == speaker and len(turn.words) + len(words) < _LONGEST:
                turn = turn.model_copy(update={"words": f"{turn.words} {words}"})
                continue
            if turn:
                yield turn
            turn = Turn(speaker=speaker, at=at, words=words)
    if turn:
        yield turn


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
