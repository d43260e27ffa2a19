"""A host whose user agrees to everything, and that holds each result against its tool's schema."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from jsonschema import Draft202012Validator
from mcp.client import Client
from mcp.client.context import ClientRequestContext
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult

from harmonica_mcp.server.registry import ToolSpec
from tests.server.examples import SPECS
from tests.server.wire import ENVELOPE, Called, Json, Stage


def closed(schema: Json) -> Json:
    """The schema, refusing also what it does not name."""
    shape = dict(schema)
    if "properties" in shape:
        shape["properties"] = {name: closed(each) for name, each in shape["properties"].items()}
        shape["additionalProperties"] = False
    if "items" in shape:
        shape["items"] = closed(shape["items"])
    return shape


_OUTPUT: dict[tuple[str, str], Draft202012Validator] = {}


def _output_of(spec: ToolSpec) -> Draft202012Validator:
    known = spec.toolset, spec.name
    if known not in _OUTPUT:
        _OUTPUT[known] = Draft202012Validator(closed(spec.build().output_schema or {}))
    return _OUTPUT[known]


def hold(tool: str, called: Called, specs: Sequence[ToolSpec] = SPECS) -> None:
    """Hold what was sent against the tool's own schema; an error has text only."""
    data = called.raw.get("structuredContent")
    assert (data is None) is called.failed
    if data is not None:
        [output] = [_output_of(spec) for spec in specs if spec.name == tool]
        output.validate(data)  # pyright: ignore[reportUnknownMemberType]
    [first, *_] = called.raw["content"]
    assert first["text"].strip()


class Host:
    """A connected host."""

    def __init__(self, client: Client, specs: Sequence[ToolSpec]) -> None:
        self._client = client
        self._specs = specs

    async def call(self, tool: str, **arguments: Any) -> Called:
        """Call a tool."""
        result = await self._client.call_tool(tool, arguments)
        raw = result.model_dump(mode="json", by_alias=True, exclude_none=True)
        called = Called(raw)
        assert isinstance(result, CallToolResult)
        hold(tool, called, self._specs)
        return called


async def _agree(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
    assert context
    assert params.message
    return ElicitResult(action="accept", content={"go_on": True})


@asynccontextmanager
async def hosted(stage: Stage) -> AsyncGenerator[Host]:
    """Connect a host in the stage's era."""
    mode = "auto" if stage.era == ENVELOPE else "legacy"
    async with Client(stage.server, mode=mode, elicitation_callback=_agree) as client:
        yield Host(client, stage.server.specs)


async def call(stage: Stage, tool: str, **arguments: Any) -> Called:
    """Call a tool from a host of its own."""
    async with hosted(stage) as host:
        return await host.call(tool, **arguments)
