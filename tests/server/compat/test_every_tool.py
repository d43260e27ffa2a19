"""What holds for each of the official tools, in both eras."""

import itertools
import re

import jsonschema
import pytest

from harmonica_mcp.server.options import Options
from harmonica_mcp.server.registry import ToolSpec
from harmonica_mcp.server.toolsets import chosen_tools
from tests.server.compat.official import ARGUMENTS, CAFE, DAY, EXAMPLES, GROUP, OWN, SPEC
from tests.server.conftest import MakeStage
from tests.server.examples import NAMES as OURS
from tests.server.examples import of_type, wrong_for
from tests.server.wire import ENVELOPE, Json, Stage

SPECS = chosen_tools(Options(compat="typescript"))
SCHEMAS: dict[str, Json] = {spec.name: spec.build().parameters for spec in SPECS}
every_tool = pytest.mark.parametrize("tool", ARGUMENTS)
OBJECTS = [
    (name, field)
    for name, schema in SCHEMAS.items()
    for field, shape in schema["properties"].items()
    if "properties" in shape.get("items", shape)
]
FOREIGN = re.compile("|".join(rf"\b{name}\b" for name in {*OURS} - ARGUMENTS.keys()))


@every_tool
async def test_success(stage: Stage, tool: str) -> None:
    """It does its work with what skills give it, and names no tool that is not there."""
    async with stage.connect() as wire:
        listed = (await wire.result("tools/list"))["tools"]
        called = await wire.call(tool, **EXAMPLES[tool](stage))
    [schema] = [each["outputSchema"] for each in listed if each["name"] == tool]
    jsonschema.validate(called.data, schema, jsonschema.Draft202012Validator)
    assert called.data.get("state", "done") == "done"
    assert called.text.strip()
    assert not FOREIGN.search(called.text)


@every_tool
async def test_unknown_argument(stage: Stage, tool: str) -> None:
    """An argument that it does not have is refused; nothing is sent."""
    arguments = EXAMPLES[tool](stage)
    async with stage.connect() as wire:
        called = await wire.call(tool, **arguments, nonsense=1)
    assert called.error.startswith("Unknown argument 'nonsense': ")
    assert stage.sent == []


@every_tool
async def test_wrong_type(stage: Stage, tool: str) -> None:
    """A value of the wrong type is refused by name; nothing is sent."""
    schema, arguments = SCHEMAS[tool], EXAMPLES[tool](stage)
    async with stage.connect() as wire:
        for field in schema["properties"]:
            wrong = {field: wrong_for(schema, field)}
            error = (await wire.call(tool, **arguments | wrong)).error
            assert error.startswith(f"Invalid arguments: {field}")
            assert "unrepeatable" not in error
    assert stage.sent == []


@every_tool
async def test_missing_argument(stage: Stage, tool: str) -> None:
    """A required argument that is missing is asked for by name; nothing is sent."""
    arguments = EXAMPLES[tool](stage)
    async with stage.connect() as wire:
        for field in ARGUMENTS[tool][0].split():
            given = {name: value for name, value in arguments.items() if name != field}
            called = await wire.call(tool, **given)
            assert called.error == f"Invalid arguments: {field}: Field required."
    assert stage.sent == []


@pytest.mark.parametrize(("tool", "field"), OBJECTS)
async def test_unknown_field_of_an_object(stage: Stage, tool: str, field: str) -> None:
    """A field that an object inside an argument does not have is refused; nothing is sent."""
    shape = SCHEMAS[tool]["properties"][field]
    inner = shape.get("items", shape)
    item = {name: of_type(inner, name) for name in inner.get("required", [])} | {"surplus": 1}
    value, place = ([item], ".0") if "items" in shape else (item, "")
    async with stage.connect() as wire:
        error = (await wire.call(tool, **EXAMPLES[tool](stage) | {field: value})).error
    assert error == f"Invalid arguments: {field}{place}.surplus: Extra inputs are not permitted."
    assert stage.sent == []


@every_tool
async def test_missing_key(make_stage: MakeStage, tool: str) -> None:
    """Without a key it says how to get and set one; nothing is sent."""
    stage = make_stage(key=None)
    async with stage.connect() as wire:
        error = (await wire.call(tool, **EXAMPLES[tool](stage))).error
    assert "HARMONICA_API_KEY" in error
    assert stage.sent == []


def _more(stage: Stage, tool: str) -> list[Json]:
    """Arguments that lead a tool to all that it may send."""
    example = EXAMPLES[tool](stage)
    [own] = [each for each in stage.tenant.templates.values() if each.title == OWN]
    named = {"template_id": "Retrospective", "project_id": CAFE}
    more: dict[str, list[Json]] = {
        "create_session": [named],
        "update_session": [
            named
            | {"questions": [{"text": "Which bench?"}], "results_visibility": "public"}
            | {"distribution": [{"channel": "telegram", "group_id": GROUP}]}
            | {"confirm": f"{stage.whole.topic}, {CAFE}"}
        ],
        "generate_summary": [{"only_if_stale": True}],
        "install_method_spec": [
            {"template_id": own.title, "confirm": own.title},
            {"update_if_exists": True, "method_md": SPEC},
        ],
    }
    if "project_id" in ARGUMENTS[tool][0]:
        more[tool] = [{"project_id": DAY}]
    return [example, *(example | each for each in more.get(tool, []))]


@pytest.mark.parametrize("era", [ENVELOPE])
@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
async def test_operations(make_stage: MakeStage, spec: ToolSpec) -> None:
    """It sends no operation but those that it declares, and all that do its work."""
    seen: set[str] = set()
    rounds = len(_more(make_stage(), spec.name))
    mishaps: list[Json] = [{}, {"drop": "after"}]
    for number, mishap in itertools.product(range(rounds), mishaps):
        stage = make_stage()
        arguments = _more(stage, spec.name)[number]
        for operation in spec.operations:
            if mishap:
                stage.sandbox.faults.add(operation, **mishap)
        if mishap and "GET /sessions" in spec.lookups and spec.reads:
            arguments["session_id"] = "tool library"
        async with stage.connect() as wire:
            await wire.call(spec.name, **arguments)
        seen.update(stage.sent)
    assert {*spec.operations} <= seen <= {*spec.operations, *spec.lookups}
