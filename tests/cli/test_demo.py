"""`harmonica-mcp demo`."""

import subprocess
import sys

import pytest

from harmonica_mcp.cli import demo
from tests.transports.wire import environment


def test_the_demo_runs_to_its_end() -> None:
    """In under twenty seconds it goes from an empty session to its brief, in plain text."""
    done = subprocess.run(
        [sys.executable, "-m", "harmonica_mcp", "demo"],
        env=environment(HARMONICA_API_KEY="not looked at"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    for shown in (
        "get_current_user()",
        f'create_session(topic="{demo.TOPIC}"',
        "The conversation is finished.",
        "3 of 3 batches",
        "resources/read harmonica://sessions/",
        f"# {demo.TOPIC}",
        "Done in ",
    ):
        assert shown in done.stdout


def test_a_step_that_fails_fails_the_demo(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """When a conversation does not end, the demo says so and ends with 1."""
    monkeypatch.setattr(demo, "PEOPLE", {"[AI] Ada": ("Near.", "Herbs.")})
    with pytest.raises(SystemExit) as end:
        demo.run_demo()
    assert end.value.code == 1
    told = capfd.readouterr()
    assert "The demo stopped: step 6: the conversation with [AI] Ada did not come" in told.err
    assert "Done in" not in told.out
