"""The list of tools by the rules of the hosts that are strictest, and what it costs."""

from collections.abc import Callable
from copy import deepcopy

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.catalog import catalog, toolset_catalog, toolsets_table
from harmonica_mcp.server.options import DEFAULT, TOOLSETS, Options
from tests.server.dialects import DIALECTS, Problems, cursor, gemini, lean, openai
from tests.server.examples import NAMES
from tests.server.wire import ENVELOPE, HANDSHAKE, Json, connected

CHOICES = [
    *(Options(toolsets=(name,)) for name in (*TOOLSETS, "default", "all")),
    *(Options(toolsets=(name,), read_only=True) for name in ("default", "all")),
    Options(tools=("create_session", "install_method_spec"), exclude_tools=("get_session",)),
]
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
