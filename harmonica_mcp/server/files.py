"""Local files that a caller may attach: over stdio, below directories that the user allowed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Protocol, cast

from mcp.server.mcpserver import Context, Resolve

from harmonica_mcp.client.context import MAX_FILE
from harmonica_mcp.client.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """The files below some directories; none at all for callers from elsewhere."""

    directories: tuple[Path, ...] = ()

    def read(self, path: str) -> tuple[str, bytes]:
        """The name and the content of a file.

        Raises:
            InvalidInput: It may not be read here, is not there, or is too large to be sent.
        """
        if not self.directories:
            raise InvalidInput(
                "Local files cannot be read here: that needs stdio and HARMONICA_FILES_DIR; give "
                "the text itself instead."
            )
        file = self._allowed(path)
        try:
            if file.stat().st_size > MAX_FILE:
                raise InvalidInput("The file is larger than 4 MB.")
            return file.name, file.read_bytes()
        except OSError:
            raise InvalidInput("There is no such file, or it cannot be read.") from None

    def _allowed(self, path: str) -> Path:
        for directory in self.directories:
            try:
                # Links are followed before the check, so none leads out of the directory.
                file = (directory / Path(path).expanduser()).resolve()
                allowed = file.is_relative_to(directory.resolve()) and file.is_file()
            except (OSError, RuntimeError, ValueError):
                continue
            if allowed:
                return file
        raise InvalidInput("There is no such file below the directories of HARMONICA_FILES_DIR.")


class _Serves(Protocol):
    files: LocalFiles


async def _resolve(context: Context[Any, Any]) -> LocalFiles:
    over_stdio = context.request_context.request is None
    return cast("_Serves", context.mcp_server).files if over_stdio else LocalFiles()


Files = Annotated[LocalFiles, Resolve(_resolve)]
"""A parameter of this type is filled with the files that this caller may attach."""
