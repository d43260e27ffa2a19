"""A dry run shows what would be sent, for every tool with an effect, and sends nothing."""

import functools
import json
from collections.abc import Callable
from urllib.parse import urlencode

import jsonschema
import pytest
from starlette.types import Receive, Scope, Send

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.options import Options
from tests.client.api import Sent, arrived
from tests.server.examples import SPECS, arguments_for, examples_of
from tests.server.wire import ENVELOPE, KEY, Called, Json, Stage, connected

WRITING = [spec.name for spec in SPECS if not spec.reads]
READING = [spec.name for spec in SPECS if spec.reads]
PLENTY = 100_000
SCHEMAS = {spec.name: spec.build(dry_run=True).output_schema or {} for spec in SPECS}


class Rehearsal:
    """A sandbox behind a server in a dry run, and behind one in earnest."""

    def __init__(self, era: str, dry: HarmonicaServer, earnest: HarmonicaServer) -> None:
        self.era = era
        self.dry, self.earnest = dry, earnest
        self.sandbox = Sandbox(requests_per_minute=PLENTY)
        self.sent: list[Sent] = []
        self.pool = Pool("http://127.0.0.1", app=self._listen, requests_per_minute=PLENTY)
        dry.callers = Callers(self.pool, ApiKey(KEY), dry_run=True)
        earnest.callers = Callers(self.pool, ApiKey(KEY))
        self.stage = Stage(dry, self.sandbox, self.pool, era, KEY)

    async def call(self, tool: str, arguments: Json) -> Called:
        """Call a tool in a dry run; its answer keeps the tool's schema."""
        async with connected(self.dry, self.era) as wire:
            called = await wire.call(tool, **arguments)
        jsonschema.validate(called.data, SCHEMAS[tool], jsonschema.Draft202012Validator)
        return called

    async def perform(self, tool: str, arguments: Json) -> None:
        """Call a tool in earnest."""
        async with connected(self.earnest, self.era) as wire:
            await wire.call(tool, **arguments)

    @property
    def writes(self) -> list[Sent]:
        """The requests with an effect that arrived."""
        return [each for each in self.sent if each.method != "GET"]

    async def _listen(self, scope: Scope, receive: Receive, send: Send) -> None:
        sent, again = await arrived(scope, receive)
        self.sent.append(sent)
        await self.sandbox.app(scope, again, send)


Rehearse = Callable[[], Rehearsal]


@pytest.fixture(scope="session")
def dry() -> HarmonicaServer:
    """The server in a dry run, built once."""
    return HarmonicaServer(Pool(), None, SPECS, Options(dry_run=True))


@pytest.fixture
def rehearse(era: str, dry: HarmonicaServer, served: HarmonicaServer) -> Rehearse:
    """Set up a sandbox behind servers of both kinds."""
    return functools.partial(Rehearsal, era, dry, served)


@pytest.fixture
def rehearsal(rehearse: Rehearse) -> Rehearsal:
    """A sandbox behind servers of both kinds."""
    return rehearse()


def _same(request: Json, sent: Sent) -> None:
    """A request as it was shown is that which was sent."""
    query = f"?{urlencode(sent.query)}" if sent.query else ""
    assert request["method"] == sent.method
    assert request["path"] == f"/api/v1{sent.path}{query}"
    if "file_name" not in request:
        shown, real = request.get("body"), sent.json if sent.body else None
        assert (json.loads(shown) if shown else None) == real


def shown_in(text: str, request: Json) -> bool:
    """Whether a text shows all of a request."""
    facts = [request["method"], request["path"], request["authorization"]]
    facts += [str(request[n]) for n in ("body", "file_name", "file_bytes") if n in request]
    return all(fact in text for fact in facts)


@pytest.mark.parametrize("tool", WRITING)
async def test_what_is_shown_is_what_would_be_sent(rehearse: Rehearse, tool: str) -> None:
    """Nothing with an effect leaves; both forms show the request that is sent in earnest."""
    for number in range(len(examples_of(rehearse().stage, tool))):
        rehearsal = rehearse()
        arguments = examples_of(rehearsal.stage, tool)[number]
        called = await rehearsal.call(tool, arguments)
        assert rehearsal.writes == []
        await rehearsal.perform(tool, arguments)
        assert bool(rehearsal.writes) is not bool(called.data.get("fresh"))
        for first in rehearsal.writes[:1]:
            assert called.data["state"] == "dry_run"
            assert shown_in(called.text, called.data["request"])
            assert KEY not in json.dumps(called.raw)
            _same(called.data["request"], first)


