"""Where each host keeps the file that names its servers, on Linux, macOS and Windows."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from harmonica_mcp.cli.install.refused import Refused


@dataclass(frozen=True)
class Machine:
    """What a place depends on."""

    platform: str
    """As `sys.platform` says: `darwin`, `win32`, or another one, which counts as Linux."""
    home: Path
    variables: Mapping[str, str]

    @classmethod
    def this(cls) -> Self:
        """The machine that runs this, for the person who runs it.

        Raises:
            Refused: That person has no home.
        """
        try:
            return cls(sys.platform, Path.home(), os.environ)
        except RuntimeError:
            # As in containers that run as a user whom nobody knows.
            raise Refused("This user has no home folder: name the file with --file.") from None

    @property
    def settings(self) -> Path:
        """The folder of programs' settings."""
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        if self.platform == "win32":
            return self.named("APPDATA", self.home / "AppData" / "Roaming")
        return self.named("XDG_CONFIG_HOME", self.home / ".config")

    def named(self, variable: str, otherwise: Path) -> Path:
        """The folder that a variable names, another one where it names none."""
        return Path(self.variables.get(variable) or otherwise)


def place(host: str, machine: Machine) -> Path:
    """The file of a host, whether it exists or not.

    Raises:
        Refused: It could be one of several.
    """
    return _PLACES[host](machine)


def _claude_desktop(machine: Machine) -> Path:
    folder = machine.settings / "Claude"
    if machine.platform == "win32":
        folder = _packaged(machine) or folder
    return folder / "claude_desktop_config.json"


def _packaged(machine: Machine) -> Path | None:
    """The folder that Windows gives to Claude Desktop where it came as a package (MSIX).

    Such a program does not see the usual folder.
    """
    local = machine.named("LOCALAPPDATA", machine.home / "AppData" / "Local")
    found = sorted(local.glob("Packages/Claude_*/LocalCache/Roaming/Claude"))
    if len(found) > 1:
        raise Refused(
            "Claude Desktop is installed more than once: name the file with --file, which is "
            f"claude_desktop_config.json in one of {', '.join(map(str, found))}."
        )
    return found[0] if found else None


def _zed(machine: Machine) -> Path:
    if machine.platform == "win32":
        return machine.settings / "Zed" / "settings.json"
    folder = machine.home / ".config" if machine.platform == "darwin" else machine.settings
    return folder / "zed" / "settings.json"


_PLACES: Mapping[str, Callable[[Machine], Path]] = {
    "claude-desktop": _claude_desktop,
    "claude-code": lambda machine: (
        machine.named("CLAUDE_CONFIG_DIR", machine.home) / ".claude.json"
    ),
    "cursor": lambda machine: machine.home / ".cursor" / "mcp.json",
    "vscode": lambda machine: machine.settings / "Code" / "User" / "mcp.json",
    "windsurf": lambda machine: machine.home / ".codeium" / "windsurf" / "mcp_config.json",
    "codex": lambda machine: machine.named("CODEX_HOME", machine.home / ".codex") / "config.toml",
    "zed": _zed,
}
