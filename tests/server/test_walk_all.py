"""A newcomer's walk through all toolsets, over stdio with the SDK's client, on the sandbox."""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.context import ClientRequestContext
from mcp.client.stdio import stdio_client
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult

from tests.server.host import hold
from tests.server.method_spec.specs import CHAIN
from tests.server.wire import ENVELOPE, HANDSHAKE, Called, Json
from tests.transports.wire import environment

MODES = {ENVELOPE: "auto", HANDSHAKE: "legacy"}
ROOT = Path(__file__).parents[2]


class Newcomer:
    """Somebody with a host, who says yes when asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._client: Client | None = None

    async def _agree(
        self, context: ClientRequestContext, params: ElicitRequestParams
    ) -> ElicitResult:
        assert context
        self.asked.append(params.message)
        return ElicitResult(action="accept", content={"go_on": True})

    @asynccontextmanager
    async def at_work(self, files: Path, era: str) -> AsyncGenerator[None]:
        """Start the server as a host does, with one directory allowed."""
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "harmonica_mcp", "serve", "--sandbox", "--toolsets", "all"],
            env=environment(HARMONICA_FILES_DIR=str(files)),
            cwd=ROOT,
        )
        host = Client(stdio_client(server), mode=MODES[era], elicitation_callback=self._agree)
        async with host as self._client:
            yield

    async def call(self, tool: str, **arguments: Any) -> Called:
        """Call a tool; whatever comes keeps the tool's own schema."""
        assert self._client
        result = await self._client.call_tool(tool, arguments)
        assert isinstance(result, CallToolResult)
        called = Called(result.model_dump(mode="json", by_alias=True, exclude_none=True))
        hold(tool, called)
        return called

    async def does(self, tool: str, **arguments: Any) -> Json:
        """Call a tool that works."""
        return (await self.call(tool, **arguments)).data


ROSTER: list[Json] = [
    {
        "email": "ada@x.example",
        "name": "Ada",
        "roles": [{"step": 0, "role": "gardener"}, {"step": 1, "role": "gardener"}],
    },
    {"email": "ben@x.example", "roles": [{"step": 0, "role": "neighbour"}]},
]


@pytest.mark.parametrize("era", MODES)
async def test_a_newcomers_walk(tmp_path: Path, era: str) -> None:
    """From a project over a chain from a method spec to a public page, and to a transcript."""
    (tmp_path / "notes.md").write_text("# Notes\n\nThe ground is wet behind the mill.")
    newcomer = Newcomer()
    async with newcomer.at_work(tmp_path, era):
        project = await newcomer.does("create_project", title="Orchard")

        dry = await newcomer.does("install_method_spec", text=CHAIN, dry_run=True)
        installed = await newcomer.does("install_method_spec", text=CHAIN)
        listed = (await newcomer.does("list_templates", query="orchard"))["templates"]
        assert (dry["state"], installed["state"]) == ("dry_run", "done")
        assert [each["id"] for each in listed] == [installed["template_id"]]

        new: Json = {"topic": "Which trees", "goal": "Agree on three trees."}
        chain: Json = new | {"template": "Plan an orchard", "project": "Orchard"}
        refused = await newcomer.call("create_session", **chain)
        for role in ("step 0 gardener", "step 0 neighbour", "step 1 gardener"):
            assert role in refused.error
        session = await newcomer.does("create_session", **chain, roster=ROSTER)
        assert session["chain"]["runs"] is True
        assert (await newcomer.does("get_project", project="Orchard"))["session_ids"] == [
            session["id"]
        ]

        for source in (
            {"kind": "url", "url": "https://example.org/orchards"},
            {"kind": "file", "path": "notes.md"},
        ):
            await newcomer.does("add_context_source", session_id=session["join_url"], **source)
        sources = await newcomer.does("list_context_sources", session_id=session["id"])
        assert [each["kind"] for each in sources["sources"]] == ["url", "file"]

        page: Json = {"project": project["id"], "enabled": True}
        assert "needs a slug" in (await newcomer.call("publish_sensemaking_topic", **page)).error
        [mails] = newcomer.asked
        assert "2 persons of the roster get 3 e-mails" in mails
        newcomer.asked.clear()
        public = await newcomer.does("publish_sensemaking_topic", **page, slug="orchard")
        assert public["published"] is True
        assert public["public_url"].endswith("/t/orchard")
        [question] = newcomer.asked
        assert '"Orchard" at https://' in question
        assert "/t/orchard without an account" in question

        meetings = (await newcomer.does("list_meetings"))["meetings"]
        for meeting in meetings:
            transcript = await newcomer.call("get_transcript", meeting_id=meeting["id"])
            restricted = transcript.data["forbidden"] != []
            assert transcript.text.startswith("RESTRICTED" if restricted else "No restriction")
            assert len(transcript.fenced) == transcript.data["total_turns"] > 0
