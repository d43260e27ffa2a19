"""When a server is ready: when Harmonica answered lately, or answers when asked."""

import anyio
import httpx2
import pytest

from harmonica_mcp.client import HarmonicaClient, Pool
from harmonica_mcp.server.app import build_server
from harmonica_mcp.transports.http import http_app
from harmonica_mcp.transports.readiness import Readiness
from tests.client.api import KEY, URL, Reply, ScriptedApi, page
from tests.server.clock import on_a_clock_of_its_own

NO_CONNECTION = Reply(error=httpx2.ConnectError("refused"))


def watching(*replies: Reply) -> tuple[Readiness, Pool, ScriptedApi]:
    """The readiness of a server whose Harmonica answers so."""
    api = ScriptedApi(*replies)
    pool = Pool(URL, app=api)
    return Readiness(pool), pool, api


@on_a_clock_of_its_own
async def test_an_answer_to_a_caller_is_enough() -> None:
    """For a minute after Harmonica answered anybody nothing is sent to find out."""
    readiness, pool, api = watching(Reply(200, page()))
    await HarmonicaClient(KEY, pool=pool).sessions.list()
    await anyio.sleep(59)
    assert await readiness.ready()
    assert len(api.requests) == 1


@on_a_clock_of_its_own
async def test_without_traffic_it_asks_once() -> None:
    """After a minute one request without a key finds out, however many ask at once."""
    readiness, _, api = watching(Reply(200, page(), seconds=1))
    answers: list[bool] = []

    async def ask() -> None:
        answers.append(await readiness.ready())

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(ask)
    assert answers == [True] * 5
    [sent] = api.requests
    assert (sent.method, sent.path, sent.query) == ("GET", "/sessions/public", {"limit": "1"})
    assert "authorization" not in sent.headers


@pytest.mark.parametrize("status", [200, 401, 403, 404, 405, 429])
@on_a_clock_of_its_own
async def test_every_answer_but_a_failure_counts(status: int) -> None:
    """An edition without public sessions, or a limit that is reached, is still an answer."""
    readiness, _, _ = watching(Reply(status, headers={"retry-after": "60"}))
    assert await readiness.ready()


@pytest.mark.parametrize("reply", [Reply(500), Reply(503), NO_CONNECTION, Reply(seconds=60)])
@on_a_clock_of_its_own
async def test_a_failure_is_not_ready(reply: Reply) -> None:
    """Where Harmonica fails, is out of reach or silent, the server is not ready."""
    readiness, _, _ = watching(reply)
    assert not await readiness.ready()


@on_a_clock_of_its_own
async def test_it_asks_again_after_ten_seconds() -> None:
    """While Harmonica fails it is asked every ten seconds at most, and ready when it is back."""
    readiness, _, api = watching(Reply(503), Reply(200, page()))
    assert not await readiness.ready()
    await anyio.sleep(9)
    assert not await readiness.ready()
    assert len(api.requests) == 1
    await anyio.sleep(1)
    assert await readiness.ready()
    assert len(api.requests) == 2


@pytest.mark.parametrize(("status", "answer"), [(200, 200), (503, 503)])
async def test_the_route(status: int, answer: int) -> None:
    """`/readyz` answers 200 or 503 under any name, and says nothing more."""
    pool = Pool(URL, app=ScriptedApi(Reply(status, page())))
    app = http_app(build_server(pool), pool)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client,
    ):
        told = await client.get("http://10.0.0.7/readyz")
    assert told.status_code == answer
    if answer == 200:
        assert told.text == "ok\n"
    else:
        assert told.json()["error"] == "unavailable"
