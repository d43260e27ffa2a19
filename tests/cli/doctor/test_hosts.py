"""Hosts' configurations in the report."""

import json
import sys
from pathlib import Path

import pytest

from harmonica_mcp.cli.doctor.hosts import examine
from harmonica_mcp.cli.doctor.report import Check
from harmonica_mcp.cli.install.places import Machine, place

KEY = "hm_live_" + "0123456789abcdef" * 2
GOOD = {"command": sys.executable, "env": {"HARMONICA_API_KEY": KEY}}


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A machine without hosts, whose user owns the program."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return Machine("linux", tmp_path, {})


def cursor(machine: Machine, text: str | bytes) -> Check:
    """Look at a machine where Cursor's file says this."""
    path = place("cursor", machine)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return examine(machine)


def entry(**fields: object) -> str:
    """A file whose entry has these fields."""
    return json.dumps({"mcpServers": {"harmonica": fields}})


def test_no_host_at_all(machine: Machine) -> None:
    """Where there is none, the way to set one up is named."""
    told = examine(machine)
    assert told.state == "ok"
    assert told.text == (
        "0 of 0 found here start this server or use one over HTTP; "
        "`harmonica-mcp install HOST` sets one up"
    )


@pytest.mark.parametrize(
    ("env", "key"),
    [
        ({"HARMONICA_API_KEY": KEY}, "with a key"),
        ({}, "with a key from elsewhere, or without one"),
        ({"HARMONICA_API_KEY": "${input:harmonica_key}"}, "with a key from elsewhere, or"),
    ],
)
def test_a_host_that_starts_this_server(machine: Machine, env: dict[str, str], key: str) -> None:
    """Command and presence of a key are told; the key is not."""
    told = cursor(machine, entry(command=sys.executable, env=env))
    assert told.state == "ok"
    assert told.text == "1 of 1 found here start this server or use one over HTTP"
    [line] = told.details
    assert line.startswith(f"Cursor: starts {sys.executable}, {key}")
    [facts] = told.facts["hosts"]
    assert facts["file"] == str(Path("~/.cursor/mcp.json"))
    assert KEY not in str(told)


def test_a_host_with_the_sandbox(machine: Machine) -> None:
    """Where the sandbox is served nobody needs to look for a key."""
    told = cursor(machine, entry(command=sys.executable, args=["serve", "--sandbox"]))
    assert (told.state, len(told.details)) == ("ok", 1)
    assert told.details[0].endswith(f"{sys.executable}, on the sandbox, which needs no key")


def test_a_host_with_a_server_over_http(machine: Machine) -> None:
    """An entry with an address, as docs/hosts.md shows it, is no fault; its header is not shown."""
    headers = {"Authorization": f"Bearer {KEY}"}
    told = cursor(machine, entry(url="https://mcp.example.org/mcp", headers=headers))
    assert told.state == "ok"
    assert told.text.startswith("1 of 1 found here")
    assert told.details == ["Cursor: uses a server over HTTP, not asked here"]
    assert KEY not in str(told)


def test_a_host_without_an_entry(machine: Machine) -> None:
    """A host that is there and not set up is no fault."""
    told = cursor(machine, '{"mcpServers": {}} // none')
    assert told.state == "ok"
    assert told.details == ["Cursor: has no entry for this server"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (entry(command="~/gone/harmonica-mcp"), "there is no ~/gone/harmonica-mcp to start: run"),
        (entry(args=["serve"]), "its entry `harmonica` starts no command"),
        (
            entry(command=sys.executable, env={"HARMONICA_API_KEY": "sk-secret"}),
            "its HARMONICA_API_KEY is no Harmonica key",
        ),
        ("{", "it is no valid JSON ("),
        (b"\xff\xfe{", "its file cannot be read"),
    ],
)
def test_what_somebody_should_look_at(machine: Machine, text: str | bytes, why: str) -> None:
    """A command that is gone, a key that is none and a broken file are noted, without the key."""
    told = cursor(machine, text)
    assert told.state == "note"
    assert why in told.details[0]
    assert "sk-secret" not in str(told)


def test_a_broken_host_hides_no_other(machine: Machine) -> None:
    """Each host is looked at by itself."""
    path = place("vscode", machine)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"servers": {"harmonica": GOOD}}))
    told = cursor(machine, "{")
    assert told.text.startswith("1 of 2 found here")
    assert len(told.details) == 2
