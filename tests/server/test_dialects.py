"""The list of tools by the rules of the hosts that are strictest about schemas."""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.catalog import catalog, toolset_catalog, toolsets_table
from harmonica_mcp.server.options import DEFAULT, TOOLSETS, Options
from tests.server.examples import NAMES
from tests.server.wire import ENVELOPE, HANDSHAKE, Json, connected

SERVER = "harmonica"
"""What the README calls the server in hosts' configurations."""

CHOICES = [
    *(Options(toolsets=(name,)) for name in (*TOOLSETS, "default", "all")),
    *(Options(toolsets=(name,), read_only=True) for name in ("default", "all")),
    Options(tools=("create_session", "install_method_spec"), exclude_tools=("get_session",)),
]
PLAIN = {"string", "integer", "number", "boolean"}
Problems = Iterator[str]


def below(schema: Json) -> Iterator[Json]:
    """A schema and all schemas in it."""
    yield schema
    for inner in schema.get("properties", {}).values():
        yield from below(inner)
    if "items" in schema:
        yield from below(schema["items"])


def gemini(tool: Json) -> Problems:
    """Function declarations of Gemini and Vertex: a small part of OpenAPI, refused as a whole."""
    known = {
        *("type", "description", "enum", "items", "properties", "required", "default"),
        *("minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "pattern"),
    }
    for number, node in enumerate(below(tool["inputSchema"])):
        yield from (f"the word {word}" for word in node.keys() - known)
        if str(node.get("type")) not in PLAIN | {"array", "object"}:
            yield f"the type {node.get('type')}"
        if node.get("type") == "object" and number and not node.get("properties"):
            yield "an object without properties"
        if node.get("type") == "array" and "items" not in node:
            yield "an array without items"
        if "enum" in node and (
            node.get("type") != "string" or not all(isinstance(v, str) for v in node["enum"])
        ):
            yield "an enum of other than texts"
        if not set(node.get("required", [])) <= node.get("properties", {}).keys():
            yield "something required that is no property"
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,62}", tool["name"]):
        yield "the name"


def openai(tool: Json) -> Problems:
    """Function schemas of OpenAI, non-strict."""
    schema = tool["inputSchema"]
    if schema.get("type") != "object" or "properties" not in schema:
        yield "no properties at the top"
    for node in below(schema):
        if node.get("type") == "array" and "items" not in node:
            yield "an array without items"
        yield from (f"the word {w}" for w in node.keys() & {"oneOf", "allOf", "anyOf", "not"})
        yield from (f"the format {node['format']}" for _ in node.keys() & {"format"})
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", f"mcp__{SERVER}__{tool['name']}"):
        yield "the name with the prefix that hosts give it"
    if len(tool["description"]) > 1_024:
        yield "the length of the description"


def cursor(tool: Json) -> Problems:
    """Cursor: short names, and no formats or references in results, which it checks."""
    if len(f"{SERVER}:{tool['name']}") > 60:
        yield "the length of the name"
    for schema in (tool["inputSchema"], tool["outputSchema"]):
        for node in below(schema):
            yield from (f"the word {w}" for w in node.keys() & {"format", "$ref", "$defs"})
            if not isinstance(node.get("type"), str):
                yield "a type that is no single word"


def lean(tool: Json) -> Problems:
    """Our own rules, which leave room for hosts that nobody has tried."""
    if not re.fullmatch("[a-z_]{1,32}", tool["name"]):
        yield "the name"
    for side in ("inputSchema", "outputSchema"):
        nodes = list(below(tool[side]))
        if "properties" not in nodes[0]:
            yield "no properties at the top"
        for node in nodes:
            words = {"format", "$ref", "anyOf", "oneOf", "allOf", "additionalProperties", "title"}
            yield from (f"the word {word} in {side}" for word in node.keys() & words)
            if str(node.get("type")) not in PLAIN | {"array", "object"}:
                yield f"the type {node.get('type')} in {side}"
        for node in nodes if side == "inputSchema" else ():
            fields = node.get("properties", {}).items()
            yield from (f"no description of {n}" for n, f in fields if not f.get("description"))


DIALECTS = (gemini, openai, cursor, lean)
dialects = pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.__name__)


async def listed(options: Options, era: str) -> list[Json]:
    """The list of tools as it is sent."""
    async with connected(build_server(Pool(), options=options), era) as wire:
        return await wire.tools()


def _name(options: Options) -> str:
    chosen = " ".join(options.toolsets or options.tools)
    return f"{chosen} read-only" if options.read_only else chosen


@pytest.mark.parametrize("options", CHOICES, ids=_name)
async def test_every_choice(options: Options) -> None:
    """Whatever is chosen, and in both eras, every tool is taken by every dialect."""
    modern, older = await listed(options, ENVELOPE), await listed(options, HANDSHAKE)
    assert [tool["name"] for tool in modern] == options.names()
    assert older == modern
    problems = {
        (tool["name"], dialect.__name__, problem)
        for tool in modern
        for dialect in DIALECTS
        for problem in dialect(tool)
    }
    assert problems == set()


