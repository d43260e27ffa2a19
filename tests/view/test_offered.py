"""How the results view is offered, and what it costs."""

import json
import re

import pytest

from harmonica_mcp.server.options import Options
from harmonica_mcp.server.toolsets import chosen_tools
from harmonica_mcp.server.view import RESULTS
from harmonica_mcp.server.view.page import HTML
from harmonica_mcp.settings import load_settings
from tests.server.wire import ENVELOPE, HANDSHAKE, Json, Stage, connected
from tests.view.conftest import stage_of

eras = pytest.mark.parametrize("era", [ENVELOPE, HANDSHAKE])
APPS: Json = {
    "extensions": {"io.modelcontextprotocol/ui": {"mimeTypes": ["text/html;profile=mcp-app"]}}
}


async def listed(stage: Stage) -> dict[str, Json]:
    """The tools by name."""
    async with stage.connect() as wire:
        return {tool["name"]: tool for tool in await wire.tools()}


@eras
@pytest.mark.parametrize("capabilities", [{}, APPS])
async def test_it_adds_no_tool(era: str, capabilities: Json) -> None:
    """Whether a host shows apps or not, it is sent the same 18 tools: at most 6,000 tokens."""
    async with connected(stage_of(Options()).server, era, capabilities) as wire:
        tools = await wire.tools()
    assert [tool["name"] for tool in tools] == [spec.name for spec in chosen_tools(Options())]
    sent = json.dumps(tools, separators=(",", ":"), ensure_ascii=False).encode()
    assert len(sent) / 4 <= 6_000


@eras
async def test_it_is_offered(era: str) -> None:
    """Tools whose results it shows name the page, which knows the tools that it can call."""
    stage = stage_of(Options(), era)
    tools = await listed(stage)
    assert {name: tool["_meta"] for name, tool in tools.items() if "_meta" in tool} == {
        name: {"ui": {"resourceUri": RESULTS}} for name in ("get_session_status", "get_summary")
    }
    async with stage.connect() as wire:
        [content] = (await wire.read(RESULTS))["result"]["contents"]
    assert content["mimeType"] == "text/html;profile=mcp-app"
    asked_for = f'<html lang="en" data-tools="{" ".join(tools)}">'
    assert content["text"] == HTML.read_text(encoding="utf-8").replace(
        '<html lang="en" data-tools="">', asked_for
    )
    assert asked_for in content["text"]
    domains = ("connectDomains", "resourceDomains", "frameDomains", "baseUriDomains")
    assert content["_meta"] == {
        "ui": {"csp": {name: [] for name in domains}, "prefersBorder": True}
    }


@eras
async def test_answers_are_whole_without_it(era: str) -> None:
    """Hosts with and without apps get the same answers; their text tells all by itself."""
    stage = stage_of(Options(), era)
    session = stage.session("spring repair day")
    answers: list[list[Json]] = []
    for capabilities in ({}, APPS):
        async with connected(stage.server, era, capabilities) as wire:
            told = [
                await wire.call(tool, session_id=session.id)
                for tool in ("get_session_status", "get_summary")
            ]
        answers.append([each.raw for each in told])
        status, summary = told
        assert session.topic in status.text
        for person in status.data["people"]:
            assert f'"{person["name"]}" {person["state"]}' in status.text
        for count in ("joined", "finished", "talking", "stalled"):
            assert f"{status.data[count]} {count}" in status.text
        shown = [json.loads(line) for line in summary.fenced]
        words: str = summary.data["summary_words"]
        assert shown == [line for line in words.split("\n") if line]
    assert _without_fences(answers[0]) == _without_fences(answers[1])


def _without_fences(answers: list[Json]) -> str:
    # Each fence has a mark of its own.
    return re.sub(r"(<<<|>>>)words \w+", "", json.dumps(answers))


async def test_the_extension_is_declared() -> None:
    """Hosts that know MCP Apps are told that the server does, too."""
    async with stage_of(Options()).connect() as wire:
        told = (await wire.result("server/discover"))["capabilities"]["extensions"]
    async with stage_of(Options(apps=False)).connect() as wire:
        plain = (await wire.result("server/discover"))["capabilities"]
    assert told == {"io.modelcontextprotocol/ui": {}}
    assert not plain.get("extensions")


@eras
async def test_it_can_be_switched_off(era: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `HARMONICA_APPS=0` nothing of it is there, nor where no tool shows results."""
    monkeypatch.setenv("HARMONICA_APPS", "0")
    compat = Options(compat="typescript")
    for options in (load_settings().options, Options(toolsets=("helpers",)), compat):
        stage = stage_of(options, era)
        tools = await listed(stage)
        assert not any("_meta" in tool for tool in tools.values())
        async with stage.connect() as wire:
            assert "error" in await wire.read(RESULTS)


def test_the_page_can_load_nothing() -> None:
    """One file without addresses, without markup made from texts, under a policy of nothing."""
    page = HTML.read_text(encoding="utf-8")
    assert "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'" in page
    for way in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "Function("):
        assert way not in page
    for way in (
        "fetch(",
        "XMLHttpRequest",
        "WebSocket",
        "import(",
        "src=",
        "href=",
        "url(",
        "@import",
    ):
        assert way not in page
    assert page.replace("http://www.w3.org/2000/svg", "").count("://") == 0
