"""Toolset `templates`: read, make, change and delete templates; install method specs."""

# Each module adds its tools, in this order.
from harmonica_mcp.server.toolsets.templates import showing  # isort: skip
from harmonica_mcp.server.toolsets.templates import changing  # isort: skip
from harmonica_mcp.server.toolsets.templates import installing  # isort: skip
from harmonica_mcp.server.toolsets.templates.toolset import templates

__all__ = ["changing", "installing", "showing", "templates"]
