"""The command line; loads a command's own modules when the command runs."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from harmonica_mcp.cli.commands import main

__all__ = ["main"]


def __getattr__(name: str) -> object:
    # Loaded on first use: hello is said before.
    if name in __all__:
        from harmonica_mcp.cli import commands  # noqa: PLC0415

        return getattr(commands, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
