"""What an observer of the pool learns of requests."""

from collections.abc import Generator
from contextlib import contextmanager

import httpx2
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import HarmonicaError
from harmonica_mcp.client._observing import Exchange, Observer
from tests.client.api import Reply, ScriptedApi, envelope, speaking_to

pytestmark = pytest.mark.usefixtures("clock")

ME = {"id": "auth0|a", "email": "a@example.test", "name": "Ann", "subscription_status": "FREE"}


class Watching(Observer):
    """Keeps the exchanges it sees, and marks each request."""

    def __init__(self) -> None:
        self.ended: list[Exchange] = []

    @contextmanager
    def sending(self, exchange: Exchange) -> Generator[None]:
        """Number the request, and keep it when it has ended."""
        exchange.headers["x-number"] = str(len(self.ended))
        try:
            yield
        finally:
            self.ended.append(exchange)


def watched(*replies: Reply) -> tuple[HarmonicaClient, ScriptedApi, Watching]:
    """A client whose pool is observed, beside an observer that does not care."""
    client, api = speaking_to(*replies)
    watching = Watching()
    client.pool.observers += [Observer(), watching]
    return client, api, watching


async def test_each_sending_is_told() -> None:
    """A repeat is a request more; each tells its operation, host, status and seconds."""
    client, api, watching = watched(Reply(503, seconds=2), Reply(200, ME, seconds=1))
    await client.account.me()
    assert [str(each.operation) for each in watching.ended] == ["GET /me", "GET /me"]
    assert [(each.host, each.status) for each in watching.ended] == [
        ("harmonica.example", 503),
        ("harmonica.example", 200),
    ]
    assert [each.seconds for each in watching.ended] == pytest.approx([2, 1], abs=0.1)
    assert [sent.headers["x-number"] for sent in api.requests] == ["0", "1"]


async def test_a_redirect_is_a_request() -> None:
    """Where Harmonica sends the client elsewhere, both requests are told."""
    moved = Reply(308, headers={"location": "/api/v1/me/"})
    client, _, watching = watched(moved, Reply(200, ME))
    await client.account.me()
    assert [each.status for each in watching.ended] == [308, 200]


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (Reply(403, envelope("forbidden", "No")), 403),
        (Reply(error=httpx2.ReadError("cut")), None),
        (Reply(200, ME, seconds=1_000), None),
    ],
)
async def test_failures_are_told(reply: Reply, status: int | None) -> None:
    """A refusal has its status, a request without an answer has none."""
    client, _, watching = watched(reply)
    with pytest.raises(HarmonicaError):
        await client.account.me()
    assert {each.status for each in watching.ended} == {status}


async def test_what_is_refused_here_is_no_request() -> None:
    """Without a key nothing is sent, so there is nothing to tell."""
    watching = Watching()
    client, _ = speaking_to(Reply(200, ME), key=None)
    client.pool.observers.append(watching)
    with pytest.raises(HarmonicaError):
        await client.account.me()
    assert watching.ended == []


async def test_an_observer_ends_with_the_pool() -> None:
    """When the connections are closed their observers learn it."""
    closed: list[str] = []

    class Closing(Observer):
        async def aclose(self) -> None:
            closed.append("closed")

    client, _ = speaking_to(Reply(200, ME))
    client.pool.observers += [Observer(), Closing()]
    async with client.pool:
        await client.account.me()
        assert not closed
    assert closed == ["closed"]
