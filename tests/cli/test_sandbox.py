"""`harmonica-mcp sandbox`."""

import os
import signal
import subprocess
import sys

import httpx2
import pytest


def test_the_sandbox_is_served_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """It tells its address and a key, answers like Harmonica, and ends with Ctrl+C."""
    monkeypatch.setenv("no_proxy", "*")
    own = {name: value for name, value in os.environ.items() if not name.startswith("HARMONICA_")}
    with subprocess.Popen(
        [sys.executable, "-m", "harmonica_mcp", "sandbox", "--port", "0"],
        env=own,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr
            url = process.stderr.readline().split()[3].rstrip(",")
            key = process.stderr.readline().split()[-1]
            answer = httpx2.get(f"{url}/me", headers={"Authorization": f"Bearer {key}"})
            assert answer.status_code == 200
            assert len(answer.headers.get_list("date")) == 1
            process.send_signal(signal.SIGINT)
            assert process.wait(10) == 130
            assert process.stderr.read() == ""
        finally:
            process.kill()
