"""Which tools are served."""

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.options import TOOLSETS, Options, valid_tools, valid_toolsets
from harmonica_mcp.server.toolsets import all_toolsets, chosen_tools
from tests.server.examples import NAMES, SPECS
from tests.server.wire import connected

READING = [spec.name for spec in SPECS if spec.hints.read_only_hint]


def served(options: Options) -> list[str]:
    """The names of the tools that these options leave."""
    return [spec.name for spec in chosen_tools(options)]


def test_the_names_are_those_of_the_tools() -> None:
    """The names known before the catalogue is loaded are the catalogue's own, in its order."""
    built = {toolset.name: tuple(spec.name for spec in toolset.tools) for toolset in all_toolsets()}
    assert built == TOOLSETS


def test_default_and_all() -> None:
    """Without options the default set is served; `all` is everything."""
    assert served(Options()) == served(Options(toolsets=("default",)))
    assert served(Options(toolsets=("all",))) == NAMES
    assert 0 < len(served(Options())) < len(NAMES)


def test_toolsets_and_tools() -> None:
    """Toolsets and single tools add up; a single tool alone brings no default set."""
    assert served(Options(tools=("get_project",))) == ["get_project"]
    both = served(Options(toolsets=("account",), tools=("get_project",)))
    assert both == ["get_current_user", "get_project"]
    plus = served(Options(toolsets=("default", "projects")))
    assert plus == [name for name in NAMES if name in {*served(Options()), *TOOLSETS["projects"]}]


def test_excluded() -> None:
    """An excluded tool is not served, whatever else names it."""
    options = Options(toolsets=("account",), tools=("get_project",), exclude_tools=("get_project",))
    assert served(options) == ["get_current_user"]


def test_read_only() -> None:
    """Read-only wins over everything, also over tools that were named."""
    assert served(Options(toolsets=("all",), read_only=True)) == READING
    assert served(Options(tools=("create_session",), read_only=True)) == []


async def test_only_the_chosen_are_there(era: str) -> None:
    """A tool that is not served is neither listed nor called."""
    options = Options(toolsets=("all",), read_only=True)
    async with connected(build_server(Pool(), options=options), era) as wire:
        listed = (await wire.result("tools/list"))["tools"]
        error = await wire.error("tools/call", {"name": "create_session", "arguments": {}})
    assert [tool["name"] for tool in listed] == READING
    assert error["code"] == -32602


def test_valid_names() -> None:
    """Names that exist are returned as they are."""
    assert valid_toolsets(["all", "default", "account"]) == ("all", "default", "account")
    assert valid_tools(iter(["get_project"])) == ("get_project",)


def test_unknown_names() -> None:
    """A name that does not exist is refused with the nearest and all there are."""
    with pytest.raises(ValueError, match="no such toolset; did you mean account"):
        valid_toolsets(["accounts"])
    with pytest.raises(ValueError, match="no such tool; the names are get_current_user, "):
        valid_tools(["zzz"])
