"""Nobody's stalled requests take every connection."""

from contextlib import AsyncExitStack

import anyio
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import ApiKey, Pool, errors
from tests.client.api import KEY, OTHER_KEY, URL, Reply, ScriptedApi
from tests.client.conftest import Clock


async def test_a_key_has_half_of_the_connections(clock: Clock) -> None:
    """When fifty requests of a key stall a further one is not sent; other keys do not wait."""
    api = ScriptedApi(Reply(200, {"id": "auth0|1"}))
    pool = Pool(URL, app=api)
    async with AsyncExitStack() as stalled:
        for _ in range(49):
            await stalled.enter_async_context(pool.connections.shares.take(ApiKey(KEY).digest, 10))
        assert await HarmonicaClient(KEY, pool=pool).account.me()
        await stalled.enter_async_context(pool.connections.shares.take(ApiKey(KEY).digest, 10))
        assert await HarmonicaClient(OTHER_KEY, pool=pool).account.me()
        assert clock.passed == 0
        with pytest.raises(errors.ConnectionFailed, match="nothing was sent, try again"):
            await HarmonicaClient(KEY, pool=pool).account.me()
        assert clock.passed == pytest.approx(30, abs=1)
        with pytest.raises(errors.ConnectionFailed, match="Too many requests to Harmonica"):
            async with pool.connections.shares.take(ApiKey(KEY).digest, 10):
                raise AssertionError
    assert len(api.requests) == 2


async def test_a_connection_that_is_free_again_is_used(clock: Clock) -> None:
    """Whoever waits for a share goes on when another request is answered."""
    api = ScriptedApi(Reply(200, {"id": "auth0|1"}, seconds=5))
    client = HarmonicaClient(KEY, pool=Pool(URL, app=api))
    async with anyio.create_task_group() as group:
        for _ in range(100):
            group.start_soon(client.account.me)
    assert len(api.requests) == 100
    assert clock.passed == pytest.approx(10)
