"""The MCP hosts that can be configured, and how each writes down its servers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Syntax = Literal["json", "jsonc", "toml"]


@dataclass(frozen=True)
class Host:
    """One program that starts MCP servers."""

    name: str
    """As the command line calls it."""
    title: str
    syntax: Syntax
    """Of its file; `jsonc` is JSON with comments and trailing commas."""
    servers: str
    """The table of servers in that file."""
    restart: str
    """What makes it see a change."""
    names_transport: bool = False
    """Whether an entry states `"type": "stdio"`."""


_HOSTS = (
    Host(
        "claude-desktop",
        "Claude Desktop",
        "json",
        "mcpServers",
        "Quit Claude Desktop and start it again; closing its window is not enough.",
    ),
    Host(
        "claude-code",
        "Claude Code",
        "json",
        "mcpServers",
        "Start a new session of Claude Code; /mcp shows the server.",
        names_transport=True,
    ),
    Host(
        "cursor",
        "Cursor",
        "jsonc",
        "mcpServers",
        "Restart Cursor, or switch the server on in its settings under MCP.",
    ),
    Host(
        "vscode",
        "VS Code",
        "jsonc",
        "servers",
        "Run `MCP: List Servers` in VS Code and start the server there.",
        names_transport=True,
    ),
    Host(
        "windsurf",
        "Windsurf",
        "json",
        "mcpServers",
        "Restart Windsurf, or refresh the servers in Cascade.",
    ),
    Host(
        "codex",
        "Codex",
        "toml",
        "mcp_servers",
        "Start a new session of Codex; /mcp shows the server.",
    ),
    Host(
        "zed",
        "Zed",
        "jsonc",
        "context_servers",
        "Zed sees the change by itself; the settings of its agent panel show the server.",
    ),
)
HOSTS: Mapping[str, Host] = {host.name: host for host in _HOSTS}
