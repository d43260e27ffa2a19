"""The one door: what is served, of whatever kind, cannot go round it."""

import json
from typing import Any, cast

import pytest
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError
from mcp.shared.exceptions import MCPError
from mcp_types import Completion

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer
from tests.server.planted import PLANT, SEEN, clean_of
from tests.server.wire import connected


class Careless(HarmonicaServer):
    """Serves prompts as the SDK does."""

    list_prompts = MCPServer.list_prompts
    get_prompt = cast("Any", MCPServer.get_prompt)


def careless() -> HarmonicaServer:
    """A server with a resource, a prompt and completions that clean nothing themselves."""
    server = Careless(Pool(), None, ())

    @server.prompt(name="odd", description=PLANT)
    async def prompt(what: str = "") -> str:
        if what:
            raise MCPError(-32602, PLANT, {"what": [PLANT]})
        return PLANT

    @server.resource("odd://here", name="here", description=PLANT)
    async def here() -> str:
        return PLANT

    @server.resource("odd://gone", name="gone")
    async def gone() -> str:
        raise ResourceError(PLANT)

    @server.resource("odd://{what}/x", name="what", description=PLANT)
    async def template(what: str) -> str:
        return f"{PLANT}{what}"

    @server.completion()
    async def complete(*_: object) -> Completion:
        return Completion(values=[PLANT])

    assert all((prompt, here, gone, template, complete))
    return server


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("prompts/list", {}),
        ("prompts/get", {"name": "odd"}),
        ("resources/read", {"uri": "odd://here"}),
        ("resources/read", {"uri": "odd://gone"}),
        ("resources/read", {"uri": "odd://y/x"}),
        ("resources/templates/list", {}),
        (
            "completion/complete",
            {
                "ref": {"type": "ref/prompt", "name": "odd"},
                "argument": {"name": "what", "value": ""},
            },
        ),
    ],
)
async def test_every_kind_of_answer(era: str, method: str, params: dict[str, object]) -> None:
    """Whatever a handler answers or raises is cleaned on its way out."""
    async with connected(careless(), era) as wire:
        assert SEEN in clean_of(await wire.request(method, params))


async def test_errors_of_the_protocol(era: str) -> None:
    """An error is cleaned, with its data and what it repeats of the request."""
    async with connected(careless(), era) as wire:
        for params in ({"name": PLANT}, {"name": "odd", "arguments": {"what": "x"}}):
            assert clean_of(await wire.error("prompts/get", params))
        plain = await wire.error("prompts/get", {"name": "none"})
    assert plain["message"] in {"Unknown prompt: none", "Internal server error"}


async def test_a_notification_is_no_question(era: str, caplog: pytest.LogCaptureFixture) -> None:
    """A message without an id is dropped, even where it is called like a request."""
    async with connected(careless(), era) as wire:
        sent = {"jsonrpc": "2.0", "method": "resources/read", "params": {"uri": "odd://here"}}
        await wire.send_line.send(json.dumps(sent))
        assert SEEN in clean_of(await wire.read("odd://here"))
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
