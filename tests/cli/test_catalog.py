"""`harmonica-mcp catalog`."""

import json

import pytest
from click.testing import CliRunner

from harmonica_mcp.cli import main
from harmonica_mcp.cli.catalog import hints
from harmonica_mcp.server.catalog import catalog


def test_the_catalog_names_every_tool_with_its_cost() -> None:
    """Each tool is shown with toolset, hints, operations and tokens."""
    result = CliRunner().invoke(main, ["catalog"])
    assert result.exit_code == 0
    for entry in catalog():
        assert entry.name in result.stdout
        assert f"{entry.tokens} tokens" in result.stdout
        assert all(operation in result.stdout for operation in entry.operations)
    assert f"{len(catalog())} tools" in result.stdout
    assert "\n1 tool, " in CliRunner().invoke(main, ["catalog", "--tools", "get_summary"]).stdout


def test_the_catalog_is_json_for_programs() -> None:
    """With --json the same comes as a list of objects."""
    result = CliRunner().invoke(main, ["catalog", "--json"])
    entries = json.loads(result.stdout)
    assert [entry["name"] for entry in entries] == [entry.name for entry in catalog()]
    summary = next(entry for entry in entries if entry["name"] == "get_summary")
    assert "GET /sessions/{id}/summary" in summary["operations"]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--tools", "get_summary,get_session"], ["get_session", "get_summary"]),
        (["--toolsets", "account"], ["get_current_user"]),
        (
            ["--toolsets", "results", "--tools", "create_session", "--read-only"],
            ["get_summary", "get_session_brief", "get_responses"],
        ),
    ],
)
def test_the_catalog_shows_what_was_chosen(options: list[str], names: list[str]) -> None:
    """With the options of serve it shows the tools that serve would offer."""
    result = CliRunner().invoke(main, ["catalog", "--json", *options])
    assert [entry["name"] for entry in json.loads(result.stdout)] == names


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("get_session", "reads"),
        ("create_session", "writes, asks first (sends)"),
        ("update_context_source", "writes, replaces, repeatable"),
        ("ground_responses", "writes, asks first (spends)"),
    ],
)
def test_hints_are_shown_in_words(tool: str, words: str) -> None:
    """The four hints of the protocol become the words that say what is at stake."""
    entry = next(entry for entry in catalog() if entry.name == tool)
    assert hints(entry) == words


def test_a_character_that_the_terminal_lacks() -> None:
    """As where Windows pipes, or an older locale holds: it is spelt out, and the rest stands."""
    command = ["catalog", "--tools", "create_project"]
    told = CliRunner(charset="latin-1").invoke(main, command)
    assert told.exception is None
    assert "\\u2026" in told.stdout
    assert told.stdout == CliRunner().invoke(main, command).stdout.replace("…", "\\u2026")
