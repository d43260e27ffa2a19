"""The commands as a person types them, and what the host reads afterwards."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from harmonica_mcp.cli import main
from harmonica_mcp.cli.install.hosts import HOSTS
from harmonica_mcp.cli.install.places import Machine, place

FILES = Path(__file__).parent / "files"
KEY = "hm_live_" + "0" * 32
OTHER_KEY = "hm_live_" + "1" * 32
OTHERS = "not-for-your-eyes"
"""The secrets of other servers in the example files."""


def run(*arguments: str, typed: str | None = None) -> Result:
    """Run a command, with what a person types."""
    return CliRunner().invoke(main, arguments, input=typed)


def example(host: str) -> tuple[Path, str]:
    """The host's file with the example in its place."""
    path = place(host, Machine.this())
    [source] = FILES.glob(f"{host}.*")
    path.write_bytes(source.read_bytes())
    return path, source.read_text()


def plain(text: str, host: str) -> dict[str, dict[str, Any]]:
    """What the host reads, read by other means than those of the installer."""
    if HOSTS[host].syntax == "toml":
        return tomllib.loads(text)
    if HOSTS[host].syntax == "jsonc":
        text = re.sub(r"(^|\s)//.*$|/\*.*?\*/", "", text, flags=re.MULTILINE)
        text = re.sub(r",(\s*[}\]])", r"\1", text)
    return json.loads(text)
