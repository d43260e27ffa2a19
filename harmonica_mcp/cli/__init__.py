"""The command line; loads a command's own modules when the command runs."""

from harmonica_mcp.cli.commands import main

__all__ = ["main"]
