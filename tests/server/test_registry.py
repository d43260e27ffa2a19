"""From a function to a tool."""

from typing import Annotated

import anyio
import pytest
from pydantic import Field

from harmonica_mcp.client import Pool
from harmonica_mcp.client.results import GENERATE_SUMMARY, GET_SUMMARY
from harmonica_mcp.client.sessions import LIST_SESSIONS
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result
from tests.server.wire import connected


class Echo(Result):
    """What was said."""

    said: str
    more: str | None = None

    def text(self) -> str:
        """Say it again."""
        return f"Said: {self.said}"


@pytest.fixture
def toolset() -> Toolset:
    """A toolset with one tool."""
    toolset = Toolset("talk", "talking")

    @toolset.tool("Echo", [GET_SUMMARY], lookups=[LIST_SESSIONS], reads=True)
    async def echo(words: Annotated[str, Field(description="What to say")] = "hello") -> Echo:
        """Say something.

        Twice
        or more.
        """
        return Echo(said=words)

    assert echo.__name__ == "echo"
    return toolset


def test_a_declared_tool(toolset: Toolset) -> None:
    """Name and description are the function's, operations and hints the declaration's."""
    [spec] = toolset.tools
    assert (spec.name, spec.title, spec.toolset) == ("echo", "Echo", "talk")
    assert spec.description == "Say something.\n\nTwice or more."
    assert spec.operations == ("GET /sessions/{id}/summary",)
    assert spec.lookups == ("GET /sessions",)


@pytest.mark.parametrize(
    ("declared", "hints"),
    [
        ("reads", (True, False, True)),
        ("nothing", (False, False, False)),
        ("replaces", (False, True, False)),
        ("repeatable", (False, False, True)),
    ],
)
def test_hints(declared: str, hints: tuple[bool, bool, bool]) -> None:
    """Reading is repeatable; writing replaces or repeats only where it is declared."""
    toolset = Toolset("talk", "talking")

    @toolset.tool(
        "Nothing",
        [GENERATE_SUMMARY],
        reads=declared == "reads",
        replaces=declared == "replaces",
        repeatable=declared == "repeatable",
    )
    async def nothing() -> Echo:
        """Do nothing."""
        return Echo(said="")

    [spec] = toolset.tools
    assert nothing.__name__ == spec.name
    stated = spec.hints
    assert hints == (stated.read_only_hint, stated.destructive_hint, stated.idempotent_hint)
    assert stated.open_world_hint is True


def test_the_schemas_of_a_tool(toolset: Toolset) -> None:
    """Arguments and result come from the function's signature; answers leave out what is absent."""
    tool = toolset.tools[0].build()
    assert tool.parameters == {
        "type": "object",
        "properties": {
            "words": {"type": "string", "description": "What to say", "default": "hello"}
        },
    }
    assert tool.output_schema == {
        "type": "object",
        "properties": {"said": {"type": "string"}, "more": {"type": "string"}},
    }


def test_the_schema_of_an_effect() -> None:
    """A tool that changes something always says how its call ended."""
    toolset = Toolset("talk", "talking")

    @toolset.tool("Write", [GENERATE_SUMMARY])
    async def write() -> Echo:
        """Write."""
        return Echo(said="")

    schema = toolset.tools[0].build().output_schema
    assert write.__name__ == "write"
    assert schema
    assert schema["required"] == ["state"]
    assert schema["properties"]["state"]["enum"] == ["done", "running", "not_sent"]


async def test_reading_takes_no_longer_than_a_call_may(era: str) -> None:
    """A reading tool whose time is up says so, and that nothing was changed."""
    toolset = Toolset("slow", "waiting")

    @toolset.tool("Wait", [GET_SUMMARY], reads=True)
    async def wait() -> Echo:
        """Wait."""
        await anyio.sleep_forever()
        raise AssertionError

    server = HarmonicaServer(Pool(), None, toolset.tools, Options(max_call_seconds=0.01))
    async with connected(server, era) as wire:
        called = await wire.call(wait.__name__)
    assert called.error == ("Harmonica did not answer in time; nothing was changed, try again.")


async def test_a_tool_at_work(toolset: Toolset, era: str) -> None:
    """It answers text and structured content, without what is absent."""
    server = HarmonicaServer(Pool(), None, toolset.tools)
    async with connected(server, era) as wire:
        called = await wire.call("echo", words="hm\u200b")
    assert called.data == {"said": "hm"}
    assert called.text == "Said: hm"
