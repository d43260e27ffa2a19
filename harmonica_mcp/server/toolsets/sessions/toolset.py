"""The set itself, so that each of its modules can add to it."""

from harmonica_mcp.server.registry import Toolset

sessions = Toolset("sessions", "find, read, create and change sessions")
