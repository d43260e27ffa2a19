"""The set itself, and what its tools share."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from harmonica_mcp.server.registry import Toolset

meetings = Toolset(
    "meetings",
    "your captured meetings and their restrictions",
    [
        "What `get_meeting_restrictions` forbids must not be done with a meeting.",
    ],
)

MeetingId = Annotated[str, Field(description="Meeting id, see list_meetings")]


_MEANING = {
    "synthesis": "summarise it",
    "project_attachment": "attach it to a project",
    "external_export": "export it",
    "sharing": "share it",
    "all_downstream_processing": "process it in any way",
}


def told(forbidden: Sequence[str]) -> str:
    """What must not be done, as the first line of whatever is shown of a meeting."""
    if not forbidden:
        return "No restriction is in force."
    named = ", ".join(f"{_MEANING.get(scope, 'use it for')} ({scope})" for scope in forbidden)
    return f"RESTRICTED. You must NOT {named}."
