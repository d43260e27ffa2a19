"""Servers that tests start."""

from collections.abc import Generator
from contextlib import contextmanager

from tests.transports.wire import ERAS, Server, Stdio, started

SANDBOX = ("-m", "harmonica_mcp", "serve", "--sandbox")

# A sandbox whose next chat turn takes a minute, and which tells when it arrives.
SLOW_CHAT = """
import sys
from harmonica_mcp.cli import logs
logs.configure()
from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import build_server

sandbox = Sandbox()
sandbox.faults.add("POST /sessions/{id}/chat", delay=60)

async def app(scope, receive, send):
    print("arrived", scope["path"], file=sys.stderr, flush=True)
    await sandbox.app(scope, receive, send)

pool = Pool(app=app)
"""

SLOW_OVER_STDIO = f"""
{SLOW_CHAT}
from harmonica_mcp.transports.stdio.serving import run_stdio

run_stdio(build_server(pool, ApiKey("hm_live_" + "0" * 32)), pool)
"""

# It does not wait for the turn when it is told to end.
SLOW_OVER_HTTP = f"""
{SLOW_CHAT}
from harmonica_mcp.transports.http import http_app
from harmonica_mcp.transports.listening import address, listen
from harmonica_mcp.transports.running import run_app
from harmonica_mcp.transports.stopping import Stopping

stopping = Stopping(1)
listening = listen("127.0.0.1", 0)
print("at", address(listening), file=sys.stderr, flush=True)
run_app(http_app(build_server(pool, None), pool, stopping=stopping), listening, stopping)
"""

# A server of one tool that does what a test needs, and tells when it does.
ONE_TOOL = """
import os, sys, threading
import anyio
from mcp.server import MCPServer
from harmonica_mcp.cli import logs
logs.configure()
from harmonica_mcp.client import Pool
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.transports.stdio.serving import run_stdio

pool = Pool()

class OneTool(MCPServer):
    callers = Callers(pool)

server = OneTool("one-tool", subscriptions=False)

@server.tool()
async def act() -> str:
{body}

def run():
    run_stdio(server, pool)

{run}
"""


def one_tool(body: str, run: str = "run()") -> tuple[str, str]:
    """Give the arguments that start a server with one tool."""
    return "-c", ONE_TOOL.format(body=body, run=run)


def opened(server: Server, era: str = ERAS[0]) -> Stdio:
    """Begin a conversation with a server process."""
    host = Stdio(server, era)
    host.open()
    return host


@contextmanager
def serving_sandbox() -> Generator[str]:
    """Serve an embedded Harmonica on a free port; gives its address, and ends with SIGTERM."""
    with started("-m", "harmonica_mcp", "sandbox", "--port", "0") as server:
        yield server.err.until("sandbox at").split()[3].removesuffix("/api/v1,")
        server.end()
