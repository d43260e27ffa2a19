"""The list of tools as it is sent: one dialect, every word told, a budget for each."""

import json
import re
from typing import Any

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.server.catalog import catalog, readme_table
from harmonica_mcp.server.confirming import Risk
from harmonica_mcp.server.options import Options
from harmonica_mcp.server.registry import ToolSpec
from harmonica_mcp.server.toolsets import all_toolsets, chosen_tools
from tests.server.examples import NAMES, SPECS
from tests.server.wire import Json, Stage, connected

FORBIDDEN = {"anyOf", "oneOf", "allOf", "$ref", "$defs", "format", "title", "additionalProperties"}
SCALARS = {"string", "integer", "number", "boolean"}
LARGE = {"create_session": 1_000, "update_session": 1_000}
USUAL = 600
DEFAULT_SET = 6_000

every_spec = pytest.mark.parametrize("spec", SPECS, ids=NAMES)


def nodes(schema: Json) -> list[Json]:
    """A schema and all schemas inside it."""
    inner = [
        *schema.get("properties", {}).values(),
        *([schema["items"]] if "items" in schema else []),
    ]
    return [schema, *(node for each in inner for node in nodes(each))]


def tokens(value: object) -> int:
    """Compact JSON in bytes, divided by four and rounded up."""
    return -(-len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()) // 4)


@pytest.fixture
async def listed(stage: Stage) -> dict[str, Json]:
    """The tools by name, as they are sent."""
    async with stage.connect() as wire:
        return {tool["name"]: tool for tool in await wire.tools()}


async def test_one_dialect(listed: dict[str, Json]) -> None:
    """No schema says what some host refuses, or says a thing that nobody reads."""
    for tool in listed.values():
        for node in nodes(tool["inputSchema"]) + nodes(tool["outputSchema"]):
            assert not node.keys() & FORBIDDEN, tool["name"]
            assert node.get("default", 0) is not None, tool["name"]
            assert node["type"] in SCALARS | {"object", "array"}
            assert node["type"] != "array" or node["items"]
            assert all(isinstance(value, str) for value in node.get("enum", []))


async def test_top_level(listed: dict[str, Json]) -> None:
    """Both schemas are objects with properties; what is required is among them."""
    for tool in listed.values():
        for schema in (tool["inputSchema"], tool["outputSchema"]):
            assert schema["type"] == "object"
            assert set(schema.get("required", [])) <= schema["properties"].keys()
        assert tool["outputSchema"]["properties"]


async def test_every_argument_is_told(listed: dict[str, Json]) -> None:
    """Every argument has a description, those inside of objects too, and objects have fields."""
    for tool in listed.values():
        for node in nodes(tool["inputSchema"])[1:]:
            if node["type"] == "object":
                assert node["properties"], tool["name"]
            for field in node.get("properties", {}).values():
                assert field["description"], tool["name"]
        for field in tool["inputSchema"]["properties"].values():
            assert field["description"], tool["name"]


async def test_names_titles_and_hints(listed: dict[str, Json]) -> None:
    """Names are short and plain, titles are there, all four hints are stated, none by default."""
    assert list(listed) == NAMES
    assert len(set(NAMES)) == len(NAMES)
    for name, tool in listed.items():
        assert re.fullmatch("[a-z_]{1,32}", name)
        assert tool["title"]
        hints = tool["annotations"]
        assert hints.keys() == {
            "readOnlyHint",
            "destructiveHint",
            "idempotentHint",
            "openWorldHint",
        }
        assert all(isinstance(value, bool) for value in hints.values())


@every_spec
def test_hints_agree_with_operations(spec: ToolSpec) -> None:
    """A tool that is said to read sends only GET; one that writes sends something else."""
    writes = [operation for operation in spec.operations if not operation.startswith("GET ")]
    assert bool(spec.hints.read_only_hint) is not bool(writes)
    if spec.hints.read_only_hint:
        assert spec.hints.idempotent_hint
        assert not spec.hints.destructive_hint


