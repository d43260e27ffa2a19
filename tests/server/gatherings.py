"""The sandbox's meetings."""

from harmonica_mcp.sandbox.records import Meeting
from tests.server.wire import Stage

RESTRICTED = (
    "RESTRICTED. You must NOT summarise it (synthesis), export it (external_export), share it "
    "(sharing).\n"
)
"""The first line of what is shown of the meeting about money."""


def meeting(stage: Stage, title: str) -> Meeting:
    """A meeting by a piece of its title."""
    return next(each for each in stage.tenant.meetings.values() if title in each.title)
