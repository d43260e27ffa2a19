"""Success answers against the published document, with `nullable` honoured."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import httpx2
import jsonschema
import pytest
import yaml
from jsonschema import Draft202012Validator

from harmonica_mcp.sandbox import Sandbox, Session

Json = dict[str, object]
_BESIDE = Path(__file__).parents[3] / "shared/reference/openapi.yaml"
DOCUMENT = Path(os.environ.get("HARMONICA_OPENAPI") or _BESIDE)
NEW = {"topic": "Bees on the roof", "goal": "Find a place for hives."}
ANA = {"participant_id": "p1", "participant_name": "Ana"}
Check = Callable[[str, httpx2.Response], None]


def nullable(schema: object) -> object:
    """Turn the older `nullable: true` into what JSON Schema understands."""
    if isinstance(schema, list):
        return [nullable(each) for each in cast("list[object]", schema)]
    if not isinstance(schema, dict):
        return schema
    fields = {name: nullable(each) for name, each in cast("Json", schema).items()}
    if fields.pop("nullable", False):
        return {"anyOf": [{"type": "null"}, fields]}
    return fields


@pytest.fixture(scope="module")
def document() -> Json:
    """The document, or a skip that says where it was looked for."""
    if not DOCUMENT.is_file():
        pytest.skip(f"the OpenAPI document is not at {DOCUMENT}; HARMONICA_OPENAPI may name it")
    return cast("Json", nullable(yaml.safe_load(DOCUMENT.read_text())))


@pytest.fixture
def check(document: Json) -> Check:
    """Hold an answer against the schema of its operation; other 2xx count as the one given."""

    def hold(operation: str, answer: httpx2.Response) -> None:
        method, path = operation.split()
        paths = cast("dict[str, dict[str, Json]]", document["paths"])
        responses = cast("dict[str, Json]", paths[path][method.lower()]["responses"])
        [status] = [each for each in responses if each.startswith("2")]
        assert answer.is_success, answer.text
        content = cast("dict[str, Json]", responses[status].get("content", {}))
        if schema := content.get("application/json", {}).get("schema"):
            whole = {"components": document["components"], "allOf": [schema]}
            jsonschema.validate(answer.json(), whole, Draft202012Validator)

    return hold


def test_the_contract_covers_errors(document: Json) -> None:
    """The document knows the error envelope that the sandbox answers with."""
    schemas = cast("dict[str, dict[str, object]]", document["components"])["schemas"]
    assert "Error" in schemas
    assert json.dumps(schemas["Error"])


@pytest.fixture
def paths(seeded: Callable[[str], Session]) -> dict[str, str]:
    """Paths of the seeded sessions."""
    return {
        part: f"/sessions/{seeded(part).id}"
        for part in ("Opening", "spring", "Welcoming", "tool library")
    }


async def test_sessions(api: httpx2.AsyncClient, check: Check, paths: dict[str, str]) -> None:
    """Account and sessions answer as documented, with nulls and with texts."""
    check("GET /me", await api.get("/me"))
    check("GET /sessions", await api.get("/sessions"))
    check("POST /sessions", await api.post("/sessions", json=NEW))
    for url in paths.values():
        check("GET /sessions/{id}", await api.get(url))
        check("PATCH /sessions/{id}", await api.patch(url, json={"context": None}))
        check("GET /sessions/{id}/questions", await api.get(f"{url}/questions"))


async def test_conversations(api: httpx2.AsyncClient, check: Check, paths: dict[str, str]) -> None:
    """Conversations answer as documented."""
    url = paths["Welcoming"]
    answers = [{"question_id": "0", "answer": "Ana"}]
    check(
        "POST /sessions/{id}/chat/questions",
        await api.post(f"{url}/chat/questions", json=ANA | {"answers": answers}),
    )
    body = {"content": "Hello."}
    check("POST /sessions/{id}/chat", await api.post(f"{url}/chat", json=ANA | body))
    check("POST /sessions/{id}/responses", await api.post(f"{url}/responses", json=body))
    check("GET /sessions/{id}/responses", await api.get(f"{url}/responses"))


async def test_results(
    api: httpx2.AsyncClient, check: Check, paths: dict[str, str], sandbox: Sandbox
) -> None:
    """Results answer as documented, before and after a summary was made."""
    url = paths["tool library"]
    check("GET /sessions/{id}/summary", await api.get(f"{url}/summary"))
    check("POST /sessions/{id}/summary", await api.post(f"{url}/summary"))
    check("GET /sessions/{id}/summary", await api.get(f"{url}/summary"))
    check("GET /sessions/{id}/session-md", await api.get(f"{url}/session-md"))
    for mode in ("status", "seed", "status"):
        answer = await api.post(f"{url}/scratchpad", json={"mode": mode})
        check("POST /sessions/{id}/scratchpad", answer)
    assert sandbox.effects["summary written"] == 1
