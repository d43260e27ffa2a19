"""What goes into a snapshot."""

from typing import Any

from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import ListToolsResult
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import get_current_span

from harmonica_mcp.transports.hello.taking import take

_seen: list[bool] = []


async def _odd(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Refuse one list, and let another depend on the client."""
    with TracerProvider().get_tracer("test").start_as_current_span("call"):
        _seen.append(get_current_span().is_recording())
    if ctx.method == "prompts/list":
        raise MCPError(-32000, "not today")
    can = ctx.session.client_capabilities
    if ctx.method == "tools/list" and can and can.roots:
        return ListToolsResult(tools=[])
    return await call_next(ctx)


async def test_only_what_settings_decide_is_taken() -> None:
    """Neither errors nor what is answered otherwise to a client that can do more."""
    server = MCPServer("odd", middleware=[_odd], subscriptions=False)

    @server.tool()
    async def act() -> str:
        """Act."""
        return ""

    answers = await take(server)
    assert answers["2025-11-25"].keys() == {"initialize", "ping", "resources/templates/list"}
    assert answers["2026-07-28"].keys() == {"server/discover", "resources/templates/list"}


async def test_nobody_finds_it_in_a_trace() -> None:
    """What is asked for a snapshot is no traffic: its spans are not recorded."""
    _seen.clear()
    await take(MCPServer("odd", middleware=[_odd], subscriptions=False))
    assert set(_seen) == {False}
