"""The examples run as they stand, against the sandbox."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared.servers import FULL
from tests.transports.wire import environment

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"
FRAMEWORKS = ROOT / ".venv" / "frameworks"
"""Where `.ci/frameworks` makes an environment for each."""
SAYS = {
    "langgraph_agent": ("get_session_status", "Okan, Priya and Edda took part."),
    "openai_agents": (
        "ToolCallItem",
        'Session hst_701e74ae08c4 "A shared garden behind the library" is open.',
    ),
    "pydantic_ai_agent": ("get_session_status", "5 people: Juna, Marlow, Sefa, Bo, Hanne."),
}

needs_frameworks = pytest.mark.skipif(
    not FULL,
    reason="Agent frameworks are heavy: .ci/run --full gives each an environment of its own.",
)


def run(example: str, python: str | Path = sys.executable, **env: str) -> str:
    """Run an example as its first lines say, and give what it prints."""
    done = subprocess.run(
        [python, EXAMPLES / f"{example}.py"],
        cwd=ROOT,
        env=environment(no_proxy="*", **env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_python_client() -> None:
    """A session is opened, talked in and summed up with the Python client alone."""
    said = run("python_client")
    assert "Invite people with https://sandbox.harmonica.example/chat?s=hst_" in said
    assert "[AI] Ada said 3 things." in said
    assert "SESSION.md not yet generated" in said
    assert "# A shared garden\n" in said


def test_a_lost_answer() -> None:
    """A session whose answer was lost is found again, and there is only one."""
    said = run("lost_answer")
    assert "Found again: True\nSessions created: 1\n" in said
    assert "POST /sessions answer lost\nGET /sessions 200\n" in said


def test_the_client_of_the_mcp_sdk() -> None:
    """Tools, a resource and a prompt answer the SDK's own client."""
    said = run("mcp_client")
    assert "Tools: get_current_user, list_sessions" in said
    assert "completed: 3 joined, 3 finished" in said
    assert "# Looking back at the spring repair day\n" in said
    assert "## What get_summary answers" in said


@needs_frameworks
@pytest.mark.parametrize("example", SAYS)
def test_a_framework(example: str, tmp_path: Path) -> None:
    """An agent of each framework uses our tools, though it shares no package with the server."""
    command = tmp_path / "harmonica-mcp"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m harmonica_mcp "$@"\n')
    command.chmod(0o700)
    path = f"{tmp_path}:{os.environ['PATH']}"
    said = run(example, FRAMEWORKS / example / "bin" / "python", PATH=path)
    for part in SAYS[example]:
        assert part in said


def test_the_steps_to_a_framework() -> None:
    """The commands of docs/frameworks.md name files that are there and belong together."""
    text = (ROOT / "docs" / "frameworks.md").read_text()
    [steps] = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    named = re.findall(r"examples/\S+", steps)
    assert all((ROOT / path).exists() for path in named)
    assert len({Path(path).stem for path in named}) == 1


@pytest.mark.parametrize("example", SAYS)
def test_requirements(example: str) -> None:
    """The line with which a framework is installed names the file made for it."""
    text = (EXAMPLES / f"{example}.py").read_text()
    [named] = re.findall(r"pip install -r examples/(\S+)", text)
    assert named == f"requirements/{example}.txt"
    assert (EXAMPLES / named).exists()
