"""What a host is told: which command to start, with which arguments and environment."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from harmonica_mcp.cli.install.document import Document
from harmonica_mcp.cli.install.hosts import Host
from harmonica_mcp.cli.install.refused import Refused

NAME = "harmonica"
KEY = "HARMONICA_API_KEY"

ADDRESSES = ("url", "serverUrl", "httpUrl")
"""How hosts call the address of a server that they do not start."""
# An entry for a server behind an address would win over a command, or be refused beside one.
_REMOTE = (*ADDRESSES, "headers", "http_headers", "bearer_token_env_var")


@dataclass(frozen=True)
class Entry:
    """How this server is started."""

    command: str
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def fields(self, host: Host) -> dict[str, object]:
        """The entry as a host writes it."""
        fields: dict[str, object] = {"type": "stdio"} if host.names_transport else {}
        fields |= {"command": self.command, "args": list(self.arguments)}
        if self.environment:
            fields["env"] = dict(self.environment)
        return fields

    def put(self, document: Document, host: Host) -> None:
        """Write it; what its user added to an entry that is there stays."""
        path = (host.servers, NAME)
        there = document.get(path)
        if not isinstance(there, dict):
            document.put(path, self.fields(host))
            return
        names = cast("dict[str, object]", there).keys()
        for name in _REMOTE:
            if name in names:
                document.drop((*path, name))
        for name, value in self.fields(host).items():
            if name != "env" or "env" not in names:
                document.put((*path, name), value)
        for name, value in self.environment.items():
            document.put((*path, "env", name), value)


def key_in(document: Document, host: Host) -> str | None:
    """The key in the entry that is there."""
    key = document.get((host.servers, NAME, "env", KEY))
    return key if isinstance(key, str) else None


def remove(document: Document, host: Host) -> bool:
    """Take the entry out, and the table of servers when that was the last; False without one."""
    path = (host.servers, NAME)
    if document.get(path) is None:
        return False
    document.drop(path)
    if document.get(path[:1]) == {}:
        document.drop(path[:1])
    return True


def started_by(python: str | None = None) -> Entry:
    """The command that starts this installation, by its full path: hosts have another PATH.

    Args:
        python: the interpreter of the installation; the one that runs this when left out.

    Raises:
        Refused: It is one of those that uv throws away, and there is no uvx to make it again.
    """
    # Not resolved: that of a virtual environment is a link to one that lacks our packages.
    interpreter = Path(os.path.abspath(python or sys.executable))  # noqa: PTH100 - see above
    if any(part.startswith(("archive-v", "environments-v")) for part in interpreter.parts):
        uvx = shutil.which("uvx")
        if uvx is None:
            raise Refused(
                "This installation is a passing one of uv's, and there is no uvx on the PATH: "
                "run `uv tool install harmonica-mcp` first."
            )
        return Entry(uvx, ("harmonica-mcp",))
    for name in ("harmonica-mcp", "harmonica-mcp.exe"):
        if (interpreter.parent / name).is_file():
            return Entry(str(interpreter.parent / name))
    return Entry(str(interpreter), ("-m", "harmonica_mcp"))
