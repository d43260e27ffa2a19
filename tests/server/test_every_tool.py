"""What holds for every tool of the catalogue, whatever it does, in both eras."""

import itertools
import logging

import jsonschema
import pytest

from harmonica_mcp.server.registry import ToolSpec
from tests.server.answers import unreachable
from tests.server.conftest import MakeStage
from tests.server.examples import (
    KEYLESS,
    NAMES,
    PATIENT,
    SPECS,
    arguments_for,
    examples_of,
    of_type,
    schema_of,
    wrong_for,
)
from tests.server.wire import ENVELOPE, Json, Stage

# For what no envelope can change.
newest_era = pytest.mark.parametrize("era", [ENVELOPE])
every_tool = pytest.mark.parametrize("tool", NAMES)
keyed_tools = pytest.mark.parametrize("tool", [name for name in NAMES if name not in KEYLESS])
hasty_tools = pytest.mark.parametrize(
    "tool", [name for name in NAMES if name not in KEYLESS | PATIENT]
)
session_tools = pytest.mark.parametrize(
    "tool", [name for name in NAMES if "session_id" in schema_of(name)["properties"]]
)
ODD_BODIES: list[object] = ["no json", [], {"data": 5}]
OBJECTS = [
    (name, field)
    for name in NAMES
    for field, shape in schema_of(name)["properties"].items()
    if "properties" in shape.get("items", shape)
]


@every_tool
async def test_success(stage: Stage, tool: str) -> None:
    """It answers a text and structured content that keeps the advertised schema."""
    async with stage.connect() as wire:
        listed = (await wire.result("tools/list"))["tools"]
        called = await wire.call(tool, **arguments_for(stage, tool))
    [schema] = [each["outputSchema"] for each in listed if each["name"] == tool]
    jsonschema.validate(called.data, schema, jsonschema.Draft202012Validator)
    assert called.data.get("state", "done") == "done"
    assert called.text.strip()


@every_tool
async def test_unknown_argument(stage: Stage, tool: str) -> None:
    """An argument that it does not have is refused, naming the nearest; nothing is sent."""
    fields = list(schema_of(tool)["properties"])
    name = f"{fields[0]}_" if fields else "limit"
    arguments = arguments_for(stage, tool)
    async with stage.connect() as wire:
        called = await wire.call(tool, **arguments, **{name: 1})
    nearest = f"did you mean {fields[0]}?" if fields else "it takes none"
    assert called.error == f"Unknown argument '{name}': {nearest}; nothing was done."
    assert stage.sent == []


@every_tool
async def test_wrong_type(stage: Stage, tool: str) -> None:
    """A value of the wrong type is refused by name, without repeating it; nothing is sent."""
    schema, arguments = schema_of(tool), arguments_for(stage, tool)
    async with stage.connect() as wire:
        for field in schema["properties"]:
            wrong = {field: wrong_for(schema, field)}
            error = (await wire.call(tool, **arguments | wrong)).error
            assert error.startswith(f"Invalid arguments: {field}")
            assert not any(word in error for word in ("unrepeatable", "pydantic", "input_value"))
    assert stage.sent == []


@pytest.mark.parametrize(("tool", "field"), OBJECTS)
async def test_unknown_field_of_an_object(stage: Stage, tool: str, field: str) -> None:
    """A field that an object inside an argument does not have is refused; nothing is sent."""
    shape = schema_of(tool)["properties"][field]
    inner = shape.get("items", shape)
    item = {name: of_type(inner, name) for name in inner.get("required", [])} | {"surplus": 1}
    value, place = ([item], ".0") if "items" in shape else (item, "")
    arguments = arguments_for(stage, tool) | {field: value}
    async with stage.connect() as wire:
        error = (await wire.call(tool, **arguments)).error
    assert error == f"Invalid arguments: {field}{place}.surplus: Extra inputs are not permitted."
    assert stage.sent == []


@every_tool
async def test_missing_argument(stage: Stage, tool: str) -> None:
    """A required argument that is missing is asked for by name; nothing is sent."""
    arguments = arguments_for(stage, tool)
    async with stage.connect() as wire:
        for field in schema_of(tool).get("required", []):
            given = {name: value for name, value in arguments.items() if name != field}
            called = await wire.call(tool, **given)
            assert called.error == f"Invalid arguments: {field}: Field required."
    assert stage.sent == []


@every_tool
async def test_null_is_left_out(stage: Stage, tool: str) -> None:
    """A null for an optional argument that has no default counts as leaving it out."""
    fields = schema_of(tool)["properties"]
    optional = [name for name, shape in fields.items() if "default" not in shape]
    arguments = dict.fromkeys(optional) | arguments_for(stage, tool)
    async with stage.connect() as wire:
        assert (await wire.call(tool, **arguments)).data


@keyed_tools
async def test_missing_key(make_stage: MakeStage, tool: str) -> None:
    """Without a key it says how to get and set one; nothing is sent."""
    stage = make_stage(key=None)
    async with stage.connect() as wire:
        error = (await wire.call(tool, **arguments_for(stage, tool))).error
    assert "https://app.harmonica.chat" in error
    assert "HARMONICA_API_KEY" in error
    assert stage.sent == []


@keyed_tools
async def test_refused_key(stage: Stage, tool: str) -> None:
    """A key that is not accepted just now is not called revoked; the request is not repeated."""
    arguments = arguments_for(stage, tool)
    stage.sandbox.revoked.add(stage.key)
    async with stage.connect() as wire:
        error = (await wire.call(tool, **arguments)).error
    assert error.startswith("Harmonica did not accept the key just now")
    assert "try again in a minute" in error
    assert len(stage.sent) == len(set(stage.sent))


