"""A stage that notes when it is looked at."""

import asyncio

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from harmonica_mcp.sandbox import Sandbox
from harmonica_mcp.server.watching import Watching
from tests.server.clock import now
from tests.server.conftest import MakeStage
from tests.server.watching.looking import MARK
from tests.server.wire import Stage


@pytest.fixture
def looks() -> list[float]:
    """When the session was looked at."""
    return []


@pytest.fixture
def stage(make_stage: MakeStage, looks: list[float]) -> Stage:
    """A stage that notes when it is asked."""

    def noting(sandbox: Sandbox) -> ASGIApp:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            assert MARK.get() == "nobody's", "asked in the context of a caller"
            looks.append(asyncio.get_running_loop().time())
            await sandbox.app(scope, receive, send)

        return app

    stage = make_stage(app=noting)
    stage.sandbox._world.clock = now  # pyright: ignore[reportPrivateUsage]
    return stage


@pytest.fixture
def watching(stage: Stage) -> Watching:
    """What is watched on the stage."""
    return stage.server.callers.watching
