"""The catalogue: one module per toolset, in the order in which they are listed."""

from harmonica_mcp.server.registry import Toolset, ToolSpec
from harmonica_mcp.server.toolsets.account import account
from harmonica_mcp.server.toolsets.participation import participation
from harmonica_mcp.server.toolsets.results import results
from harmonica_mcp.server.toolsets.sessions import sessions

TOOLSETS: tuple[Toolset, ...] = (account, sessions, results, participation)


def default_tools() -> list[ToolSpec]:
    """The tools that are served without being asked for."""
    return [spec for toolset in TOOLSETS for spec in toolset.tools]
