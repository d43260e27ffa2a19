"""What HTTP clients are told outside MCP: always JSON, which some of them insist on."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

_ERRORS = {
    400: "invalid_request",
    401: "invalid_token",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "request_timeout",
    413: "content_too_large",
    421: "misdirected_request",
    429: "too_many_requests",
    431: "header_fields_too_large",
    503: "unavailable",
}


def refusal(status: int, text: str, **headers: str) -> JSONResponse:
    """An error in the shape that OAuth-minded clients expect of any server."""
    body = {"error": _ERRORS[status], "error_description": text}
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse(body, status, names)


def not_served(_: Request, error: Exception) -> JSONResponse:
    """Answer an unknown route (404), or a known one with another method (405)."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        allow = (error.headers or {}).get("Allow", "")
        return refusal(405, f"This address takes {allow} only.", Allow=allow)
    return refusal(404, "There is nothing at this address; MCP is at /mcp, or /sse.")
