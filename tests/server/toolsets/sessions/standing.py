"""How a session stands, at noon by Harmonica's clock."""

import json
from datetime import timedelta
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.sandbox import Sandbox, Session
from tests.server.clock import NOON
from tests.server.wire import Called, Stage

RESPONSES, SUMMARY = "GET /sessions/{id}/responses", "GET /sessions/{id}/summary"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LIMIT = 1_500 * 4


def older(sandbox: Sandbox) -> ASGIApp:
    """An edition that knows no list mode: it sends all messages, and nothing else."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await sandbox.app({**scope, "query_string": b""}, receive, send)

    return app


def at_noon(stage: Stage) -> Session:
    """An active session without anybody, at noon by Harmonica's clock."""
    stage.sandbox._world.clock = lambda: NOON  # pyright: ignore[reportPrivateUsage]
    session = stage.session("tool library")
    session.threads.clear()
    return session


async def status(stage: Stage, session: Session, **more: Any) -> Called:
    """Ask how a session stands; the facts are the same in both forms."""
    async with stage.connect() as wire:
        called = await wire.call("get_session_status", session_id=session.id, **more)
    for person in called.data["people"]:
        assert f"- {json.dumps(person['name'], ensure_ascii=False)} " in called.text
    for fact in ("next_step", "next_cursor", "newest_at"):
        assert called.data.get(fact, "") in called.text
    return called


def sizes(called: Called) -> list[int]:
    """Bytes of the text and of the structured content."""
    return [len(t.encode()) for t in (called.text, json.dumps(called.data, ensure_ascii=False))]
