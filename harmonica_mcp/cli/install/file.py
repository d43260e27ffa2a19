"""A host's file: read whole, replaced whole, with a backup beside it."""

import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import Self

from harmonica_mcp.cli.install.refused import Refused

_BOM = "\ufeff"
_PRIVATE = 0o600


class ConfigFile:
    """A file as it was when it was read.

    Attributes:
        path: the file; behind a link, what the link leads to.
        text: what it says, empty where there is none yet.
    """

    def __init__(self, path: Path, content: bytes, mode: int | None) -> None:
        self.path = path
        self._content = content
        self._mode = mode
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise Refused(f"{path} is left alone: it is not UTF-8.") from None
        self._bom = _BOM if text.startswith(_BOM) else ""
        self.text = text.removeprefix(_BOM)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read it, whether it exists or not.

        Raises:
            Refused: It cannot be read, or could not be written.
        """
        path = Path(os.path.realpath(path))
        try:
            if not path.parent.is_dir():
                raise Refused(
                    f"There is no folder {path.parent}: install the host and start it once, or "
                    "name its file with --file."
                )
            content, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
        except FileNotFoundError:
            content, mode = b"", None
        except OSError as error:
            raise Refused(f"{path} cannot be read: {error.strerror}.") from None
        if mode is not None and not mode & 0o222:
            raise Refused(f"{path} is left alone: it is read-only.")
        return cls(path, content, mode)

    @property
    def others_can_read(self) -> bool:
        """Whether other users of the machine can read it."""
        # On Windows every file has this mode: others are kept out by other means.
        return sys.platform != "win32" and bool((self._mode or 0) & 0o044)

    def write(self, text: str) -> Path | None:
        """Replace it in one step, and give the backup of what was there.

        Raises:
            Refused: It has changed since it was read, or cannot be written.
        """
        try:
            if (self.path.read_bytes() if self.path.exists() else b"") != self._content:
                raise Refused(f"{self.path} has changed meanwhile: run the command again.")
            backup = self._back_up() if self._mode is not None else None
            self._replace((self._bom + text).encode())
        except OSError as error:
            raise Refused(f"{self.path} cannot be written: {error.strerror}.") from None
        return backup

    def _back_up(self) -> Path:
        """Copy it beside itself, readable for no more people, over no earlier backup."""
        number = 1
        while True:
            backup = self.path.with_name(f"{self.path.name}.before-harmonica-{number}")
            try:
                handle = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
            except FileExistsError:
                number += 1
                continue
            with os.fdopen(handle, "wb") as copy:
                copy.write(self._content)
            return backup

    def _replace(self, content: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
        try:
            with os.fdopen(handle, "wb") as new:
                new.write(content)
            Path(name).chmod(_PRIVATE if self._mode is None else self._mode)
            Path(name).replace(self.path)
        finally:
            Path(name).unlink(missing_ok=True)
