"""MCP as clients write it, in both protocol eras, without an SDK that would measure itself."""

from typing import Any

Json = dict[str, Any]

MODERN, LEGACY = "2026-07-28", "2025-11-25"
ERAS = (LEGACY, MODERN)
ACCEPT = "application/json, text/event-stream"
KEY = "hm_live_" + "0" * 32

_OURS = "io.modelcontextprotocol/"
_CLIENT = {"name": "bench", "version": "1"}


class Failed(Exception):
    """What was asked was not done; the text says what came instead."""


def key_of(number: int) -> str:
    """Give the key of one of many callers."""
    return f"hm_live_{number:032x}"


def hello(era: str) -> tuple[str, Json]:
    """Give what a client of this era asks first, and with what."""
    if era == MODERN:
        return "server/discover", {}
    return "initialize", {"protocolVersion": era, "capabilities": {}, "clientInfo": _CLIENT}


def message(
    era: str,
    number: int | None,
    method: str,
    params: Json | None = None,
    capabilities: Json | None = None,
) -> Json:
    """Write a message; without a number it is a notification."""
    params = params or {}
    if era == MODERN:
        can = capabilities or {}
        own = {"protocolVersion": era, "clientInfo": _CLIENT, "clientCapabilities": can}
        params = params | {"_meta": {f"{_OURS}{name}": value for name, value in own.items()}}
    numbered: Json = {} if number is None else {"id": number}
    return {"jsonrpc": "2.0", "method": method, "params": params} | numbered


def headers(era: str, method: str, params: Json | None = None) -> dict[str, str]:
    """Give what goes beside a message over HTTP."""
    if method == "initialize":
        return {}
    told = {"MCP-Protocol-Version": era}
    if era == MODERN:
        told["Mcp-Method"] = method
        named = [params[field] for field in ("name", "uri") if params and field in params]
        told |= {"Mcp-Name": named[0]} if named else {}
    return told


def result_of(answer: Json) -> Json:
    """Give what an answer holds.

    Raises:
        Failed: It is an error.
    """
    result: Json = answer.get("result", {"isError": True})
    if result.get("isError"):
        raise Failed(str(answer.get("error") or result.get("content"))[:300])
    return result
