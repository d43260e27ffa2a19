"""Toolset `sessions`: find, read, create and change sessions."""

# Each module adds its tools, in this order.
from harmonica_mcp.server.toolsets.sessions import reading  # isort: skip
from harmonica_mcp.server.toolsets.sessions import creating  # isort: skip
from harmonica_mcp.server.toolsets.sessions import changing  # isort: skip
from harmonica_mcp.server.toolsets.sessions import following  # isort: skip
from harmonica_mcp.server.toolsets.sessions import waiting  # isort: skip
from harmonica_mcp.server.toolsets.sessions.toolset import sessions

__all__ = ["changing", "creating", "following", "reading", "sessions", "waiting"]
