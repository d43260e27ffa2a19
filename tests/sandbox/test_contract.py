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

from harmonica_mcp.sandbox import Sandbox, Session, Tenant
from harmonica_mcp.sandbox.routes import OPERATIONS

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


async def test_design_and_knowledge(
    api: httpx2.AsyncClient, check: Check, paths: dict[str, str]
) -> None:
    """Design proposals, history, knowledge and grounding answer as documented."""
    url = paths["spring"]
    for name in ("regenerate-facilitation-prompt", "regenerate-welcome", "knowledge"):
        check(f"POST /sessions/{{id}}/{name}", await api.post(f"{url}/{name}"))
    for name in ("edit-history", "grounding"):
        check(f"GET /sessions/{{id}}/{name}", await api.get(f"{url}/{name}"))
    for _ in "ab":
        check("POST /sessions/{id}/grounding", await api.post(f"{url}/grounding"))


async def test_sources(
    api: httpx2.AsyncClient, check: Check, paths: dict[str, str], tenant: Tenant
) -> None:
    """Context sources of sessions and projects answer as documented."""
    template = "/sessions/{id}/context-sources"
    spring = {"source_ref": paths["spring"].rpartition("/")[2]}
    server = {"url": "https://tools.fennmill.example/sse", "title": "Tools"}
    bodies = {"session": spring, "url": {"url": "https://fennmill.example"}, "mcp": server}
    project = f"/projects/{next(iter(tenant.projects))}"
    for url, home in ((paths["tool library"], "sessions"), (project, "projects")):
        template = f"/{home}/{{id}}/context-sources"
        base = f"{url}/context-sources"
        files = {"file": ("a.txt", b"text")}
        check(f"POST {template}/file", await api.post(f"{base}/file", files=files))
        for kind, body in bodies.items():
            if home == "sessions" or kind != "url":
                check(f"POST {template}/{kind}", await api.post(f"{base}/{kind}", json=body))
        listed = await api.get(base)
        check(f"GET {template}", listed)
        last = f"{base}/{listed.json()['sources'][-1]['id']}"
        check(f"PATCH {template}/{{source_id}}", await api.patch(last, json={"position": 9}))
        check(f"POST {template}/{{source_id}}/refresh", await api.post(f"{last}/refresh"))
        check(f"DELETE {template}/{{source_id}}", await api.delete(last))


async def test_projects(api: httpx2.AsyncClient, check: Check) -> None:
    """Projects and their public topics answer as documented."""
    made = await api.post("/projects", json={"title": "Bees"})
    check("POST /projects", made)
    url = f"/projects/{made.json()['id']}"
    check("GET /projects", await api.get("/projects"))
    check("GET /projects/{id}", await api.get(url))
    check("PATCH /projects/{id}", await api.patch(url, json={"description": None}))
    topic = f"{url}/sensemaking"
    check("GET /projects/{id}/sensemaking", await api.get(topic))
    body = {"slug": "bees", "enabled": True}
    check("PATCH /projects/{id}/sensemaking", await api.patch(topic, json=body))
    check("GET /projects/{id}/sensemaking", await api.get(topic))
    check("DELETE /projects/{id}", await api.delete(url))


async def test_templates_and_groups(api: httpx2.AsyncClient, check: Check) -> None:
    """Templates and Telegram groups answer as documented."""
    check("GET /templates", await api.get("/templates"))
    made = await api.post("/templates", json={"title": "Circle"})
    check("POST /templates", made)
    url = f"/templates/{made.json()['id']}"
    check("GET /templates/{id}", await api.get(url))
    check("PATCH /templates/{id}", await api.patch(url, json={"icon": "circle"}))
    check("DELETE /templates/{id}", await api.delete(url))
    groups = "/integrations/telegram/groups"
    check(f"POST {groups}", await api.post(groups, json={"group_id": "-5"}))
    check(f"GET {groups}", await api.get(groups))
    check(f"DELETE {groups}/{{groupId}}", await api.delete(f"{groups}/-5"))


async def test_open_sessions(check: Check) -> None:
    """Open sessions, where offered, answer as documented."""
    transport = httpx2.ASGITransport(app=Sandbox(public_sessions=True).app)
    async with httpx2.AsyncClient(transport=transport) as client:
        answer = await client.get("https://sandbox.harmonica.example/api/v1/sessions/public")
    check("GET /sessions/public", answer)


def test_every_documented_operation_is_there(document: Json) -> None:
    """The sandbox has the document's operations, and five more that only the client knows."""
    paths = cast("dict[str, dict[str, Json]]", document["paths"])
    methods = ("get", "post", "patch", "delete")
    documented = {
        f"{method.upper()} {path}" for path in paths for method in paths[path] if method in methods
    }
    assert documented < set(OPERATIONS)
    assert {each.split()[1].split("/")[1] for each in set(OPERATIONS) - documented} == {
        "meetings",
        "projects",
    }
    assert len(OPERATIONS) - len(documented) == 5
