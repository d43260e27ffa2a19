"""The catalogue: one module per toolset, in the order in which they are listed."""

from harmonica_mcp.server.options import Options
from harmonica_mcp.server.registry import Toolset, ToolSpec
from harmonica_mcp.server.toolsets.account import account
from harmonica_mcp.server.toolsets.context import context
from harmonica_mcp.server.toolsets.design import design
from harmonica_mcp.server.toolsets.discovery import discovery
from harmonica_mcp.server.toolsets.helpers import helpers
from harmonica_mcp.server.toolsets.knowledge import knowledge
from harmonica_mcp.server.toolsets.meetings import meetings
from harmonica_mcp.server.toolsets.participation import participation
from harmonica_mcp.server.toolsets.projects import projects
from harmonica_mcp.server.toolsets.publishing import publishing
from harmonica_mcp.server.toolsets.results import results
from harmonica_mcp.server.toolsets.sessions import sessions
from harmonica_mcp.server.toolsets.telegram import telegram
from harmonica_mcp.server.toolsets.templates import templates

TOOLSETS: tuple[Toolset, ...] = (
    account,
    sessions,
    results,
    participation,
    helpers,
    discovery,
    design,
    knowledge,
    context,
    projects,
    publishing,
    templates,
    telegram,
    meetings,
)


def chosen_tools(options: Options) -> list[ToolSpec]:
    """The tools that these options leave, in the catalogue's order."""
    names = options.names()
    specs = [spec for toolset in TOOLSETS for spec in toolset.tools if spec.name in names]
    return [spec for spec in specs if spec.hints.read_only_hint or not options.read_only]


def default_tools() -> list[ToolSpec]:
    """The tools that are served without being asked for."""
    return chosen_tools(Options())
