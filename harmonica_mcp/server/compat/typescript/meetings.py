"""The caller's own meetings, and what must not be done with them."""

from typing import Annotated, Literal

from pydantic import Field

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.meetings import Scope
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.compat.typescript.toolset import as_it_is, instead_of, ours
from harmonica_mcp.server.toolsets.meetings import meetings, restrictions
from harmonica_mcp.server.toolsets.meetings.listing import MeetingList, MeetingStatus, moment
from harmonica_mcp.server.toolsets.meetings.restrictions import MeetingRestrictions
from harmonica_mcp.server.toolsets.meetings.toolset import MeetingId


@instead_of(ours(meetings, "list_meetings"))
async def list_meetings(
    api: Api,
    status: Annotated[MeetingStatus | None, Field(description="Only these")] = None,
    starts_from: Annotated[
        str | None, Field(alias="from", description="ISO time; starts then or later")
    ] = None,
    to: Annotated[str | None, Field(description="ISO time; starts earlier")] = None,
    updated_since: Annotated[str | None, Field(description="ISO time; changed since")] = None,
    limit: Annotated[int, Field(description="Meetings per page", ge=1, le=100)] = 20,
    offset: Annotated[int, Field(description="Skip so many", ge=0)] = 0,
    cursor: Annotated[str | None, Field(description="next_cursor of the page before")] = None,
) -> MeetingList:
    """List your own meetings that the notetaker captured."""
    page = await api.meetings.list(
        status=status,
        starts_from=moment("from", starts_from),
        starts_before=moment("to", to),
        updated_since=moment("updated_since", updated_since),
        limit=limit,
        offset=offset,
        cursor=cursor,
    )
    return MeetingList.of(page)


as_it_is(meetings, "get_transcript")
as_it_is(meetings, "get_meeting_restrictions")


@instead_of(ours(meetings, "update_meeting_restrictions"))
async def update_meeting_restrictions(
    api: Api,
    meeting_id: MeetingId,
    reason: Annotated[str, Field(description="1 to 1,000 characters, kept for ever")],
    action: Annotated[
        Literal["set", "review_candidate"] | None,
        Field(description="Told by the other arguments when left out"),
    ] = None,
    scopes: Annotated[
        list[Scope] | None, Field(description="To set: the complete new set; empty lifts all")
    ] = None,
    candidate_event_id: Annotated[
        str | None, Field(description="To review: the suggestion to decide")
    ] = None,
    decision: Annotated[Literal["confirm", "dismiss"] | None, Field(description="How")] = None,
) -> MeetingRestrictions:
    """Set a meeting's restrictions, or decide on a suggested one. The history cannot be undone."""
    if (action == "set" and scopes is None) or (
        action == "review_candidate" and scopes is not None
    ):
        raise InvalidInput(
            "To set give scopes; to review give candidate_event_id with decision. Nothing was done."
        )
    return await restrictions.update_meeting_restrictions(
        api,
        meeting_id=meeting_id,
        reason=reason,
        scopes=scopes,
        candidate_event_id=candidate_event_id,
        decision=decision,
    )
