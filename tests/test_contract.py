"""Requests and answers against the published document: what differs is listed with its reason."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import cast

import pytest
import yaml
from jsonschema import Draft202012Validator
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartParser

from tests.client import recording
from tests.client.calls import OPERATIONS
from tests.client.recording import Exchange

Json = dict[str, object]
_BESIDE = Path(__file__).parents[2] / "shared/reference/openapi.yaml"
DOCUMENT = Path(os.environ.get("HARMONICA_OPENAPI") or _BESIDE)

TYPESCRIPT = "only the TypeScript client knows it (August 2026)"
OBSERVED = "the running service answers so, against its document of July 2026"
OPERATIONS_BEYOND = {
    "GET /meetings": TYPESCRIPT,
    "GET /meetings/{id}/transcript": TYPESCRIPT,
    "GET /meetings/{id}/restrictions": TYPESCRIPT,
    "POST /meetings/{id}/restrictions": TYPESCRIPT,
    "POST /projects/{id}/unconference/topics": TYPESCRIPT,
}
STATUSES_BEYOND = {("POST /sessions/{id}/chat/questions", 201): OBSERVED}
SHAPES_BEYOND = {
    ("GET /sessions/{id}/responses", "'messages' is a required property"): (
        "`mode=list` leaves the messages out; " + TYPESCRIPT
    )
}
VALUES_BEYOND = {
    ("PATCH /sessions/{id}", "None is not of type 'string'"): (
        "null clears context and critical; " + OBSERVED
    )
}
SENT_BEYOND = {
    "POST /sessions": dict.fromkeys(
        ("questions.type", "questions.required", "questions.options", "roster"), TYPESCRIPT
    ),
    "PATCH /sessions/{id}": dict.fromkeys(
        (
            *("summary_prompt", "prompt_summary", "prompt_generated_from", "cross_pollination"),
            *("widgets_enabled", "results_visibility", "welcome_message", "meta_description"),
            *("intro_video_url", "template_id", "platform_guidelines_override"),
            *("questions", "distribution"),
        ),
        TYPESCRIPT,
    ),
    "GET /sessions/{id}/responses": dict.fromkeys(
        ("?name", "?since", "?min_messages", "?mode"), TYPESCRIPT
    ),
}


def honoured(schema: object) -> object:
    """The document says 3.1.0 and writes 3.0's `nullable: true`: make it what it means."""
    if isinstance(schema, list):
        return [honoured(each) for each in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    fields = {name: honoured(each) for name, each in cast("Json", schema).items()}
    if fields.pop("nullable", False) is True:
        return {"anyOf": [{"type": "null"}, fields]}
    return fields


class Document:
    """The parts of the document that the tests ask for."""

    def __init__(self, text: str) -> None:
        self._whole = cast("Json", honoured(yaml.safe_load(text)))

    def resolved(self, thing: object) -> Json:
        """A part of the document, its reference followed and its null taken off."""
        part = cast("Json", thing)
        while True:
            if "$ref" in part:
                names = str(part["$ref"]).removeprefix("#/").split("/")
                part = self._whole
                for name in names:
                    part = cast("Json", part[name])
            elif list(part) == ["anyOf"]:
                part = cast("list[Json]", part["anyOf"])[1]
            else:
                return part

    def operation(self, name: str) -> Json | None:
        """An operation, with the parameters of its path."""
        method, path = name.split()
        item = cast("dict[str, Json]", self._whole["paths"]).get(path, {})
        found = item.get(method.lower())
        if found is None:
            return None
        shared = cast("list[object]", item.get("parameters", []))
        own = cast("list[object]", cast("Json", found).get("parameters", []))
        return {**cast("Json", found), "parameters": [*shared, *own]}

    def operations(self) -> set[str]:
        """All operations."""
        paths = cast("dict[str, Json]", self._whole["paths"])
        return {
            f"{method.upper()} {path}"
            for path, item in paths.items()
            for method in item
            if method in {"get", "post", "patch", "delete", "put"}
        }

    def parameters(self, operation: Json, place: str) -> dict[str, Json]:
        """The schemas of an operation's parameters in the path or the query."""
        listed = map(self.resolved, cast("list[object]", operation["parameters"]))
        return {str(p["name"]): cast("Json", p["schema"]) for p in listed if p["in"] == place}

    def body(self, part: object, kind: str) -> Json | None:
        """The schema of a request's or an answer's body of this media type."""
        content = cast("dict[str, Json]", self.resolved(part).get("content", {}))
        return cast("Json | None", content.get(kind, {}).get("schema"))

    def wrong(self, value: object, schema: Json) -> list[str]:
        """What is wrong with a value."""
        whole = {"components": self._whole["components"], "allOf": [schema]}
        instance = json.loads(json.dumps(value))
        errors = Draft202012Validator(whole).iter_errors(instance)  # pyright: ignore[reportUnknownMemberType]
        return [error.message for error in errors]

    def beyond(self, value: object, schema: object, where: str = "") -> Iterator[str]:
        """The fields of a value that the schema does not name."""
        known = self.resolved(schema)
        if isinstance(value, list):
            for item in cast("list[object]", value):
                yield from self.beyond(item, known.get("items", {}), where)
        elif isinstance(value, dict) and "properties" in known:
            fields = cast("Json", known["properties"])
            for name, item in cast("Json", value).items():
                if name in fields:
                    yield from self.beyond(item, fields[name], f"{where}{name}.")
                else:
                    yield where + name


@pytest.fixture(scope="module")
def document() -> Document:
    """The document, or a skip that says where it was looked for."""
    if not DOCUMENT.is_file():
        pytest.skip(f"the OpenAPI document is not at {DOCUMENT}; HARMONICA_OPENAPI may name it")
    return Document(DOCUMENT.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def exchanged() -> list[Exchange]:
    """Every call of the client, made once against the sandbox."""
    return asyncio.run(recording.exchanges())


def documented(document: Document, exchanged: list[Exchange]) -> Iterator[tuple[Exchange, Json]]:
    """The exchanges whose operation the document has, each with it."""
    for exchange in exchanged:
        if operation := document.operation(exchange.operation):
            yield exchange, operation


def test_all_operations_are_called(document: Document) -> None:
    """The client reaches every documented operation, and those beyond are known by name."""
    assert document.operations() <= set(OPERATIONS)
    assert set(OPERATIONS) - document.operations() == set(OPERATIONS_BEYOND)


def test_requests_are_as_documented(document: Document, exchanged: list[Exchange]) -> None:
    """Every path, query and JSON body is valid; fields beyond the document are listed above."""
    beyond: dict[str, set[str]] = {}
    wrong: set[tuple[str, str]] = set()
    for exchange, operation in documented(document, exchanged):
        query = document.parameters(operation, "query")
        sent: Json = {
            name: int(text) if query.get(name, {}).get("type") == "integer" else text
            for name, text in exchange.sent.query.items()
        }
        problems = [
            wrong
            for name, schema in query.items()
            if name in sent
            for wrong in document.wrong(sent[name], schema)
        ]
        found = {f"?{name}" for name in sent.keys() - query.keys()}
        schema = document.body(operation.get("requestBody", {}), "application/json")
        if exchange.sent.headers.get("content-type") == "application/json":
            assert schema, f"{exchange.operation} takes no JSON"
            problems += document.wrong(exchange.sent.json, schema)
            found |= set(document.beyond(exchange.sent.json, schema))
        wrong |= {(exchange.operation, problem) for problem in problems}
        if found:
            beyond.setdefault(exchange.operation, set()).update(found)
    assert beyond == {name: set(fields) for name, fields in SENT_BEYOND.items()}
    assert wrong == set(VALUES_BEYOND)


def test_required_bodies_are_sent(document: Document, exchanged: list[Exchange]) -> None:
    """Where the document wants a body there is one, and where it knows none there is none."""
    for exchange, operation in documented(document, exchanged):
        body = document.resolved(operation.get("requestBody", {}))
        if body.get("required"):
            assert exchange.sent.body, exchange.operation
        if not body:
            assert not exchange.sent.body, exchange.operation


def test_uploads_are_as_documented(document: Document, exchanged: list[Exchange]) -> None:
    """A file goes out as multipart form data, in the documented parts and nothing else."""
    seen = 0
    for exchange, operation in documented(document, exchanged):
        schema = document.body(operation.get("requestBody", {}), "multipart/form-data")
        if schema is None:
            continue
        seen += 1
        parts = asyncio.run(part_names(exchange))
        fields = cast("Json", document.resolved(schema)["properties"])
        assert parts <= set(fields)
        assert set(cast("list[str]", document.resolved(schema)["required"])) <= parts
    assert seen == 2


async def part_names(exchange: Exchange) -> set[str]:
    """The names of the parts of a multipart request."""

    async def chunks() -> AsyncGenerator[bytes]:
        yield exchange.sent.body

    form = await MultiPartParser(Headers(exchange.sent.headers), chunks()).parse()
    await form.close()
    return set(form)


def test_answers_are_as_documented(document: Document, exchanged: list[Exchange]) -> None:
    """Every answer of the sandbox has a documented status and shape, nulls honoured."""
    odd: set[tuple[str, int]] = set()
    wrong: set[tuple[str, str]] = set()
    for exchange, operation in documented(document, exchanged):
        responses = cast("Json", operation["responses"])
        response = responses.get(str(exchange.status))
        if response is None:
            odd.add((exchange.operation, exchange.status))
            [success] = [code for code in responses if code.startswith("2")]
            response = responses[success]
        schema = document.body(response, exchange.kind)
        if exchange.kind == "application/json" and schema:
            problems = document.wrong(json.loads(exchange.body), schema)
            wrong |= {(exchange.operation, problem) for problem in problems}
        elif document.body(response, "application/json"):
            pytest.fail(f"{exchange.operation} should answer in JSON")
    assert odd == set(STATUSES_BEYOND)
    assert wrong == set(SHAPES_BEYOND)


def test_documented_statuses_are_known(document: Document) -> None:
    """The document knows no status besides those that the client's error tree was drawn for."""
    statuses = {
        status
        for name in document.operations()
        for status in cast("Json", cast("Json", document.operation(name))["responses"])
    }
    known = {"200", "201", "204", "400", "401", "402", "403", "404", "409", "422", "429"}
    assert statuses <= known | {"500", "502"}
