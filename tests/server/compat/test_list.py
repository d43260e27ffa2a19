"""Which tools HARMONICA_COMPAT serves, and with which arguments."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from harmonica_mcp.cli import main
from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.compat.names import COMPAT, LOCKED_OUT, READING
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.toolsets import chosen_tools
from harmonica_mcp.settings import SettingsError, load_settings
from tests.server.compat.official import ARGUMENTS, MORE
from tests.server.dialects import DIALECTS
from tests.server.examples import NAMES
from tests.server.wire import ENVELOPE, Json, connected

OFFICIAL = Options(compat="typescript")
DOCUMENT = Path(__file__).parents[3] / "docs" / "compat.md"


async def listed(options: Options, era: str) -> list[Json]:
    """The list of tools as it is sent."""
    async with connected(build_server(Pool(), options=options), era) as wire:
        return (await wire.result("tools/list"))["tools"]


async def test_the_names_and_arguments_are_the_official_ones(era: str) -> None:
    """The 26 tools are served, each with its official arguments and the few that go further."""
    tools = await listed(OFFICIAL, era)
    assert len(tools) == len(ARGUMENTS) == 26
    shown = {
        tool["name"]: (
            {*tool["inputSchema"].get("required", [])},
            {*tool["inputSchema"]["properties"]},
        )
        for tool in tools
    }
    assert shown == {
        name: (
            {*needed.split()},
            {*needed.split(), *optional.split(), *MORE.get(name, "").split()},
        )
        for name, (needed, optional) in ARGUMENTS.items()
    }


async def test_every_host_takes_the_list(era: str) -> None:
    """The official list keeps the rules of the strictest hosts, too."""
    problems = {
        (tool["name"], dialect.__name__, problem)
        for tool in await listed(OFFICIAL, era)
        for dialect in DIALECTS
        for problem in dialect(tool)
    }
    assert problems == set()


def test_what_is_known_without_loading() -> None:
    """Names, order and what only reads are known before any tool is loaded, and true."""
    specs = chosen_tools(OFFICIAL)
    assert tuple(spec.name for spec in specs) == COMPAT["typescript"]
    assert {spec.name for spec in specs if spec.reads} == READING


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (Options(compat="typescript", read_only=True), READING),
        (Options(compat="typescript", lockdown=True), ARGUMENTS.keys() - LOCKED_OUT),
        (
            Options(compat="typescript", exclude_tools=("chat_message",)),
            ARGUMENTS.keys() - {"chat_message"},
        ),
    ],
)
async def test_narrowing(options: Options, names: set[str], era: str) -> None:
    """Read-only, lockdown and single tools to leave out narrow the official list as ours."""
    assert {tool["name"] for tool in await listed(options, era)} == names


async def test_instructions(era: str) -> None:
    """Instructions and descriptions name no tool that is not served."""
    async with connected(build_server(Pool(), options=OFFICIAL), ENVELOPE) as wire:
        told = (await wire.result("server/discover"))["instructions"]
    assert "official TypeScript server" in told
    told += " ".join(json.dumps(tool) for tool in await listed(OFFICIAL, era))
    ours_only = set(NAMES) - ARGUMENTS.keys()
    assert not [name for name in ours_only if re.search(rf"\b{name}\b", told)]


@pytest.mark.parametrize("flag", ["toolsets", "tools"])
def test_with_another_choice(flag: str) -> None:
    """The official list and a choice of our tools exclude each other: that is said at once."""
    settings = load_settings(
        compat="typescript", **{flag: {"tools": "get_session"}.get(flag, "all")}
    )
    with pytest.raises(SettingsError) as caught:
        _ = settings.options
    assert str(caught.value) == (
        "HARMONICA_COMPAT serves the official server's tools and no others: leave out "
        "HARMONICA_TOOLSETS and HARMONICA_TOOLS."
    )


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The setting chooses the list; what is left out must be of that list."""
    monkeypatch.setenv("HARMONICA_COMPAT", "typescript")
    monkeypatch.setenv("HARMONICA_EXCLUDE_TOOLS", "chat_message")
    assert "chat_message" not in load_settings().options.names()
    monkeypatch.setenv("HARMONICA_EXCLUDE_TOOLS", "send_chat_message")
    with pytest.raises(SettingsError, match="HARMONICA_EXCLUDE_TOOLS: there is no such tool; did"):
        load_settings()
    monkeypatch.setenv("HARMONICA_EXCLUDE_TOOLS", "")
    monkeypatch.setenv("HARMONICA_COMPAT", "python")
    with pytest.raises(SettingsError, match="HARMONICA_COMPAT: give 'typescript'"):
        load_settings()


def test_the_catalog_shows_them() -> None:
    """`harmonica-mcp catalog --compat typescript` lists the official tools and what they send."""
    result = CliRunner().invoke(main, ["catalog", "--json", "--compat", "typescript"])
    entries = json.loads(result.stdout)
    assert tuple(entry["name"] for entry in entries) == COMPAT["typescript"]
    assert {entry["toolset"] for entry in entries} == {"typescript"}
    [chat] = [entry for entry in entries if entry["name"] == "chat_message"]
    assert chat["operations"] == ["POST /sessions/{id}/chat"]


def test_the_document_has_them_all() -> None:
    """docs/compat.md has a row for each tool, with all its arguments."""
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \|", DOCUMENT.read_text(), re.MULTILINE)
    told = {name: re.findall(r"`(\w+)`", arguments) for name, arguments in rows}
    assert {name: sorted(arguments) for name, arguments in told.items()} == {
        name: sorted(f"{needed} {optional} {MORE.get(name, '')}".split())
        for name, (needed, optional) in ARGUMENTS.items()
    }
