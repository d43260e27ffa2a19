"""The set itself, so that each of its modules can add to it."""

from harmonica_mcp.server.registry import Toolset

templates = Toolset("templates", "ready-made ways to facilitate, and method specs")
