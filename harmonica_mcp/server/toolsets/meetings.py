"""Toolset `meetings`: the caller's own meetings, and what must not be done with them."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.meetings import (
    GET_RESTRICTIONS,
    GET_TRANSCRIPT,
    LIST_MEETINGS,
    UPDATE_RESTRICTIONS,
    Meeting,
    Restrictions,
    Scope,
    Utterance,
)
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import Record, clean, fence, one_line, quote
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, iso, lines

meetings = Toolset(
    "meetings",
    "your captured meetings and their restrictions",
    [
        "What `get_meeting_restrictions` forbids must not be done with a meeting.",
    ],
)

_MeetingId = Annotated[str, Field(description="Meeting id, see list_meetings")]
_BYTES_PER_TOKEN = 4
_FRAME = 800


class MeetingRow(BaseModel):
    """A meeting in a list."""

    id: str
    title: str
    status: str
    starts_at: str | None = None
    transcript: str = Field(description="ready, processing, failed, empty or none")
    speakers: int

    @classmethod
    def of(cls, meeting: Meeting) -> "MeetingRow":
        """Choose what tells meetings apart."""
        state = meeting.transcript_status or ("ready" if meeting.has_transcript else "none")
        return cls(
            id=meeting.id,
            title=one_line(meeting.title),
            status=meeting.status,
            starts_at=iso(meeting.starts_at),
            transcript="empty" if meeting.empty_transcript else state,
            speakers=meeting.speaker_count,
        )


class MeetingList(Result):
    """A page of meetings."""

    meetings: list[MeetingRow]
    left: int | None = None
    next_cursor: str | None = None

    def text(self) -> str:
        """List them."""
        if not self.meetings:
            return "No meeting fits."
        rows = [
            f"- {m.id} {quote(m.title)} ({m.status}, {m.starts_at}, transcript {m.transcript}, "
            f"{count(m.speakers, 'speaker')})"
            for m in self.meetings
        ]
        more = f"More: call again with cursor {self.next_cursor}" if self.next_cursor else None
        return lines(f"{count(len(rows), 'meeting')}:", *rows, more)


@meetings.tool("List meetings", [LIST_MEETINGS], reads=True)
async def list_meetings(
    api: Api,
    status: Annotated[
        Literal[
            "scheduled",
            "joining",
            "in_call",
            "recording",
            "transcribing",
            "ready",
            "failed",
            "cancelled",
        ]
        | None,
        Field(description="Only these"),
    ] = None,
    starts_from: Annotated[str | None, Field(description="ISO time; starts then or later")] = None,
    starts_before: Annotated[str | None, Field(description="ISO time; starts earlier")] = None,
    updated_since: Annotated[str | None, Field(description="ISO time; changed since")] = None,
    cursor: Annotated[str | None, Field(description="next_cursor of the page before")] = None,
) -> MeetingList:
    """List your own meetings that the notetaker captured."""
    page = await api.meetings.list(
        status=status,
        starts_from=_moment("starts_from", starts_from),
        starts_before=_moment("starts_before", starts_before),
        updated_since=_moment("updated_since", updated_since),
        cursor=cursor,
    )
    rows = {meeting.id: MeetingRow.of(meeting) for meeting in page.data}
    return MeetingList(meetings=list(rows.values()), next_cursor=page.pagination.next_cursor)


def _moment(name: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{name} must be a time like 2026-11-22T09:00:00Z.") from None
    if moment.tzinfo is None:
        raise InvalidInput(f"{name} needs an offset, such as Z or +01:00.")
    return moment


class Turn(BaseModel):
    """What one speaker said in one go."""

    speaker: str
    at: str = Field(description="minutes:seconds from the beginning")
    words: str


class MeetingTranscript(Result):
    """A page of a transcript."""

    meeting_id: str
    status: str
    forbidden: list[str] = Field(description="What must not be done with it")
    turns: list[Turn]
    total_turns: int
    next_cursor: str | None = None

    def text(self) -> str:
        """State the restrictions, then the turns in a fence."""
        more = (
            f"More: call again with cursor {self.next_cursor}." if self.next_cursor else "The end."
        )
        return lines(
            _forbidden(self.forbidden),
            f"Meeting {self.meeting_id}, transcript {self.status}: {len(self.turns)} of "
            f"{count(self.total_turns, 'turn')}.",
            fence(Record(f"[{t.at}] {quote(t.speaker, 80)}", t.words) for t in self.turns),
            more,
        )


def _forbidden(scopes: list[str]) -> str | None:
    return f"RESTRICTED: its owner forbids {', '.join(scopes)}. Respect that." if scopes else None


def _turns(utterances: list[Utterance], *, emails: bool) -> list[Turn]:
    """Join what the same person says without a pause."""
    turns: list[Turn] = []
    for said in sorted(utterances, key=lambda utterance: utterance.sequence):
        name = one_line(said.speaker_name or said.speaker_id or "unknown", 80)
        if emails and said.speaker_email:
            name = f"{name} <{one_line(said.speaker_email, 80)}>"
        words = clean(said.text)
        if turns and turns[-1].speaker == name and len(turns[-1].words) < 1_500:
            last = turns[-1]
            turns[-1] = last.model_copy(update={"words": f"{last.words} {words}"})
            continue
        seconds = (said.start_ms or 0) // 1000
        turns.append(Turn(speaker=name, at=f"{seconds // 60}:{seconds % 60:02}", words=words))
    return turns


@meetings.tool("Get transcript", [GET_RESTRICTIONS, GET_TRANSCRIPT], reads=True)
async def get_transcript(
    api: Api,
    meeting_id: _MeetingId,
    emails: Annotated[bool, Field(description="With speakers' e-mail addresses")] = False,
    max_tokens: Annotated[
        int, Field(description="Budget of this page, in bytes / 4", ge=500, le=10_000)
    ] = 6_000,
    cursor: paging.Cursor = None,
) -> MeetingTranscript:
    """Read a meeting's transcript as speaker turns with time marks, after its restrictions."""
    restrictions = await api.meetings.restrictions(meeting_id)
    transcript = await api.meetings.transcript(meeting_id)
    turns = _turns(transcript.utterances, emails=emails)
    (begin,) = paging.decode(cursor)
    budget, end = max_tokens * _BYTES_PER_TOKEN - _FRAME, begin
    while end < len(turns):
        budget -= 2 * len(turns[end].model_dump_json().encode()) // 2 + 20
        if budget < 0 and end > begin:
            break
        end += 1
    return MeetingTranscript(
        meeting_id=meeting_id,
        status=transcript.status,
        forbidden=restrictions.effective_scopes,
        turns=turns[begin:end],
        total_turns=len(turns),
        next_cursor=paging.encode(end) if end < len(turns) else None,
    )


