"""The one door: whatever the server answers, of whatever kind, leaves through here."""

from typing import Any, cast

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from harmonica_mcp.server.guard.clean import clean, clean_json
from harmonica_mcp.server.guard.notice import mark
from harmonica_mcp.server.view import RESULTS


async def door(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware: clean every text of every answer as it is sent, errors included."""
    try:
        answer = await call_next(ctx)
    except MCPError as error:
        raise MCPError(error.code, clean(error.message), clean_json(error.error.data)) from error
    except Exception as error:
        # Clients of the older era are sent the text of a crash.
        if (text := clean(str(error))) == str(error):
            raise
        raise MCPError(INTERNAL_ERROR, text) from error
    if answer is None:
        # To a notification, whatever it is called.
        return None
    cleaned = cast("dict[str, Any]", clean_json(answer))
    if ctx.method == "resources/read":
        # People keep what they read there: it stands as it is, and its mark beside it.
        for content in cleaned["contents"]:
            if content["uri"] == RESULTS:
                continue
            content["_meta"] = content.get("_meta", {}) | mark(content.get("text", ""))
    return cleaned
