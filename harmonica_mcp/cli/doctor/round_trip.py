"""A round trip as a host makes it; runs in a process of its own, since it loads `mcp`."""

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Literal, cast

import anyio
from anyio.abc import Process
from anyio.streams.text import TextReceiveStream
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared._httpx_utils import create_mcp_http_client

from harmonica_mcp.cli.serve import EXAMPLE_KEY

_PATIENCE = 45.0
_SERVE = (sys.executable, "-m", "harmonica_mcp", "serve")
_MODES: tuple[Literal["auto", "legacy"], ...] = ("auto", "legacy")
_URL = re.compile(r"Serving MCP at (\S+/mcp)\b")


def main(transport: str) -> None:
    """List the tools in both eras of the protocol, and print what came of it as JSON."""
    try:
        told: object = {"eras": anyio.run(_walk, transport)}
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        told = {"error": f"{type(_first(error)).__name__}: {_first(error)}"}
    sys.stdout.write(json.dumps(told) + "\n")


async def _walk(transport: str) -> list[dict[str, object]]:
    with anyio.fail_after(_PATIENCE):
        if transport == "stdio":
            return [await _over_stdio(mode) for mode in _MODES]
        async with _serving() as url:
            return [await _over_http(url, mode) for mode in _MODES]


async def _over_stdio(mode: Literal["auto", "legacy"]) -> dict[str, object]:
    server = StdioServerParameters(command=_SERVE[0], args=list(_SERVE[1:]), env=_environment())
    return await _listed(Client(server, mode=mode))


async def _over_http(url: str, mode: Literal["auto", "legacy"]) -> dict[str, object]:
    # Listing tools asks Harmonica nothing, so any well-formed key will do.
    headers = {"Authorization": f"Bearer {EXAMPLE_KEY}"}
    async with create_mcp_http_client(headers=headers) as http:
        return await _listed(Client(streamable_http_client(url, http_client=http), mode=mode))


async def _listed(client: Client) -> dict[str, object]:
    begun = anyio.current_time()
    async with client:
        tools = (await client.list_tools()).tools
        seconds = round(anyio.current_time() - begun, 2)
        return {"era": client.protocol_version, "tools": len(tools), "seconds": seconds}


@asynccontextmanager
async def _serving() -> AsyncGenerator[str]:
    """The server over HTTP on a free port, for as long as the context lasts."""
    own = {name: value for name, value in _environment().items() if not _is_in_the_way(name)}
    command = [*_SERVE, "--transport", "http", "--port", "0"]
    process = await anyio.open_process(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=own
    )
    try:
        yield await _address(process)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.aclose()


async def _address(process: Process) -> str:
    told = ""
    async for text in TextReceiveStream(cast("anyio.abc.ByteReceiveStream", process.stderr)):
        told += text
        if found := _URL.search(told):
            return found[1]
    raise RuntimeError(told.strip().rpartition("\n")[2] or "The server ended without a word.")


def _is_in_the_way(name: str) -> bool:
    # Over HTTP there is no key of the server; metrics' port may be another server's.
    return name == "HARMONICA_API_KEY" or name.startswith("HARMONICA_METRICS_")


def _environment() -> dict[str, str]:
    # Nothing is to be collected.
    return dict(os.environ) | {"OTEL_SDK_DISABLED": "true"}


def _first(error: BaseException) -> BaseException:
    """The error itself, out of the groups that task groups wrap around it."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    return error
