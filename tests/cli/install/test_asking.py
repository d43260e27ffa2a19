"""The key, typed at a real terminal."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.transports.wire import environment

pty = pytest.importorskip("pty", reason="terminals are opened otherwise on Windows")

KEY = "hm_live_" + "0" * 32


def test_a_typed_key_is_not_shown(tmp_path: Path) -> None:
    """Nothing of the key appears on the terminal, and it ends in the file."""
    path = tmp_path / "mcp.json"
    master, terminal = pty.openpty()
    command = [sys.executable, "-m", "harmonica_mcp", "install", "cursor", "--no-check"]
    with subprocess.Popen(
        [*command, "--file", str(path)],
        env=environment(),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    ) as process:
        os.close(terminal)
        shown = _until(master, "Key (hidden):")
        os.write(master, f"{KEY}\n".encode())
        shown += _until(master, "Write this?")
        os.write(master, b"y\n")
        shown += _until(master, "Restart Cursor")
        assert process.wait(10) == 0
    os.close(master)
    assert KEY not in shown
    assert KEY in path.read_text()


def _until(terminal: int, words: str) -> str:
    shown = ""
    while words not in shown:
        shown += os.read(terminal, 1024).decode(errors="replace")
    return shown
