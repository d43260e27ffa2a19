"""The least that a call can cost: the SDK's low-level server, the HTTP client, and nothing else.

    python -m bench.bare URL

A server over stdio with a tool for each of two requests, which answers with Harmonica's body.
"""

import sys
from typing import Any

import anyio
import httpx2
from mcp.server import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import CallToolRequestParams, CallToolResult, TextContent

from bench.stub import PATHS, ROOT
from bench.wire import KEY
from harmonica_mcp.transports.stdio.beginning import Beginning
from harmonica_mcp.transports.stdio.host import streams
from harmonica_mcp.transports.stdio.intake import Intake


async def serve(url: str) -> None:
    """Serve whoever started this process until it hangs up."""
    key = {"Authorization": f"Bearer {KEY}"}
    async with httpx2.AsyncClient(headers=key, trust_env=False) as client:

        async def call(_: ServerRequestContext[Any, Any], asked: CallToolRequestParams) -> Any:
            response = await client.get(f"{url}{ROOT}{PATHS[asked.name]}")
            body = response.raise_for_status().text
            return CallToolResult(content=[TextContent(type="text", text=body)])

        server = Server("bare", on_call_tool=call)
        with streams(Beginning(Intake(0), 1), lambda: None) as (read, write):
            await server.run(read, write, server.create_initialization_options())


if __name__ == "__main__":
    anyio.run(serve, sys.argv[1])
