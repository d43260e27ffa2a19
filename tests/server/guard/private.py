"""A server that keeps names to itself, on a sandbox whose answers are full of them."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.guard.privacy import Book, Lens
from harmonica_mcp.server.options import Privacy
from tests.server.answers import changing
from tests.server.wire import KEY, Json, Stage

NAME = "Zelda Quist"
CONTACTS = " zelda@planted.example, +49 176 5550142, "
LINK = " https://planted.example/zelda "
PLAINLY = f" {NAME} and Zelda:{CONTACTS}"
LEAKS = ("Zelda", "Quist", "zelda", "5550142", "planted")
_CODES = re.compile(
    r"id|.*_ids?|.*_at|.*_ms|.*url|.*_ref|.*_type|.*_mode|.*_name|.*_scopes|.*Id|role|status|code"
    r"|type|position|evidence|field|slug|source|provider|subscription_status|transcript_status|weight"
    r"|results_visibility|speaker_email|gallery_status|strategy"
)
_SAID = re.compile(r".*/(chat|chat/questions|responses|summary|session-md|knowledge|transcript)")
_OF_SESSION = re.compile(r".*/sessions/[^/]+(/.*)?|.*/transcript")


def lens(privacy: Privacy = "names", *secrets: bytes) -> Lens:
    """How a server of this setting sees."""
    return Lens(privacy, secrets, Book())


def staged(
    server: HarmonicaServer,
    era: str,
    *,
    privacy: Privacy = "names",
    key: str = KEY,
    secrets: tuple[bytes, ...] = (),
    app: Callable[[Sandbox], Any] | None = None,
) -> Stage:
    """The server with this setting, on a sandbox of its own."""
    sandbox = Sandbox(requests_per_minute=100_000)
    pool = Pool(
        "http://127.0.0.1", app=app(sandbox) if app else sandbox.app, requests_per_minute=100_000
    )
    server.callers = Callers(pool, ApiKey(key), lens=lens(privacy, *secrets))
    return Stage(server, sandbox, pool, era, key)


def take_part_everywhere(stage: Stage) -> None:
    """Let the planted person take part in every session, and speak in every meeting."""
    for session in stage.tenant.sessions.values():
        for thread in session.threads[:1]:
            thread.name = NAME
    for meeting in stage.tenant.meetings.values():
        said = meeting.utterances or []
        meeting.utterances = [*(replace(each, name=NAME) for each in said[:1]), *said[1:]]


def planting(sandbox: Sandbox) -> Callable[..., Any]:
    """The sandbox, with a name, addresses, a number and a link in all texts that it answers."""
    return changing(sandbox, changed)


def changed(path: str, body: bytes) -> bytes:
    """An answer with what is planted at this address."""
    if not body or path.endswith("/me"):
        return body
    plant = PLAINLY if _OF_SESSION.fullmatch(path) else CONTACTS
    link = LINK if _SAID.fullmatch(path) else ""
    try:
        return json.dumps(planted(json.loads(body), plant + link)).encode()
    except ValueError:
        return body + f"\n{plant}{link}".encode()


def planted(value: object, plant: str, field: str = "") -> object:
    """A JSON value with the plant in every text that is no code."""
    match value:
        case str() if not _CODES.fullmatch(field):
            more = LINK if field in {"summary", "session_md"} else ""
            return f"{value}{plant}{more}"
        case dict():
            fields = cast("dict[str, object]", value)
            return {name: planted(item, plant, name) for name, item in fields.items()}
        case list():
            return [planted(item, plant, field) for item in cast("list[object]", value)]
        case _:
            return value


def leaks(*messages: object) -> Iterator[str]:
    """What of the plant is in messages, wherever it stands."""
    shown = json.dumps(messages, ensure_ascii=False)
    return (leak for leak in LEAKS if leak in shown)


def failing(stage: Stage, status: int) -> None:
    """Let everything fail with a text that is long enough to be cut where the plant begins."""
    said: Json = {"code": "odd", "message": "x" * 290}
    stage.sandbox.faults.clear()
    stage.sandbox.faults.add("*", times=100, status=status, body={"error": said})
