"""A home of its own for a test, with every host in it."""

import os
from pathlib import Path

import pytest

from harmonica_mcp.cli.install.hosts import HOSTS
from harmonica_mcp.cli.install.places import Machine, place


def move_in(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Make this folder the person's home, where every host is and nothing is set."""
    for name in list(os.environ):
        if name.startswith("HARMONICA_"):
            monkeypatch.delenv(name)
    for name in ("XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    for host in HOSTS:
        place(host, Machine.this()).parent.mkdir(parents=True, exist_ok=True)