class CandidateRow(BaseModel):
    """A restriction that the transcript suggests."""

    candidate_event_id: str
    scopes: list[str]
    reason_words: str


class MeetingRestrictions(Result):
    """What must not be done with a meeting."""

    meeting_id: str
    forbidden: list[str]
    candidates: list[CandidateRow]
    changes: int = Field(description="Entries of the history")
    recovered: bool

    @classmethod
    def of(cls, meeting: str, state: Restrictions) -> "MeetingRestrictions":
        """Show the state."""
        return cls(
            meeting_id=meeting,
            forbidden=state.effective_scopes,
            candidates=[
                CandidateRow(candidate_event_id=e.id, scopes=e.scopes, reason_words=e.reason)
                for e in state.pending_candidates
            ],
            changes=len(state.history),
            recovered=state.recovered,
        )

    def text(self) -> str:
        """State them."""
        records = [
            Record(f"candidate {c.candidate_event_id} ({', '.join(c.scopes)})", c.reason_words)
            for c in self.candidates
        ]
        return lines(
            _forbidden(self.forbidden) or f"Meeting {self.meeting_id} has no restriction in force.",
            f"{count(len(records), 'suggestion')} to review:" if records else None,
            fence(records) if records else None,
            f"{self.changes} entries in the history of meeting {self.meeting_id}.",
        )


@meetings.tool("Get meeting restrictions", [GET_RESTRICTIONS], reads=True)
async def get_meeting_restrictions(api: Api, meeting_id: _MeetingId) -> MeetingRestrictions:
    """Tell what must not be done with a meeting, and what its transcript suggests."""
    return MeetingRestrictions.of(meeting_id, await api.meetings.restrictions(meeting_id))


@meetings.tool(
    "Update meeting restrictions", [UPDATE_RESTRICTIONS], lookups=[GET_RESTRICTIONS], replaces=True
)
async def update_meeting_restrictions(
    api: Api,
    meeting_id: _MeetingId,
    reason: Annotated[str, Field(description="1 to 1,000 characters, kept for ever")],
    scopes: Annotated[
        list[Scope] | None, Field(description="The complete new set; empty lifts all…")
    ] = None,
    candidate_event_id: Annotated[
        str | None, Field(description="…or a suggestion to decide")
    ] = None,
    decision: Annotated[Literal["confirm", "dismiss"] | None, Field(description="How")] = None,
) -> MeetingRestrictions:
    """Set a meeting's restrictions, or decide on a suggested one. The history cannot be undone."""
    match scopes, candidate_event_id, decision:
        case list(), None, None:
            state = await api.meetings.restrict(meeting_id, scopes, reason=reason)
        case None, str(), "confirm" | "dismiss":
            state = await api.meetings.review(
                meeting_id, candidate_event_id, decision, reason=reason
            )
        case _:
            raise InvalidInput(
                "Give either scopes, or candidate_event_id with decision. Nothing was done."
            )
    return MeetingRestrictions.of(meeting_id, state)
