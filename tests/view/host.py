"""A small host that shows MCP Apps: the page in a sandboxed frame, the server behind it."""

import asyncio
import json
import shutil
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from playwright.async_api import FrameLocator, Page, Route, async_playwright

from harmonica_mcp.server.view import RESULTS
from tests.server.wire import Json, Stage, Wire

CHROMIUM = shutil.which("chromium") or ""
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
needs_chromium = pytest.mark.skipif(
    not CHROMIUM, reason="no chromium here (Debian: apt-get install chromium)"
)

_PAGE = """<!doctype html><title>Host</title>
<style>body{margin:0} iframe{display:block;border:0;width:100%;height:100px}</style><script>
const post = (message) => frames[0].postMessage(message, "*");
addEventListener("message", async ({data, source}) => {
  if (source !== frames[0]) return;
  if (data.method === "ui/notifications/size-changed")
    document.querySelector("iframe").style.height = data.params.height + "px";
  for (const answer of JSON.parse(await heard(JSON.stringify(data)))) post(answer);
});
function open_page(html) {
  const frame = document.createElement("iframe");
  frame.sandbox = "allow-scripts";
  frame.srcdoc = html;
  document.body.append(frame);
}
</script>"""
Answer = Callable[[Json], Json]


@dataclass
class AppHost:
    """A host with one page open."""

    page: Page
    wire: Wire
    tools: dict[str, Json]
    context: Json
    first: tuple[str, Json]
    """The model's call whose result the page shows, and its arguments."""
    change: Answer = lambda result: result
    """What the host hands to the page instead of a result of the server."""
    until: asyncio.Event | None = None
    """What the answer to the page's call for the summary waits for."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """That it was made."""
    for_model: list[str] = field(default_factory=list[str])
    """All that the model is given to read."""
    called: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])
    """The page's own calls."""
    said: list[Json] = field(default_factory=list[Json])
    """All messages of the page."""
    left: list[str] = field(default_factory=list[str])
    """Addresses that were asked for."""

    @property
    def view(self) -> FrameLocator:
        """The page in its frame."""
        return self.page.frame_locator("iframe")

    async def heard(self, text: str) -> str:
        """Answer what the page says."""
        message = cast("Json", json.loads(text))
        self.said.append(message)
        method = message.get("method")
        if method == "ui/notifications/initialized":
            return json.dumps(await self._first())
        if "id" not in message or method is None:
            return "[]"
        answer: Json = {"jsonrpc": "2.0", "id": message["id"]}
        if method == "ui/initialize":
            info: Json = {"protocolVersion": "2026-01-26", "hostCapabilities": {"serverTools": {}}}
            return json.dumps([answer | {"result": info | {"hostContext": self.context}}])
        assert method == "tools/call", method
        return json.dumps([answer | await self._call(message["params"])])

    async def leave(self, route: Route) -> None:
        """Note a request that would leave the browser, and stop it."""
        self.left.append(route.request.url)
        await route.abort()

    async def tell(self, message: Json) -> None:
        """Say something to the page."""
        await self.page.evaluate("post", {"jsonrpc": "2.0", **message})

    async def _first(self) -> list[Json]:
        name, arguments = self.first
        assert self.tools[name]["_meta"]["ui"]["resourceUri"] == RESULTS
        result = (await self.wire.call(name, **arguments)).raw
        self.for_model += [json.dumps(result)]
        notices = {"tool-input": {"arguments": arguments}, "tool-result": self.change(result)}
        return [
            {"jsonrpc": "2.0", "method": f"ui/notifications/{kind}", "params": params}
            for kind, params in notices.items()
        ]

    async def _call(self, params: Json) -> Json:
        name, arguments = params["name"], params["arguments"]
        self.called.append((name, arguments))
        ui = self.tools.get(name, {}).get("_meta", {}).get("ui", {})
        if name not in self.tools or "app" not in ui.get("visibility", ["model", "app"]):
            return {"error": {"code": -32602, "message": "The page may not call this tool"}}
        if name == "get_summary":
            self.asked.set()
            if self.until:
                await self.until.wait()
        return {"result": self.change((await self.wire.call(name, **arguments)).raw)}


@asynccontextmanager
async def opened(
    stage: Stage,
    profile: Path,
    first: tuple[str, Json],
    *,
    width: int = 800,
    scheme: str = "light",
    context: Json | None = None,
    change: Answer = lambda result: result,
    until: asyncio.Event | None = None,
) -> AsyncGenerator[AppHost]:
    """Open the page for the result of a model's call, in a new browser.

    Args:
        stage: the server.
        profile: an empty directory.
        first: the model's call.
        width: of the window.
        scheme: what the browser prefers, `light` or `dark`.
        context: what the host says of itself.
        change: what is handed to the page instead of a result.
        until: what the page's reading waits for.
    """
    async with stage.connect() as wire, async_playwright() as playwright:
        tools = {t["name"]: t for t in (await wire.result("tools/list"))["tools"]}
        [content] = (await wire.read(RESULTS))["result"]["contents"]
        browser = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=CHROMIUM,
            args=FLAGS,
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="en-GB",
            timezone_id="UTC",
        )
        [page] = browser.pages
        host = AppHost(page, wire, tools, context or {}, first, change, until)
        await browser.route("**/*", host.leave)
        await page.expose_function("heard", host.heard)  # pyright: ignore[reportUnknownMemberType]
        await page.set_content(_PAGE)
        await page.evaluate("open_page", content["text"])
        await host.view.locator("#body").wait_for()
        yield host
        await browser.close()