@pytest.mark.parametrize("tool", READING)
async def test_reading_goes_on(rehearsal: Rehearsal, tool: str) -> None:
    """A tool that changes nothing answers as ever."""
    called = await rehearsal.call(tool, arguments_for(rehearsal.stage, tool))
    assert called.data.get("state") != "dry_run"
    assert rehearsal.writes == []


async def test_nobody_is_asked(rehearsal: Rehearsal) -> None:
    """Instead of a question the answer says what would be asked."""
    session = rehearsal.stage.whole.id
    called = await rehearsal.call("ground_responses", {"session_id": session, "max_cents": 500})
    assert "charges its owner" in called.data["would_ask"]
    assert f"Your user would be asked first: {called.data['would_ask']}" in called.text


async def test_what_follows_is_told_and_not_made_up(rehearsal: Rehearsal) -> None:
    """A tool of several requests stops at the first with an effect, and says that more follow."""
    session = rehearsal.stage.whole.id
    called = await rehearsal.call("apply_template_prompt", {"session_id": session})
    assert called.data["request"]["path"].endswith("/regenerate-facilitation-prompt")
    assert "PATCH /sessions/{id} saves what was composed" in called.data["would_follow"]
    assert called.data["would_follow"] in called.text


async def test_an_upload_is_shown_by_name_and_size(rehearsal: Rehearsal) -> None:
    """Of a file only its name and size are shown."""
    source = {"kind": "file", "text": "The mill is closed.", "title": "Opening hours"}
    arguments = source | {"session_id": rehearsal.stage.whole.id}
    called = await rehearsal.call("add_context_source", arguments)
    request = called.data["request"]
    assert (request["file_name"], request["file_bytes"]) == ("Opening hours.md", 19)
    assert json.loads(request["body"]) == {"title": "Opening hours"}
    assert "The mill" not in json.dumps(called.raw)


async def test_secrets_are_masked(rehearsal: Rehearsal) -> None:
    """Tokens of other servers and the caller's key are not repeated, wherever they were given."""
    server = {"kind": "mcp", "url": "https://mcp.example.org", "title": KEY, "bearer": "s3cret-tok"}
    arguments = server | {"session_id": rehearsal.stage.whole.id, "tool_allowlist": ["look"]}
    called = await rehearsal.call("add_context_source", arguments)
    body = json.loads(called.data["request"]["body"])
    assert (body["bearer"], body["title"]) == ("(masked)", "(masked)")
    assert body["tool_allowlist"] == ["look"]
    assert not any(secret in json.dumps(called.raw) for secret in ("s3cret-tok", KEY))


async def test_a_long_body_is_cut_and_says_so(rehearsal: Rehearsal) -> None:
    """A body beyond 20,000 characters is shown by its beginning, with what is left out."""
    arguments = {"session_id": rehearsal.stage.whole.id, "context": "x" * 30_000}
    called = await rehearsal.call("update_session", arguments)
    body = called.data["request"]["body"]
    assert len(body) < 20_100
    assert body.endswith(f"[…cut: 10015 of {30_015} characters left out]")


async def test_what_would_be_refused_is_refused(rehearsal: Rehearsal) -> None:
    """Look-ups and checks happen: what would never be sent is not shown."""
    async with rehearsal.stage.connect() as wire:
        unknown = await wire.call("delete_template", template="Nowhere")
        blank = await wire.call("create_session", topic=" ", goal="Lamps")
    assert "There is no template with that id or name" in unknown.error
    assert "topic" in blank.error
    assert rehearsal.writes == []


def test_the_server_says_that_it_rehearses() -> None:
    """The instructions say so; without a dry run neither they nor any schema mention it."""
    told: list[tuple[bool, bool]] = []
    for dry_run in (True, False):
        server = build_server(Pool(), options=Options(dry_run=dry_run))
        [spec] = [spec for spec in server.specs if spec.name == "update_session"]
        schema = spec.build(dry_run=dry_run).output_schema
        told.append(("Dry run is on" in str(server.instructions), "dry_run" in str(schema)))
    assert told == [(True, True), (False, False)]


@pytest.mark.parametrize("era", [ENVELOPE])
async def test_many_dry_runs_are_no_jobs(rehearsal: Rehearsal) -> None:
    """The same call again shows the same again: nothing waits to be collected."""
    arguments = {"topic": "Lamps", "goal": "Light"}
    first = await rehearsal.call("create_session", arguments)
    assert (await rehearsal.call("create_session", arguments)).data == first.data
