"""The set itself, so that each of its modules can add to it."""

from harmonica_mcp.server.registry import Toolset

sessions = Toolset(
    "sessions",
    "find, read, create and change sessions",
    [
        (
            "`create_session` opens a session at once and nothing can delete it: agree on topic "
            "and goal first."
        ),
    ],
)
