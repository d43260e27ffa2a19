"""Which tools are served: toolsets, single tools, read-only."""

import random

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.options import (
    DEFAULT,
    READING,
    TOOLSETS,
    Options,
    valid_tools,
    valid_toolsets,
)
from harmonica_mcp.server.toolsets import all_toolsets, chosen_tools
from harmonica_mcp.settings import SettingsError, load_settings
from tests.server.examples import NAMES, SPECS
from tests.server.wire import connected

READS = [spec.name for spec in SPECS if spec.hints.read_only_hint]


def of(*toolsets: str) -> list[str]:
    """The tools of some toolsets."""
    return [tool for name in toolsets for tool in TOOLSETS[name]]


async def served(options: Options, era: str) -> list[str]:
    """The tools as a host sees them."""
    async with connected(build_server(Pool(), options=options), era) as wire:
        return [tool["name"] for tool in await wire.tools()]


def test_the_names_are_those_of_the_toolsets() -> None:
    """What settings accept without loading a tool is what the toolsets really hold."""
    registered = {
        toolset.name: tuple(spec.name for spec in toolset.tools) for toolset in all_toolsets()
    }
    assert dict(TOOLSETS) == registered
    assert list(TOOLSETS) == list(registered)
    assert sorted(READING) == sorted(READS)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (Options(), of(*DEFAULT)),
        (Options(toolsets=("default",)), of(*DEFAULT)),
        (Options(toolsets=("all",)), NAMES),
        (Options(toolsets=("meetings", "account")), of("account", "meetings")),
        (Options(toolsets=("default", "design")), of(*DEFAULT, "design")),
        (Options(tools=("get_transcript",)), ["get_transcript"]),
        (
            Options(toolsets=("account",), tools=("list_projects",)),
            ["get_current_user", "list_projects"],
        ),
        (
            Options(toolsets=("telegram", "account"), exclude_tools=("register_telegram_group",)),
            ["get_current_user", "unregister_telegram_group"],
        ),
        (
            Options(tools=("get_project", "create_project"), exclude_tools=("get_project",)),
            ["create_project"],
        ),
        (Options(toolsets=("all",), read_only=True), READS),
        (
            Options(tools=("create_session", "get_session"), read_only=True),
            ["get_session"],
        ),
        (Options(read_only=True), [name for name in of(*DEFAULT) if name in READS]),
    ],
)
async def test_choices(options: Options, names: list[str], era: str) -> None:
    """What is chosen is served, in the catalogue's order; read-only wins over everything."""
    assert await served(options, era) == names


async def test_the_order_is_fixed() -> None:
    """However the names are ordered or repeated, the list is the same."""
    shuffled = random.Random(1).sample(list(TOOLSETS), len(TOOLSETS))  # noqa: S311 - any order
    options = Options(toolsets=(*shuffled, *shuffled), tools=tuple(reversed(NAMES)))
    assert await served(options, "2026-07-28") == NAMES


async def test_read_only_serves_nothing_that_writes(era: str) -> None:
    """Whatever is named besides, no tool that is served changes anything."""
    options = Options(toolsets=("all",), tools=tuple(NAMES), read_only=True)
    async with connected(build_server(Pool(), options=options), era) as wire:
        tools = await wire.tools()
        refused = await wire.error("tools/call", {"name": "delete_project", "arguments": {}})
        templates = (await wire.result("resources/templates/list"))["resourceTemplates"]
    assert tools
    assert all(tool["annotations"]["readOnlyHint"] for tool in tools)
    assert refused["message"] == "Unknown tool: 'delete_project'"
    assert templates


def test_the_default() -> None:
    """The sets that are served without being asked for."""
    assert [spec.name for spec in chosen_tools(Options())] == of(*DEFAULT)
    assert set(DEFAULT) < set(TOOLSETS)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("TOOLSETS", "session", "there is no such toolset; did you mean sessions? the names are"),
        ("TOOLSETS", "xyz", "there is no such toolset; the names are default, all, account, "),
        ("TOOLS", "get_sesion", "there is no such tool; did you mean get_session? the names are"),
        ("EXCLUDE_TOOLS", "telegram", "there is no such tool; the names are get_current_user, "),
    ],
)
def test_unknown_names(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    """A name that does not exist is an error that lists all that do."""
    monkeypatch.setenv(f"HARMONICA_{variable}", f"account,{value}")
    if variable != "TOOLSETS":
        monkeypatch.setenv(f"HARMONICA_{variable}", f"get_session,{value}")
    with pytest.raises(SettingsError) as caught:
        load_settings()
    sentence = str(caught.value)
    assert sentence.startswith(f"HARMONICA_{variable}: {told}")
    for name in TOOLSETS if variable == "TOOLSETS" else NAMES:
        assert name in sentence


def test_known_names() -> None:
    """Every toolset and tool can be named, and `default` and `all`."""
    names = ("default", "all", *TOOLSETS)
    assert valid_toolsets(names) == names
    assert valid_tools(NAMES) == tuple(NAMES)


def test_a_choice_that_leaves_nothing() -> None:
    """A server without any tool is refused at the start."""
    for flags in (
        {"toolsets": "telegram", "read_only": True},
        {"tools": "create_session", "read_only": True},
        {"toolsets": "account", "exclude_tools": "get_current_user"},
    ):
        with pytest.raises(SettingsError, match="leaves no tool"):
            _ = load_settings(**flags).options


def test_what_is_chosen_is_built() -> None:
    """Every choice of toolsets gives specs in the order of the names."""
    for name in TOOLSETS:
        options = Options(toolsets=(name, "account"))
        assert [spec.name for spec in chosen_tools(options)] == options.names()
