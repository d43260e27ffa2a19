"""A session that somebody waits for."""

from typing import Any

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.sandbox import Sandbox
from tests.server.clock import now
from tests.server.conftest import MakeStage
from tests.server.people import People
from tests.server.toolsets.sessions.waiting import MakeRoom, Room, seconds


@pytest.fixture
def make_room(make_stage: MakeStage) -> MakeRoom:
    """Set up a session with so many people, on an edition with or without list mode."""

    def make(joined: int = 0, *, lists: bool = False, **pool: Any) -> Room:
        looks: list[float] = []

        def noting(sandbox: Sandbox) -> ASGIApp:
            async def app(scope: Scope, receive: Receive, send: Send) -> None:
                looks.append(seconds())
                query = scope["query_string"] if lists else b""
                await sandbox.app({**scope, "query_string": query}, receive, send)

            return app

        stage = make_stage(app=noting, **pool)
        stage.sandbox._world.clock = now  # pyright: ignore[reportPrivateUsage]
        session = stage.session("tool library")
        session.threads.clear()
        room = Room(stage, session, People(session), looks)
        room.people.join_all([f"P{number}" for number in range(joined)], now())
        return room

    return make
