"""What the documents say is so."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from harmonica_mcp.cli import main

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
SNIPPETS = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
COMMANDS = sorted(set(re.findall(r"harmonica-mcp ((?:[a-z]+|--help)(?: --[a-z-]+)*)", README)))


def test_the_readme_is_short() -> None:
    """A newcomer reads the README in one go."""
    assert README.count("\n") < 200


def test_generated_tables_are_in_step() -> None:
    """The tables of tools and settings say what the code says."""
    checked = subprocess.run(
        [sys.executable, ".ci/docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    "command",
    [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/harmonica-mcp demo",
        'python3 -m venv .venv && .venv/bin/pip install -e ".[dev]" && .venv/bin/python -m pytest',
    ],
)
def test_the_two_commands_stand_alone(command: str) -> None:
    """Setting up is one line each, which can be copied as it is."""
    assert command in README.splitlines()


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_host_configurations_are_json(snippet: str) -> None:
    """What is pasted into a host's configuration starts our command with a key for its user."""
    servers = json.loads(snippet)
    [server] = (servers.get("mcpServers") or servers["servers"]).values()
    assert server["command"].endswith("/harmonica-mcp")
    assert "HARMONICA_API_KEY" in server["env"]


def test_the_example_configuration_is_the_readmes() -> None:
    """The file to copy for Claude Desktop says the same as the README."""
    example = json.loads((ROOT / "claude_desktop_config.example.json").read_text())
    assert example["mcpServers"]["harmonica"].pop("args") == []
    assert example == json.loads(SNIPPETS[0])


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_that_the_readme_names_exist(command: str) -> None:
    """Every command and flag in the README is one of the program's."""
    name, *flags = command.split()
    told = CliRunner().invoke(main, [name, *([] if name == "--help" else ["--help"])])
    assert told.exit_code == 0
    assert all(flag in told.output for flag in flags)


@pytest.mark.parametrize("document", ["SECURITY.md", "docs/words.md"])
def test_tests_that_a_document_names_exist(document: str) -> None:
    """Who looks for the test behind a promise finds it."""
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (ROOT / document).read_text())
    assert named
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not re.search(rf"^(?:async )?def {name}\b", (ROOT / path).read_text(), re.MULTILINE)
        and name
    ]
    assert missing == []
