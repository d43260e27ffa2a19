"""Listing meetings."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.meetings import LIST_MEETINGS, Meeting, MeetingPage
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import one_line, quote_whole
from harmonica_mcp.server.result import Result, count, iso, lines
from harmonica_mcp.server.toolsets.meetings.toolset import meetings

MeetingStatus = Literal[
    "scheduled",
    "joining",
    "in_call",
    "recording",
    "transcribing",
    "ready",
    "failed",
    "cancelled",
]


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

    def line(self) -> str:
        """Render one line of the list."""
        return (
            f"- {self.id} {quote_whole(self.title)} ({self.status}, starts "
            f"{self.starts_at or 'at an unknown time'}, transcript {self.transcript}, "
            f"{count(self.speakers, 'speaker')})"
        )


class MeetingList(Result):
    """A page of meetings."""

    meetings: list[MeetingRow]
    left: int
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: MeetingPage) -> "MeetingList":
        """Show a page, each meeting once."""
        where = page.pagination
        left = max(where.total - where.offset - len(page.data), 0) if where.next_cursor else 0
        rows = {meeting.id: MeetingRow.of(meeting) for meeting in page.data}
        return cls(meetings=list(rows.values()), left=left, next_cursor=where.next_cursor)

    def text(self) -> str:
        """List them."""
        if not self.meetings and not self.next_cursor:
            return "No meeting fits."
        left = f"{self.left} more" if self.left else "More"
        more = f"{left}: call again with cursor {self.next_cursor}."
        rows = [meeting.line() for meeting in self.meetings]
        return lines(f"{count(len(rows), 'meeting')}:", *rows, more if self.next_cursor else None)


@meetings.tool("List meetings", [LIST_MEETINGS], reads=True)
async def list_meetings(
    api: Api,
    status: Annotated[
        MeetingStatus | None,
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
        starts_from=moment("starts_from", starts_from),
        starts_before=moment("starts_before", starts_before),
        updated_since=moment("updated_since", updated_since),
        cursor=cursor,
    )
    return MeetingList.of(page)


def moment(name: str, text: str | None) -> datetime | None:
    """A time that names its zone.

    Raises:
        InvalidInput: It is no time, or names none.
    """
    if text is None:
        return None
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{name} must be a time like 2026-11-22T09:00:00Z.") from None
    if given.tzinfo is None:
        raise InvalidInput(f"{name} needs an offset, such as Z or +01:00.")
    return given
