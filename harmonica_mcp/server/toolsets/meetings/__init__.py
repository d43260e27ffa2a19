"""Toolset `meetings`: the caller's own meetings, and what must not be done with them."""

# Each module adds its tools, in this order.
from harmonica_mcp.server.toolsets.meetings import listing  # isort: skip
from harmonica_mcp.server.toolsets.meetings import transcript  # isort: skip
from harmonica_mcp.server.toolsets.meetings import restrictions  # isort: skip
from harmonica_mcp.server.toolsets.meetings.toolset import meetings

__all__ = ["listing", "meetings", "restrictions", "transcript"]
