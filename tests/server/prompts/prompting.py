"""Prompts as a host gets them."""

from harmonica_mcp.server.options import TOOLSETS, Options
from harmonica_mcp.server.prompts import PROMPTS
from tests.server.examples import NAMES, SPECS
from tests.server.wire import Wire

ALL = [prompt.name for prompt in PROMPTS]
CHOICES = {
    "default": Options(),
    "all": Options(toolsets=("all",)),
    "read-only": Options(read_only=True),
    "all read-only": Options(toolsets=("all",), read_only=True),
    "lockdown": Options(toolsets=("all",), lockdown=True),
    **{f"only {name}": Options(toolsets=(name,)) for name in TOOLSETS},
    **{f"without {name}": Options(toolsets=("all",), exclude_tools=(name,)) for name in NAMES},
}
TAKES: dict[str, frozenset[str]] = {
    spec.name: frozenset(spec.build().parameters["properties"]) for spec in SPECS
}
GIVEN = {"topic": "Bees", "channel": "poster", "language": "Finnish", "intent": "More bees"}
SOFTLY = "It could not be read just now: "


async def got(wire: Wire, name: str, **arguments: str) -> str:
    """The text of a prompt's only message."""
    answer = await wire.result("prompts/get", {"name": name, "arguments": arguments})
    [message] = answer["messages"]
    assert (message["role"], message["content"]["type"]) == ("user", "text")
    return message["content"]["text"]
