"""Toolset `context`: background that the facilitator reads, of a session or a project."""

# Each module adds its tools, in this order.
from harmonica_mcp.server.toolsets.context import showing  # isort: skip
from harmonica_mcp.server.toolsets.context import adding  # isort: skip
from harmonica_mcp.server.toolsets.context import changing  # isort: skip
from harmonica_mcp.server.toolsets.context.toolset import context

__all__ = ["adding", "changing", "context", "showing"]
