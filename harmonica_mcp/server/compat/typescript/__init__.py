"""The official TypeScript server's tools, each of which does the work of one of ours."""

# Each module adds its tools, in this order.
from harmonica_mcp.server.compat.typescript import sessions  # isort: skip
from harmonica_mcp.server.compat.typescript import creating  # isort: skip
from harmonica_mcp.server.compat.typescript import changing  # isort: skip
from harmonica_mcp.server.compat.typescript import people  # isort: skip
from harmonica_mcp.server.compat.typescript import participation  # isort: skip
from harmonica_mcp.server.compat.typescript import templates  # isort: skip
from harmonica_mcp.server.compat.typescript import projects  # isort: skip
from harmonica_mcp.server.compat.typescript import publishing  # isort: skip
from harmonica_mcp.server.compat.typescript import meetings  # isort: skip
from harmonica_mcp.server.compat.typescript.toolset import typescript

__all__ = [
    "changing",
    "creating",
    "meetings",
    "participation",
    "people",
    "projects",
    "publishing",
    "sessions",
    "templates",
    "typescript",
]
