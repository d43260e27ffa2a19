"""The catalogue: one module per toolset. Only the chosen ones are loaded: a host waits for it."""

from collections.abc import Iterable
from importlib import import_module
from typing import cast

from harmonica_mcp.server import compat
from harmonica_mcp.server import options as catalogue
from harmonica_mcp.server.compat.names import Compat
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.registry import Toolset, ToolSpec


def toolset(name: str) -> Toolset:
    """The toolset of this name, which its module calls by the same."""
    return _loaded(__name__, name)


def official(server: Compat) -> Toolset:
    """The tools of an official server."""
    return _loaded(compat.__name__, server)


def all_toolsets() -> list[Toolset]:
    """Every toolset, in the order in which they are listed."""
    return [toolset(name) for name in catalogue.TOOLSETS]


def chosen_tools(options: Options) -> list[ToolSpec]:
    """The tools that these options leave, in the catalogue's order."""
    names = options.names()
    specs = (
        official(options.compat).tools
        if options.compat
        else _tools(name for name, tools in catalogue.TOOLSETS.items() if {*tools} & {*names})
    )
    return [spec for spec in specs if spec.name in names]


def _tools(names: Iterable[str]) -> list[ToolSpec]:
    return [spec for name in names for spec in toolset(name).tools]


def _loaded(room: str, name: str) -> Toolset:
    return cast("Toolset", getattr(import_module(f"{room}.{name}"), name))
