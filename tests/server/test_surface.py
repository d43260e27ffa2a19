"""The public surface, toolset by toolset, as files: whatever changes of it shows in a diff.

HARMONICA_UPDATE_SURFACE=1 python -m pytest tests/server/test_surface.py writes them anew.
"""

import json
import os
from pathlib import Path

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.compat.names import COMPAT, Compat
from harmonica_mcp.server.options import TOOLSETS, Options
from harmonica_mcp.server.toolsets import toolset
from tests.server.wire import ENVELOPE, HANDSHAKE, Json, connected

FILES = Path(__file__).parent / "surface"
UPDATE = "HARMONICA_UPDATE_SURFACE"


def hold(name: str, surface: Json) -> None:
    """Hold a part of the surface against its file, or write the file."""
    path = FILES / f"{name}.json"
    text = json.dumps(surface, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get(UPDATE):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    known = path.read_text() if path.exists() else ""
    assert text == known, f"the surface changed: see the diff that {UPDATE}=1 makes in {path.name}"


@pytest.mark.parametrize("name", TOOLSETS)
async def test_toolset(name: str) -> None:
    """A toolset's tools with their schemas and hints, and what it adds to the instructions."""
    options = Options(toolsets=(name,))
    async with connected(build_server(Pool(), options=options), ENVELOPE) as wire:
        tools = await wire.tools()
    one = toolset(name)
    hold(name, {"purpose": one.purpose, "guidance": [*one.guidance], "tools": tools})


@pytest.mark.parametrize("name", COMPAT)
async def test_official(name: Compat) -> None:
    """An official server's tools as we serve them, and the instructions that come with them."""
    async with connected(build_server(Pool(), options=Options(compat=name)), ENVELOPE) as wire:
        told = await wire.result("server/discover")
        tools = (await wire.result("tools/list"))["tools"]
    hold(name, {"instructions": told["instructions"], "tools": tools})


async def test_server() -> None:
    """What is there whatever toolsets are served, and the instructions for the default ones."""
    async with connected(build_server(Pool()), ENVELOPE) as wire:
        told = await wire.result("server/discover")
        tools = await wire.tools()
        everything = (await wire.result("tools/list"))["tools"]
        resources = (await wire.result("resources/templates/list"))["resourceTemplates"]
        prompts = (await wire.result("prompts/list"))["prompts"]
    hold(
        "server",
        {
            "capabilities": told["capabilities"],
            "instructions": told["instructions"],
            "default_tools": [tool["name"] for tool in tools],
            "app_tools": [tool for tool in everything if tool not in tools],
            "resource_templates": resources,
            "prompts": prompts,
        },
    )


def test_no_file_is_left_over() -> None:
    """Every file is the surface of something that is there."""
    assert {path.stem for path in FILES.glob("*.json")} == {*TOOLSETS, *COMPAT, "server"}


async def test_the_list_may_be_kept() -> None:
    """Hosts of the 2026 protocol are told how long the list of tools holds, and for whom."""
    server = build_server(Pool())
    async with connected(server, ENVELOPE) as wire:
        modern = await wire.result("tools/list")
    async with connected(server, HANDSHAKE) as wire:
        older = await wire.result("tools/list")
    assert (modern["ttlMs"], modern["cacheScope"]) == (3_600_000, "private")
    assert not older.keys() & {"ttlMs", "cacheScope"}


async def test_the_list_is_always_the_same() -> None:
    """Asked again, of another server, the list comes in the same order, letter for letter."""
    seen: set[str] = set()
    for _ in range(2):
        server = build_server(Pool(), options=Options(toolsets=("all",)))
        async with connected(server, ENVELOPE) as wire:
            for _ in range(2):
                seen.add(json.dumps(await wire.tools()))
    assert len(seen) == 1
