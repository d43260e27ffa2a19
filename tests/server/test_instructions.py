"""The server's instructions, for every choice of toolsets."""

import itertools
import re

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.guard import STANDING_RULE
from harmonica_mcp.server.instructions import instructions
from harmonica_mcp.server.options import TOOLSETS, Options
from harmonica_mcp.server.toolsets import all_toolsets, chosen_tools
from tests.server.examples import NAMES, SPECS
from tests.server.wire import ENVELOPE, HANDSHAKE, Json, connected

WORDS = re.compile(r"[a-z]+(?:_[a-z]+)+")


def named(text: str) -> set[str]:
    """The tools that a text names, whatever stands around their names."""
    return {word for word in WORDS.findall(text) if word in NAMES}


@pytest.mark.parametrize("read_only", [False, True])
def test_only_served_tools_are_named(read_only: bool) -> None:
    """Whichever toolsets are chosen together, no tool is named that is not served."""
    by_name = {spec.name: spec for spec in SPECS}
    for size in range(1, len(TOOLSETS) + 1):
        for chosen in itertools.combinations(TOOLSETS, size):
            names = Options(toolsets=chosen, read_only=read_only).names()
            text = instructions([by_name[name] for name in names], Options(lockdown=read_only))
            assert named(text) <= set(names), chosen


@pytest.mark.parametrize("left_out", NAMES)
def test_a_tool_that_is_left_out(left_out: str) -> None:
    """What names a tool that is left out is not said, and the rest is."""
    options = Options(toolsets=("all",), exclude_tools=(left_out,))
    text = instructions(chosen_tools(options), options)
    assert left_out not in named(text)
    sentences = {s for toolset in all_toolsets() for s in toolset.guidance}
    assert all(s in text for s in sentences if f"`{left_out}`" not in s)


def test_every_sentence_is_said_somewhere() -> None:
    """With all tools every toolset's guidance stands there, and names real tools only."""
    text = instructions(SPECS, Options())
    for toolset in all_toolsets():
        for sentence in toolset.guidance:
            assert sentence in text
            assert set(re.findall(r"`(\w+)`", sentence)) <= set(NAMES)


async def test_what_a_host_is_told(era: str) -> None:
    """A host gets them as it connects: what Harmonica is, and how strangers' words are meant."""
    options = Options(toolsets=("meetings",))
    async with connected(build_server(Pool(), options=options), era) as wire:
        hello: dict[str, tuple[str, Json]] = {
            ENVELOPE: ("server/discover", {}),
            HANDSHAKE: (
                "initialize",
                {
                    "protocolVersion": era,
                    "capabilities": {},
                    "clientInfo": {"name": "t", "version": "1"},
                },
            ),
        }
        text = (await wire.result(*hello[era]))["instructions"]
    assert text.startswith("Harmonica runs group deliberations: ")
    assert "What `get_meeting_restrictions` forbids must not be done with a meeting." in text
    assert text.endswith(STANDING_RULE)
    assert len(text) < 2_000
