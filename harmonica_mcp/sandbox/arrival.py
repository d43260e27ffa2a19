"""A request as it comes in: its path, its key, and the record that tests read."""

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import Request

from . import javascript
from .answers import Answer, ServerFault, page, unauthorized

KEY_PREFIX = "hm_live_"
COMMONS = "the community whose open sessions are public"
_LONGEST_TARGET = 16_000
_CREDENTIALS = re.compile(r"Bearer (.+)", re.DOTALL)


@dataclass
class Recorded:
    """A request in the order of arrival; `status` is None until, or unless, it was answered."""

    operation: str
    key_digest: str
    status: int | None
    query: dict[str, str]
    body: object


def key_digest(key: str) -> str:
    """Give the SHA-256 of a key, the only form in which the sandbox keeps it."""
    return hashlib.sha256(key.encode()).hexdigest()


def record(operation: str, request: Request, raw: bytes) -> Recorded:
    """Note a request that has not been answered yet."""
    key = _credentials(request)
    digest = key_digest(key) if key and key.startswith(KEY_PREFIX) else ""
    try:
        body = javascript.parse(raw) if raw else None
    except ServerFault:
        body = None
    return Recorded(operation, digest, None, query(request), body)


def key_of(request: Request, revoked: set[str]) -> str:
    """Take the key from the Authorization header, or refuse it as observed.md §3 says."""
    key = _credentials(request)
    if key is None:
        raise unauthorized("Authentication required")
    if not key.startswith(KEY_PREFIX):
        raise unauthorized("Invalid API key format")
    if key == KEY_PREFIX or key in revoked:
        raise unauthorized("Invalid or revoked API key")
    return key


def _credentials(request: Request) -> str | None:
    match = _CREDENTIALS.fullmatch(request.headers.get("authorization", "").rstrip(" \t"))
    return match and match.group(1)


def query(request: Request) -> dict[str, str]:
    """Read the query; of a repeated parameter the first one counts."""
    # The last of equal names wins in a dict, hence backwards.
    pairs = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return dict(reversed(pairs))


def path(request: Request) -> str:
    """Give the path as sent, still percent-encoded, below wherever the app is mounted."""
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("latin-1").removeprefix(request.scope.get("root_path", ""))


def oddity(target: str, request: Request) -> Answer | None:
    """Answer what the service's web server deals with before its routes."""
    if len(target) + len(request.scope["query_string"]) > _LONGEST_TARGET:
        return Answer(431)
    straight = re.sub("/{2,}", "/", target).rstrip("/") or "/"
    if straight != target:
        return Answer(308, straight, "text/plain", {"location": straight})
    return None


def bad_request() -> Answer:
    """Answer a path that cannot be decoded."""
    return page(400, "400: Bad Request", "Bad Request")
