"""Turning a link, a session or a server into a context source, without fetching anything."""

import ipaddress
from urllib.parse import urlsplit

from . import javascript
from .answers import forbidden, invalid
from .call import Call
from .records import Source

TOOLS = ("search", "fetch")
_PRIVATE_ENDINGS = (".local", ".localhost", ".internal", ".lan")


def public_url(value: object) -> str:
    """Take an http(s) address of a public host, or refuse it (400).

    A host that ends in `.invalid` stands for one that cannot be reached.
    """
    if not isinstance(value, str) or not value:
        raise invalid("url is required")
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise invalid("Invalid URL") from error
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise invalid("Invalid URL")
    if _private(host):
        raise invalid("Private or local addresses are not allowed")
    return value


def _private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(_PRIVATE_ENDINGS)


def reachable(url: str, failure: str) -> str:
    """Give the host of an address, or fail as for one that does not answer."""
    host = urlsplit(url).hostname or ""
    if host.endswith(".invalid"):
        raise invalid(failure)
    return host


def snapshot_page(source: Source, url: str) -> None:
    """Write what a page at this address might say; nothing is fetched."""
    host = reachable(url, "Could not fetch the page")
    path = urlsplit(url).path
    source.content = f"# {host}{path}\n\nThe sandbox made this page up. It fetches nothing."
    source.mode = "verbatim"
    source.ref = url
    source.title = source.title or f"{host}{path}"


def snapshot_session(call: Call, source: Source, identity: object) -> None:
    """Copy another session's SESSION.md as it stands now."""
    if not isinstance(identity, str) or not identity:
        raise invalid("source_ref is required")
    session = call.tenant.sessions.get(identity)
    if session is None or not session.allows("viewer"):
        raise forbidden("You don't have access to the source session")
    if session.session_md is None:
        raise invalid("Source session has no SESSION.md. Generate its summary first")
    source.content = session.session_md
    source.mode = "verbatim"
    source.ref = session.id
    source.title = source.title or session.topic


def handshake(source: Source, config: dict[str, object]) -> None:
    """Greet an MCP server that the sandbox imagines: it has two tools, search and fetch."""
    url = public_url(config.get("url"))
    reachable(url, "MCP handshake failed")
    allowed = config.get("tool_allowlist")
    names = [javascript.shown(name) for name in javascript.as_list(allowed) or []]
    if missing := [name for name in names if name not in TOOLS]:
        raise invalid(f"MCP server doesn't expose allowlisted tools: {', '.join(missing)}")
    source.mcp_config = {
        "url": url,
        "bearer": config.get("bearer"),
        "tool_allowlist": names if allowed is not None else None,
        "cached_tools": list(TOOLS),
        "consecutive_fails": 0,
        "status": "healthy",
    }
