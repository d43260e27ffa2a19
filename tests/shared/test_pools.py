"""The client in two processes: one budget, one turn at a time."""

import asyncio
from collections.abc import Callable
from uuid import uuid4

import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from harmonica_mcp.shared.replicas import Replicas
from tests.client.api import KEY, URL, Reply, ScriptedApi, page
from tests.shared.servers import RedisServer, url_of

Make = Callable[[], Replicas]


async def test_a_pool_closes_what_it_shares(server: RedisServer) -> None:
    """Whoever makes a pool has nothing else to close, and a Redis that is not there is no error."""
    api = ScriptedApi(Reply(200, {**page(), "id": "auth0|1"}))
    async with Pool(URL, app=api, shared=Replicas(url_of(server))) as pool:
        assert (await HarmonicaClient(KEY, pool=pool).account.me()).id == "auth0|1"


async def test_the_budget_counts_in_all_pools(process: Make) -> None:
    """When two pools have used up a key's requests, both say so, and when to try again."""
    api = ScriptedApi(Reply(200, {**page(), "id": "auth0|1"}))
    key = "hm_live_" + uuid4().hex
    pools = [Pool(URL, app=api, shared=process(), requests_per_minute=3) for _ in "12"]
    clients = [HarmonicaClient(key, pool=pool) for pool in pools]
    for client in (*clients, clients[0]):
        await client.account.me()
    for client in clients:
        with pytest.raises(errors.BudgetSpent, match="its 3 requests") as spent:
            await client.account.me()
        assert 50 < (spent.value.retry_after or 0) <= 62
    assert len(api.requests) == 3


async def test_a_participant_has_one_turn_in_all_pools(process: Make) -> None:
    """While a turn goes on through one pool, another one sends nothing, and says so in time."""
    began, go_on = asyncio.Event(), asyncio.Event()

    class Slow(ScriptedApi):
        async def __call__(self, *given: object) -> None:
            began.set()
            await go_on.wait()
            await super().__call__(*given)  # pyright: ignore[reportArgumentType]

    said = Reply(200, {**page(), "message": {"content": "Go on."}})
    slow, api = Slow(said), ScriptedApi(said)
    one = HarmonicaClient(KEY, pool=Pool(URL, app=slow, shared=process()))
    two = HarmonicaClient(KEY, pool=Pool(URL, app=api, shared=process(), max_seconds=0.5))
    session = f"hst_{uuid4().hex}"
    first = asyncio.create_task(one.chat.send(session, "First.", participant_name="Ann"))
    await began.wait()
    with pytest.raises(errors.TurnRunning, match="nothing was sent"):
        await two.chat.send(session, "Second.", participant_name="Ann")
    assert api.requests == []
    go_on.set()
    await first
    await two.chat.send(session, "Second.", participant_name="Ann")
    assert len(api.requests) == 1