@every_spec
def test_hints_and_confirmations_agree_with_risks(spec: ToolSpec) -> None:
    """What removes or replaces is said to destroy; what a name can confirm has `confirm`."""
    risks = set(spec.risks)
    assert bool(spec.asks) is bool(risks)
    if risks & {Risk.REMOVES, Risk.REPLACES}:
        assert spec.hints.destructive_hint
    by_name = risks & {Risk.REMOVES, Risk.REPLACES, Risk.SENDS}
    assert ("confirm" in spec.build().parameters["properties"]) is bool(by_name)


def test_every_class_of_risk_has_its_tools() -> None:
    """The catalogue says for each class which tools ask first."""
    found = {risk: {e.name for e in catalog() if risk.value in e.risks} for risk in Risk}
    assert found == {
        Risk.SPENDS: {"ground_responses", "generate_summary"},
        Risk.PUBLISHES: {
            *("publish_sensemaking_topic", "create_unconference_topic"),
            *("create_template", "update_template", "update_session"),
        },
        Risk.SENDS: {"create_session", "update_session"},
        Risk.REMOVES: {
            *("delete_project", "delete_template"),
            *("remove_context_source", "unregister_telegram_group"),
        },
        Risk.REPLACES: {
            *("update_session", "apply_template_prompt"),
            *("update_template", "install_method_spec"),
        },
    }


@every_spec
def test_look_ups_read(spec: ToolSpec) -> None:
    """What only looks something up changes nothing; the scratchpad's POST has a mode for that."""
    for operation in set(spec.lookups) - {"POST /sessions/{id}/scratchpad"}:
        assert operation.startswith("GET ")


@every_spec
def test_description(spec: ToolSpec) -> None:
    """The description begins with one sentence that says what the tool is for."""
    purpose = spec.description.split("\n")[0]
    assert purpose[0].isupper()
    assert purpose.endswith(".")
    assert "  " not in spec.description


async def test_budget_of_each_tool(listed: dict[str, Json]) -> None:
    """No tool costs more of an agent's context than it may."""
    over = {
        name: cost
        for name, tool in listed.items()
        if (cost := tokens(tool)) > LARGE.get(name, USUAL)
    }
    assert over == {}


async def test_budget_of_the_default_set(era: str) -> None:
    """What is served without being asked for costs an agent at most 6,000 tokens."""
    async with connected(build_server(Pool()), era) as wire:
        tools = await wire.tools()
    assert [tool["name"] for tool in tools] == [spec.name for spec in chosen_tools(Options())]
    assert len(tools) <= 18
    assert sum(map(tokens, tools)) <= DEFAULT_SET


async def test_the_catalogue_tells_what_is_served(listed: dict[str, Json]) -> None:
    """Name, title, description, hints and cost in the catalogue are those of the list as sent."""
    for entry in catalog():
        tool = listed[entry.name]
        assert (entry.title, entry.description) == (tool["title"], tool["description"])
        assert entry.hints == tool["annotations"]
        assert entry.tokens == tokens(tool)
        assert entry.purpose == entry.description.split("\n")[0]
    assert [(entry.toolset, entry.name) for entry in catalog()] == [
        (toolset.name, spec.name) for toolset in all_toolsets() for spec in toolset.tools
    ]


def test_operations_in_the_catalogue() -> None:
    """An entry lists the REST operations of the work, and apart from them the look-ups."""
    [entry] = catalog([spec for spec in SPECS if spec.name == "get_session"])
    as_json: dict[str, Any] = entry.to_json()
    assert as_json["toolset"] == "sessions"
    assert as_json["operations"] == ("GET /sessions/{id}",)
    assert as_json["lookups"] == ("GET /sessions",)
    assert json.loads(json.dumps(as_json))["tokens"] == entry.tokens


def test_the_table_of_the_readme() -> None:
    """One row per tool, and the cost of all in the last line."""
    table = readme_table(catalog(chosen_tools(Options()))).splitlines()
    assert len(table) == len(chosen_tools(Options())) + 4
    assert table[2] == (
        "| `get_current_user` | Tell whose Harmonica key is in use, and the plan. "
        "Also the cheapest way to test the key. |  |"
    )
    [update] = [row for row in table if row.startswith("| `update_session`")]
    assert update.endswith(" | publishes, replaces, sends |")
    assert re.fullmatch(r"\d+ tools, about \d,\d00 tokens in an agent's context\.", table[-1])
