"""Harmonica for AI agents (an MCP server) and for Python programs (`HarmonicaClient`)."""

from harmonica_mcp._version import __version__

# Not from `typing`, which takes a host's patience to load.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from harmonica_mcp.client import ApiKey, HarmonicaClient, HarmonicaError

__all__ = ["ApiKey", "HarmonicaClient", "HarmonicaError", "__version__"]


def __getattr__(name: str) -> object:
    # Loaded on first use, so that `harmonica-mcp --version` does not wait for the HTTP client.
    if name in __all__:
        from harmonica_mcp import client  # noqa: PLC0415

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