async def test_a_tool_is_the_same_in_every_choice() -> None:
    """What a tool looks like depends on no other: all choices together are parts of one list."""
    whole = {tool["name"]: tool for tool in await listed(Options(toolsets=("all",)), ENVELOPE)}
    for options in CHOICES:
        for tool in await listed(options, ENVELOPE):
            assert tool == whole[tool["name"]]


GOOD: Json = {
    "name": "say",
    "description": "Say something.",
    "inputSchema": {
        "type": "object",
        "properties": {
            "words": {"type": "string", "description": "What"},
            "how": {"type": "string", "enum": ["loud"], "description": "How"},
            "to": {
                "type": "array",
                "description": "Whom",
                "items": {
                    "type": "object",
                    "properties": {"name": {"type": "string", "description": "Name"}},
                },
            },
        },
        "required": ["words"],
    },
    "outputSchema": {"type": "object", "properties": {"said": {"type": "string"}}},
}


@dialects
def test_a_good_tool(dialect: Callable[[Json], Problems]) -> None:
    """The rules find nothing where nothing is wrong."""
    assert list(dialect(GOOD)) == []


WORDS: Json = {"type": "string", "description": "What"}


@pytest.mark.parametrize(
    ("words", "refusing"),
    [
        (WORDS | {"format": "date-time"}, DIALECTS),
        (WORDS | {"type": ["string", "null"]}, (gemini, cursor, lean)),
        ({"anyOf": [WORDS, {"type": "null"}], "description": "What"}, DIALECTS),
        ({"$ref": "#/$defs/Words", "description": "What"}, (gemini, cursor, lean)),
        ({"type": "array", "description": "What"}, (gemini, openai)),
        ({"type": "object", "properties": {}, "description": "What"}, (gemini,)),
        (
            {"type": "object", "additionalProperties": {"type": "string"}, "description": "What"},
            (gemini, lean),
        ),
        ({"type": "integer", "enum": [1, 2], "description": "What"}, (gemini,)),
        ({"type": "string"}, (lean,)),
        ({"description": "What"}, (gemini, cursor, lean)),
    ],
)
def test_the_rules_notice(words: Json, refusing: tuple[Callable[[Json], Problems], ...]) -> None:
    """Each thing that some host refuses is noticed by that host's rules."""
    tool = deepcopy(GOOD)
    tool["inputSchema"]["properties"]["words"] = words
    assert {each for each in DIALECTS if list(each(tool))} >= set(refusing)


@pytest.mark.parametrize(
    ("change", "refusing"),
    [
        ({"name": "x" * 60}, (openai, cursor, lean)),
        ({"name": "Say"}, (lean,)),
        ({"name": "1 2"}, (gemini, openai, lean)),
        ({"description": "x" * 1_025}, (openai,)),
        ({"inputSchema": {"type": "object"}}, (openai, lean)),
        (
            {"inputSchema": {"type": "object", "properties": {}, "required": ["words"]}},
            (gemini,),
        ),
        (
            {
                "outputSchema": {
                    "type": "object",
                    "properties": {"at": {"type": "string", "format": "date"}},
                }
            },
            (cursor, lean),
        ),
    ],
)
def test_the_rules_notice_more(
    change: Json, refusing: tuple[Callable[[Json], Problems], ...]
) -> None:
    """Names, descriptions and what is sent back have rules as well."""
    assert {each for each in DIALECTS if list(each(GOOD | change))} >= set(refusing)


def test_budgets() -> None:
    """Default set, whole catalogue and each single tool stay within what an agent can afford."""
    sets = toolset_catalog()
    print(toolsets_table(sets))  # noqa: T201 - the table per toolset, as the README shows it
    default = [each for each in sets if each.default]
    assert sum(len(each.tools) for each in default) <= 18
    assert sum(each.tokens for each in default) <= 6_000
    assert sum(len(each.tools) for each in sets) <= 50
    assert sum(each.tokens for each in sets) <= 16_000
    large = {"create_session": 1_000, "update_session": 1_000}
    assert not [each.name for each in catalog() if each.tokens > large.get(each.name, 600)]


def test_the_table_of_toolsets() -> None:
    """Each toolset has a row with its tools and cost; the default ones are marked and summed up."""
    sets = toolset_catalog()
    head, _, *rows, _, total = toolsets_table(sets).split("\n")
    assert head == "| Toolset | Tools | Tokens |"
    assert [each.name for each in sets] == list(TOOLSETS)
    assert [each.default for each in sets] == [name in DEFAULT for name in TOOLSETS]
    for row, each in zip(rows, sets, strict=True):
        assert row.startswith(f"| `{each.name}`{' *' if each.default else ''} | `{each.tools[0]}`")
        assert row.endswith(f" | {each.tokens:,} |")
        assert each.tools == TOOLSETS[each.name]
        assert each.purpose
    whole = f"All: {len(NAMES)} tools, {sum(each.tokens for each in sets):,} tokens."
    assert total.startswith("\\* the default: 18 tools, ")
    assert total.endswith(whole)
