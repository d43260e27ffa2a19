"""What the documents say is so."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from harmonica_mcp.cli import main
from harmonica_mcp.cli.install.entry import Entry
from harmonica_mcp.cli.install.hosts import HOSTS
from harmonica_mcp.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
HOSTS_DOCUMENT = (ROOT / "docs" / "hosts.md").read_text()
# Each host's section: its title, the language of its snippet, the snippet.
SNIPPETS = re.findall(
    r"### (.*?)\n(?:(?!###).)*?```(json|toml)\n(.*?)```", HOSTS_DOCUMENT, re.DOTALL
)
DOCUMENTS = {path.name: path.read_text() for path in [ROOT / "README.md", *ROOT.glob("docs/*.md")]}
ALL_OF_THEM = "\n".join(DOCUMENTS.values())
# A command, and the flags that follow it on its line with their values.
COMMANDS = sorted(
    set(re.findall(r"harmonica-mcp ((?:[a-z]+|--[a-z-]+)\b(?: (?!&)[^\s`|]+)*)", ALL_OF_THEM))
)
SETTINGS = sorted(set(re.findall(r"\bHARMONICA_([A-Z_]+)\b", ALL_OF_THEM)))
LINKS = sorted(
    {
        (path.relative_to(ROOT), link)
        for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
        for link in re.findall(r"\]\(([^):]+)\)", path.read_text())
    }
)


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


def test_every_host_has_its_snippet() -> None:
    """Whoever prefers to write the file by hand finds what to write."""
    assert [title for title, _, _ in SNIPPETS] == [host.title for host in HOSTS.values()]


@pytest.mark.parametrize(("title", "language", "snippet"), SNIPPETS)
def test_host_configurations_are_those_that_the_installer_writes(
    title: str, language: str, snippet: str
) -> None:
    """What is pasted into a host's file by hand is what the installer puts there."""
    [host] = [host for host in HOSTS.values() if host.title == title]
    written = (tomllib.loads if language == "toml" else json.loads)(snippet)
    key = "${input:harmonica_key}" if host.name == "vscode" else "hm_live_" + "0" * 32
    entry = Entry("/full/path/to/.venv/bin/harmonica-mcp", (), {"HARMONICA_API_KEY": key})
    inputs = written.pop("inputs", [])
    assert written == {host.servers: {"harmonica": entry.fields(host)}}
    assert [asked["id"] for asked in inputs] == ["harmonica_key"] * (host.name == "vscode")


def test_the_example_configuration_is_the_documents() -> None:
    """The file to copy for Claude Desktop says the same as the document."""
    example = (ROOT / "claude_desktop_config.example.json").read_text()
    assert json.loads(example) == json.loads(SNIPPETS[0][2])


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_that_documents_name_exist(command: str) -> None:
    """Every command and flag in the documents is one of the program's."""
    words = command.split()
    name = words[0] if words[0].isalpha() else "serve"
    told = CliRunner().invoke(main, ["--help"] if "--help" in words else [name, "--help"])
    assert told.exit_code == 0
    assert all(word in told.output for word in words if word.startswith("--"))


@pytest.mark.parametrize("document", ["SECURITY.md", "docs/words.md", "docs/privacy.md"])
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


@pytest.mark.parametrize("name", SETTINGS)
def test_settings_that_documents_name_exist(name: str) -> None:
    """Every variable in the documents is a setting."""
    assert name.lower() in Settings.model_fields


@pytest.mark.parametrize(("document", "link"), LINKS)
def test_links_lead_somewhere(document: Path, link: str) -> None:
    """What a document links to is there, and so is the heading that the link names."""
    name, _, heading = link.partition("#")
    target = (ROOT / document).parent / name if name else ROOT / document
    assert target.exists()
    if heading:
        headings = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE)
        plain = (re.sub(r"[^\w\- ]", "", each.lower()) for each in headings)
        assert heading in [each.replace(" ", "-") for each in plain]
