"""Every operation of Harmonica is reached by a tool; no tool sends what it does not declare."""

import itertools
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import pytest
import stamina
import yaml
from click.testing import CliRunner
from starlette.types import Receive, Scope, Send

from harmonica_mcp.cli import main
from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.catalog import catalog
from harmonica_mcp.server.registry import ToolSpec
from tests.server.examples import SPECS, examples_of
from tests.server.host import call
from tests.server.wire import ENVELOPE, KEY, Json, Stage

ROOT = Path(__file__).parent.parent
DOCUMENT = Path(
    os.environ.get("HARMONICA_OPENAPI") or ROOT.parent / "shared/reference/openapi.yaml"
)
SOURCES = ("", "/file", "/session", "/mcp")

DOCUMENTED = {
    "GET /me",
    *("GET /sessions", "POST /sessions", "GET /sessions/public"),
    *("GET /sessions/{id}", "PATCH /sessions/{id}", "GET /sessions/{id}/questions"),
    *("GET /sessions/{id}/responses", "POST /sessions/{id}/responses"),
    *("GET /sessions/{id}/session-md", "GET /sessions/{id}/edit-history"),
    *("GET /sessions/{id}/summary", "POST /sessions/{id}/summary"),
    *("POST /sessions/{id}/knowledge", "POST /sessions/{id}/scratchpad"),
    *("POST /sessions/{id}/chat", "POST /sessions/{id}/chat/questions"),
    *("GET /sessions/{id}/grounding", "POST /sessions/{id}/grounding"),
    "POST /sessions/{id}/regenerate-facilitation-prompt",
    "POST /sessions/{id}/regenerate-welcome",
    "POST /sessions/{id}/context-sources/url",
    *(
        f"{'POST' if kind else 'GET'} /{home}/{{id}}/context-sources{kind}"
        for home, kind in itertools.product(("sessions", "projects"), SOURCES)
    ),
    *(
        f"{change[0]} /{home}/{{id}}/context-sources/{{source_id}}{change[1]}"
        for home in ("sessions", "projects")
        for change in (("PATCH", ""), ("DELETE", ""), ("POST", "/refresh"))
    ),
    *("GET /projects", "POST /projects"),
    *("GET /projects/{id}", "PATCH /projects/{id}", "DELETE /projects/{id}"),
    *("GET /projects/{id}/sensemaking", "PATCH /projects/{id}/sensemaking"),
    *("GET /templates", "POST /templates"),
    *("GET /templates/{id}", "PATCH /templates/{id}", "DELETE /templates/{id}"),
    *("GET /integrations/telegram/groups", "POST /integrations/telegram/groups"),
    "DELETE /integrations/telegram/groups/{groupId}",
}
"""The operations of the document of July 2026."""

BEYOND = {
    "POST /projects/{id}/unconference/topics",
    *("GET /meetings", "GET /meetings/{id}/transcript"),
    *("GET /meetings/{id}/restrictions", "POST /meetings/{id}/restrictions"),
}
"""Those that only Harmonica's own TypeScript client knows."""

EVERY = DOCUMENTED | BEYOND


class Recorder:
    """Stands before Harmonica and notes the operations that pass, by path templates of our own."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.passed: set[str] = set()
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as an ASGI app."""
        path = cast("bytes", scope["raw_path"]).decode().removeprefix("/api/v1")
        self.passed.add(operation(cast("str", scope["method"]), path))
        await self._sandbox.app(scope, receive, send)


def operation(method: str, path: str) -> str:
    """The operation that a request is; a path without a template stands for itself."""
    fitting = [
        each
        for each in EVERY
        if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(each)), f"{method} {path}")
    ]
    # `/sessions/public` fits the template of a session, too; the plainer one is meant.
    return min(fitting, key=lambda each: each.count("{"), default=f"{method} {path}")


@pytest.fixture(scope="module")
def server() -> HarmonicaServer:
    """The server with all tools; each stage gives it a pool."""
    return HarmonicaServer(Pool(), None, SPECS)


