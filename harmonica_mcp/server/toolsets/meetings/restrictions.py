"""What must not be done with a meeting."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.meetings import (
    GET_RESTRICTIONS,
    UPDATE_RESTRICTIONS,
    Restrictions,
    Scope,
)
from harmonica_mcp.server.call import is_served
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import Record, fence
from harmonica_mcp.server.result import Result, count, lines
from harmonica_mcp.server.toolsets.meetings.toolset import MeetingId, meetings, told


class CandidateRow(BaseModel):
    """A restriction that the transcript suggests."""

    candidate_event_id: str
    scopes: list[str]
    reason_words: str


class MeetingRestrictions(Result):
    """What must not be done with a meeting."""

    meeting_id: str
    forbidden: list[str]
    candidates: list[CandidateRow] = Field(description="Suggested; they hold until decided")
    changes: int = Field(description="Entries of the history")
    recovered: bool = Field(description="The answer was lost; the state was read again")

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
        decide = "update_meeting_restrictions"
        how = f"to decide on with {decide}" if is_served(decide) else "not decided yet"
        entries = "1 entry" if self.changes == 1 else f"{self.changes} entries"
        return lines(
            told(self.forbidden),
            f"{count(len(records), 'suggestion')} {how}:" if records else None,
            fence(records) if records else None,
            f"Meeting {self.meeting_id}: {entries} in the history.",
            "The answer was lost and the change was found in the history: do not repeat it."
            if self.recovered
            else None,
        )


@meetings.tool("Get meeting restrictions", [GET_RESTRICTIONS], reads=True)
async def get_meeting_restrictions(api: Api, meeting_id: MeetingId) -> MeetingRestrictions:
    """Tell what must not be done with a meeting, and what its transcript suggests."""
    return MeetingRestrictions.of(meeting_id, await api.meetings.restrictions(meeting_id))


@meetings.tool(
    "Update meeting restrictions", [UPDATE_RESTRICTIONS], lookups=[GET_RESTRICTIONS], replaces=True
)
async def update_meeting_restrictions(
    api: Api,
    meeting_id: MeetingId,
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