@hasty_tools
async def test_rate_limit(make_stage: MakeStage, tool: str) -> None:
    """Where waiting for the limit would take too long, it says how long; nothing was done."""
    stage = make_stage(max_seconds=30)
    stage.sandbox.faults.add("*", times=100, status=429, headers={"retry-after": "59"})
    async with stage.connect() as wire:
        answer = await wire.call(tool, **arguments_for(stage, tool))
    assert "nothing was done, try again in 59 seconds" in answer.text
    assert answer.failed or answer.data["state"] == "not_sent"
    assert stage.sandbox.effects.total() == 0


@hasty_tools
async def test_harmonica_is_down(make_stage: MakeStage, tool: str) -> None:
    """Where no connection can be made, it says that nothing was sent."""
    stage = make_stage(app=unreachable)
    async with stage.connect() as wire:
        error = (await wire.call(tool, **arguments_for(stage, tool))).error
    assert error == "No connection to Harmonica could be made; nothing was sent, try again."


@keyed_tools
async def test_another_edition(stage: Stage, tool: str) -> None:
    """Where this Harmonica lacks the operation, it says so and names it."""
    async with stage.connect() as wire:
        for status, body in ((404, "<html>This page could not be found.</html>"), (405, None)):
            stage.sandbox.faults.clear()
            stage.sandbox.faults.add(
                "*", times=100, status=status, body=body, content_type="text/html"
            )
            stage.sandbox.requests.clear()
            error = (await wire.call(tool, **arguments_for(stage, tool))).error
            lacking = {f"This edition of Harmonica does not offer {each}." for each in stage.sent}
            assert error in lacking
            assert len(stage.sent) == len(lacking)


@session_tools
async def test_unknown_session(stage: Stage, tool: str) -> None:
    """A session that does not exist or is another's is told as one of the two; nothing happens."""
    arguments = arguments_for(stage, tool)
    other = stage.sandbox.tenant("hm_live_" + "f" * 32).sessions
    for unknown in ("hst_000000000000", next(iter(other))):
        async with stage.connect() as wire:
            called = await wire.call(tool, **arguments | {"session_id": unknown})
        assert "There is no such thing here, or this key has no access to it" in called.error
    assert stage.sandbox.effects.total() == 0


@hasty_tools
async def test_harmonica_fails(stage: Stage, tool: str, caplog: pytest.LogCaptureFixture) -> None:
    """A failure of Harmonica itself becomes a sentence; no crash, and nothing happens."""
    async with stage.connect() as wire:
        for status in (500, 503):
            stage.sandbox.faults.clear()
            stage.sandbox.faults.add("*", times=100, status=status)
            error = (await wire.call(tool, **arguments_for(stage, tool))).error
            assert "Harmonica" in error
            assert "Error executing" not in error
    assert stage.sandbox.effects.total() == 0
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@newest_era
async def test_odd_answers(stage: Stage, subtests: pytest.Subtests) -> None:
    """An answer that breaks the API's promises becomes a sentence in every tool."""
    for tool in (name for name in NAMES if name not in PATIENT):
        for body in ODD_BODIES:
            with subtests.test(tool=tool, body=str(body)):
                stage.sandbox.faults.clear()
                stage.sandbox.faults.add("*", times=100, body=body)
                async with stage.connect() as wire:
                    called = await wire.call(tool, **arguments_for(stage, tool))
                assert "Error executing" not in called.text


async def test_unknown_tool(stage: Stage) -> None:
    """A tool that does not exist is an error of the protocol."""
    async with stage.connect() as wire:
        error = await wire.error("tools/call", {"name": "x" * 999, "arguments": {}})
    assert error == {"code": -32602, "message": f"Unknown tool: '{'x' * 64}'"}


async def test_a_text_that_looks_like_json(stage: Stage, subtests: pytest.Subtests) -> None:
    """A text argument arrives as it was given, also where it is JSON."""
    session = stage.whole
    for text in ("null", "true", "5", "[1]", '{"a": 1}', '"quoted"'):
        with subtests.test(text=text):
            async with stage.connect() as wire:
                called = await wire.call("update_session", session_id=session.id, context=text)
            assert not called.failed, called.text
            assert session.context == text


async def test_a_list_as_json_text(stage: Stage) -> None:
    """A list may come as JSON text, as some hosts send it."""
    async with stage.connect() as wire:
        called = await wire.call(
            "create_session", topic="Light", goal="Lamps", questions='[{"text": "Who are you?"}]'
        )
    created = stage.tenant.sessions[called.data["id"]]
    assert [question.text for question in created.questions] == ["Who are you?"]


@newest_era
@pytest.mark.parametrize("spec", SPECS, ids=NAMES)
async def test_operations(make_stage: MakeStage, spec: ToolSpec) -> None:
    """It sends the operations that it declares, all of them and no others."""
    seen: set[str] = set()
    rounds = len(examples_of(make_stage(), spec.name))
    mishaps: list[Json] = [{}, {"drop": "after"}, {"body": {}}]
    for number, mishap in itertools.product(range(rounds), mishaps):
        stage = make_stage()
        arguments = examples_of(stage, spec.name)[number]
        for operation in spec.operations:
            stage.sandbox.faults.add(operation, **mishap)
        if mishap and "GET /sessions" in spec.lookups and spec.hints.read_only_hint:
            arguments["session_id"] = "tool library"
        async with stage.connect() as wire:
            await wire.call(spec.name, **arguments)
        seen.update(stage.sent)
    assert seen == {*spec.operations, *spec.lookups}
