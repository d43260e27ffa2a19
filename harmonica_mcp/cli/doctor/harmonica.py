"""Harmonica itself: whether it answers and how fast, whose key it is, what the edition offers."""

from collections.abc import Awaitable, Callable, Mapping

import anyio

from harmonica_mcp.cli.doctor.report import Check
from harmonica_mcp.client import HarmonicaClient, Pool
from harmonica_mcp.client.account import User
from harmonica_mcp.client.errors import (
    ApiError,
    ConnectionFailed,
    Forbidden,
    HarmonicaError,
    NotFound,
    NotOffered,
    RateLimited,
    TimedOut,
    UnexpectedAnswer,
    ValidationFailed,
)
from harmonica_mcp.client.key import WHERE_KEYS_COME_FROM
from harmonica_mcp.settings import Settings

PATIENCE = 10.0
"""Seconds that each question gets."""
_SLOW = 3.0
# No session or project has it: the answer tells only whether there is such an operation.
_NOBODYS = "harmonica-mcp-doctor"
_HINTS: Mapping[type[HarmonicaError], str] = {
    ConnectionFailed: "Check the network, a proxy, and HARMONICA_API_URL.",
    TimedOut: "It is slow or far away just now: try again later.",
    NotOffered: "Something else than Harmonica answers there: check HARMONICA_API_URL.",
    UnexpectedAnswer: "Something else than Harmonica answers there: check HARMONICA_API_URL.",
    RateLimited: "Another program uses this key.",
}


async def examine(told: Settings, pool: Pool, transport: str) -> list[Check]:
    """Ask Harmonica, reading only: key, reachability, edition."""
    key = _key(told, transport)
    api = HarmonicaClient(told.api_key, pool=pool)
    if told.api_key is None:
        return [key, await _reached(api), _skipped("edition", "it cannot be asked without a key")]
    begun = anyio.current_time()
    try:
        user = await api.account.me()
        first = anyio.current_time() - begun
        await api.account.me()
        second = anyio.current_time() - begun - first
    except HarmonicaError as error:
        why = "Harmonica does not answer as it should"
        return [key, _failure(error, pool.root), _skipped("edition", why)]
    return [key, _answered(user, pool.root, first, second), await _edition(api)]


def _key(told: Settings, transport: str) -> Check:
    if told.api_key is None:
        if transport == "http":
            return Check("key", "ok", "none, as it should be: over HTTP each request has its own")
        return Check(
            "key",
            "failed",
            f"HARMONICA_API_KEY is not set here: {WHERE_KEYS_COME_FROM}. A host has its own "
            "environment, see below.",
            facts={"set": False},
        )
    facts = {"set": True, "usual": told.api_key.is_usual}
    if transport == "http":
        text = "HARMONICA_API_KEY is set, with which serving over HTTP is refused: unset it there."
        return Check("key", "note", text, facts=facts)
    if not told.api_key.is_usual:
        text = (
            "begins with hm_live_, but does not end in 32 lowercase hex digits as keys usually do"
        )
        return Check("key", "note", text, facts=facts)
    return Check("key", "ok", "of the usual form, hm_live_ and 32 hex digits", facts=facts)


async def _reached(api: HarmonicaClient) -> Check:
    """Whether anything answers, where there is no key to ask with."""
    begun = anyio.current_time()
    try:
        await api.sessions.list_public(limit=1)
    except HarmonicaError as error:
        # A refusal in Harmonica's own form shows that it is there.
        if not (isinstance(error, ApiError) and error.code):
            return _failure(error, api.pool.root)
    seconds = round(anyio.current_time() - begun, 3)
    text = f"{api.pool.root} answers in {seconds:.2f} s; without a key no more can be asked"
    return Check("api", "ok", text, facts={"url": api.pool.root, "seconds": [seconds]})


def _failure(error: HarmonicaError, url: str) -> Check:
    hint = next((hint for kind, hint in _HINTS.items() if isinstance(error, kind)), "")
    facts = {"url": url, "error": type(error).__name__, "status": error.status}
    # A key that is over its limit is a good key, at an address that answers.
    state = "note" if isinstance(error, RateLimited) else "failed"
    return Check("api", state, f"{url}: {error} {hint}".strip(), facts=facts)


def _answered(user: User, url: str, first: float, second: float) -> Check:
    slow = first > _SLOW
    speed = f"{first:.2f} s with connecting, then {second:.2f} s"
    owner = " ".join(filter(None, (user.name, _masked(user.email)))) or "somebody without a name"
    plan = f", plan {user.subscription_status}" if user.subscription_status else ""
    return Check(
        "api",
        "note" if slow else "ok",
        f"{url} {'answers slowly' if slow else 'answers'}: {speed}",
        [f"the key is that of {owner}{plan}"],
        {
            "url": url,
            "seconds": [round(first, 3), round(second, 3)],
            "owner": owner,
            "plan": user.subscription_status,
        },
    )


def _masked(email: str) -> str:
    name, at, host = email.partition("@")
    return f"({name[:1]}…@{host})" if at else ""


async def _edition(api: HarmonicaClient) -> Check:
    found = await _found(api)
    missing = [part for part, answer in found.items() if answer == "not offered"]
    unknown = [part for part in _parts(api) if found.get(part, "no answer").startswith("no answer")]
    if unknown:
        text = f"could not be told for {', '.join(unknown)}"
    elif missing:
        text = f"does not offer {', '.join(missing)}: tools for them answer so"
    else:
        text = "offers every part of the API"
    details = ["what only changes something was not asked for"]
    return Check("edition", "note" if unknown else "ok", text, details, {"parts": found})


async def _found(api: HarmonicaClient) -> dict[str, str]:
    """Which parts of the API there are, by one reading request each; up to one without an end."""
    found: dict[str, str] = {}
    for part, ask in _parts(api).items():
        found[part] = await _offered(ask)
        if found[part] == "no answer":
            return found
    return found


def _parts(api: HarmonicaClient) -> Mapping[str, Callable[[], Awaitable[object]]]:
    return {
        "sessions": lambda: api.sessions.list(limit=1),
        "results": lambda: api.results.summary(_NOBODYS),
        "participation": lambda: api.sessions.questions(_NOBODYS),
        "design": lambda: api.design.edit_history(_NOBODYS),
        "knowledge": lambda: api.knowledge.price(_NOBODYS),
        "context": lambda: api.context.list("session", _NOBODYS),
        "projects": lambda: api.projects.list(limit=1),
        "publishing": lambda: api.sensemaking.get(_NOBODYS),
        "templates": lambda: api.templates.get(_NOBODYS),
        "telegram": api.telegram.list,
        "meetings": lambda: api.meetings.list(limit=1),
        "discovery": lambda: api.sessions.list_public(limit=1),
    }


async def _offered(ask: Callable[[], Awaitable[object]]) -> str:
    try:
        await ask()
    except NotOffered:
        return "not offered"
    except (NotFound, Forbidden, ValidationFailed):
        # There is such an operation, and no such thing.
        return "offered"
    except ApiError as error:
        return f"no answer (HTTP {error.status})"
    except HarmonicaError:
        return "no answer"
    return "offered"


def _skipped(name: str, why: str) -> Check:
    return Check(name, "skipped", f"not asked: {why}")