def stage_with(server: HarmonicaServer, recorders: list[Recorder]) -> Stage:
    """A stage whose requests are recorded."""
    sandbox = Sandbox(requests_per_minute=100_000)
    recorders.append(Recorder(sandbox))
    pool = Pool("http://127.0.0.1", requests_per_minute=100_000, app=recorders[-1])
    server.callers = Callers(pool, ApiKey(KEY))
    return Stage(server, sandbox, pool, ENVELOPE, KEY)


async def sent_by(server: HarmonicaServer, spec: ToolSpec) -> set[str]:
    """What a tool sends for all its examples, when all goes well and when answers are lost."""
    recorders: list[Recorder] = []
    rounds = len(examples_of(stage_with(server, []), spec.name))
    mishaps: list[Json] = [{}, {"drop": "after"}, {"body": {}}]
    for number, mishap in itertools.product(range(rounds), mishaps):
        stage = stage_with(server, recorders)
        arguments = examples_of(stage, spec.name)[number]
        for each in spec.operations if mishap else ():
            stage.sandbox.faults.add(each, **mishap)
        if mishap and "GET /sessions" in spec.lookups and spec.hints.read_only_hint:
            arguments["session_id"] = "tool library"
        with stamina.set_testing(True, attempts=3):
            await call(stage, spec.name, **arguments)
    return set[str]().union(*(recorder.passed for recorder in recorders))


@pytest.mark.parametrize("spec", SPECS, ids=[spec.name for spec in SPECS])
async def test_declared_is_sent(server: HarmonicaServer, spec: ToolSpec) -> None:
    """A tool sends what it declares, all of it, and nothing else."""
    assert await sent_by(server, spec) == {*spec.operations, *spec.lookups}


def without_a_tool(operations: Iterable[str]) -> list[str]:
    """The operations that no tool sends to do its work."""
    used = {each for spec in SPECS for each in spec.operations}
    return sorted(set(operations) - used)


def test_no_operation_is_without_a_tool() -> None:
    """All 51 documented operations and the five beyond can be used; no tool has another one."""
    assert (len(DOCUMENTED), len(BEYOND)) == (51, 5)
    assert without_a_tool(EVERY) == []
    declared = {each for spec in SPECS for each in (*spec.operations, *spec.lookups)}
    assert declared <= EVERY


def test_the_list_is_the_documents() -> None:
    """The operations of this module are those of the published document."""
    if not DOCUMENT.is_file():
        pytest.skip("the OpenAPI document is not here; HARMONICA_OPENAPI may name it")
    paths = cast("dict[str, dict[str, object]]", yaml.safe_load(DOCUMENT.read_text())["paths"])
    methods = {"get", "post", "patch", "delete", "put"}
    published = {
        f"{method.upper()} {path}"
        for path, each in paths.items()
        for method in each.keys() & methods
    }
    assert published == DOCUMENTED


def test_the_catalogue_prints_them() -> None:
    """`catalog --json` gives operations as strings in the document's own path templates."""
    printed = CliRunner().invoke(main, ["catalog", "--json"])
    assert printed.exit_code == 0, printed.output
    entries = cast("list[dict[str, object]]", json.loads(printed.stdout))
    assert [entry["name"] for entry in entries] == [entry.name for entry in catalog()]
    told = {each for entry in entries for each in cast("list[str]", entry["operations"])}
    assert told == EVERY
    assert "POST /projects/{id}/context-sources/{source_id}/refresh" in told


def test_the_documents_table() -> None:
    """docs/operations.md has a row for each operation, with its tools and methods of the client."""
    text = (ROOT / "docs" / "operations.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+ /[^`]*)` \| (.*) \|$", text, re.MULTILINE))
    assert rows.keys() == EVERY
    for spec in SPECS:
        assert all(f"`{spec.name}`" in rows[each] for each in spec.operations)
    assert all("`client." in row for row in rows.values())
    assert "56 operations. Without a tool: none." in text
