"""A host's configuration as a text that changes in place."""

from typing import Protocol

from harmonica_mcp.cli.install.hosts import Syntax

Path = tuple[str, ...]
"""Names from the outermost table to a value."""


class Document(Protocol):
    """Values by path; all that is not changed stays as it was written."""

    @property
    def text(self) -> str:
        """The document as it is now."""
        ...

    def get(self, path: Path) -> object:
        """The value there, None where there is none."""
        ...

    def put(self, path: Path, value: object) -> None:
        """Set a value; tables on the way are made.

        Raises:
            Refused: Something on the way is no table.
        """
        ...

    def drop(self, path: Path) -> None:
        """Take a value out that is there."""
        ...


def read(text: str, syntax: Syntax) -> Document:
    """Read a document.

    Raises:
        Refused: It is broken.
    """
    if syntax == "toml":
        from harmonica_mcp.cli.install.toml import TomlText  # noqa: PLC0415 - for one host only

        return TomlText(text)
    from harmonica_mcp.cli.install.jsonc import JsonText  # noqa: PLC0415 - not for the other

    return JsonText(text, comments=syntax == "jsonc")
