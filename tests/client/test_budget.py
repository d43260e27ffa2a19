"""The request budget: a fixed minute per key, each call in its turn."""

import anyio
import anyio.lowlevel
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from tests.client.api import KEY, OTHER_KEY, URL, Reply, ScriptedApi, page
from tests.client.conftest import Clock

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def api() -> ScriptedApi:
    """A Harmonica without sessions."""
    return ScriptedApi(Reply(200, page()))


@pytest.fixture
def pool(api: ScriptedApi) -> Pool:
    """A pool that allows two requests a minute and key."""
    return Pool(URL, requests_per_minute=2, app=api)


async def spend(pool: Pool, key: str = KEY) -> None:
    """Use up a key's budget."""
    for _ in range(2):
        await HarmonicaClient(key, pool=pool).account.me()


@pytest.fixture(autouse=True)
def who(api: ScriptedApi) -> None:
    """Let the scripted answer do for every operation that these tests call."""
    api.replies[0] = Reply(200, {**page(), "id": "auth0|1", "message": {"content": "Hello."}})


async def test_within_the_budget_nothing_waits(pool: Pool, clock: Clock) -> None:
    """As many requests as the budget has go out at once."""
    await spend(pool)
    assert clock.passed == 0


async def test_a_call_waits_for_the_next_minute_and_tells(pool: Pool, clock: Clock) -> None:
    """The minute begins with the first request; who must wait is told how long."""
    told: list[float] = []

    async def on_wait(seconds: float) -> None:
        told.append(seconds)

    await HarmonicaClient(KEY, pool=pool).account.me()
    await anyio.sleep(35)
    client = HarmonicaClient(KEY, pool=pool, on_wait=on_wait)
    await client.account.me()
    assert told == []
    await client.account.me()
    assert told == [pytest.approx(25, abs=0.1)]
    assert 60 <= clock.passed < 61


async def test_a_wait_beyond_the_time_limit_fails_at_once(
    pool: Pool, api: ScriptedApi, clock: Clock
) -> None:
    """A plain call has 30 s; when the next minute is further off, it says so and sends nothing."""
    await spend(pool)
    with pytest.raises(errors.BudgetSpent, match="try again in 61 seconds") as caught:
        await HarmonicaClient(KEY, pool=pool).account.me()
    assert caught.value.retry_after == 61
    assert not caught.value.may_have_happened
    assert isinstance(caught.value, errors.NotSent)
    assert clock.passed == 0
    assert len(api.requests) == 2


async def test_other_keys_have_their_own_budget(pool: Pool, clock: Clock) -> None:
    """One key's spent budget does not hold up another's calls."""
    await spend(pool)
    await spend(pool, OTHER_KEY)
    assert clock.passed == 0


async def test_who_comes_no_more_is_forgotten(pool: Pool) -> None:
    """Of a key whose minute is over nothing is left when another's begins."""
    await spend(pool)
    await anyio.sleep(61)
    await spend(pool, OTHER_KEY)
    counts = vars(pool.budget)["_windows"].storage
    assert len(counts.storage) == len(counts.expirations) == 1


async def test_calls_get_their_turn_in_order(pool: Pool, api: ScriptedApi, clock: Clock) -> None:
    """Waiting calls go out first come, first served, across minutes, and all are told."""
    await spend(pool)
    told: dict[str, list[float]] = {}

    async def speak(name: str) -> None:
        async def on_wait(seconds: float) -> None:
            told.setdefault(name, []).append(seconds)

        client = HarmonicaClient(KEY, pool=pool, on_wait=on_wait)
        await client.chat.send("hst_1", name, participant_name=name)

    async with anyio.create_task_group() as group:
        for name in ("first", "second", "third"):
            group.start_soon(speak, name)
            await anyio.sleep(1)
    spoken = [sent.json for sent in api.requests if sent.method == "POST"]
    assert [words["content"] for words in spoken if isinstance(words, dict)] == [
        "first",
        "second",
        "third",
    ]
    assert set(told) == {"first", "second", "third"}
    assert 120 <= clock.passed < 122


async def test_who_queues_in_vain_learns_it_at_once(pool: Pool, clock: Clock) -> None:
    """Behind others, too, a call that cannot be served in its time fails now, not at its end."""
    await spend(pool)
    client = HarmonicaClient(KEY, pool=pool)
    async with anyio.create_task_group() as group:
        group.start_soon(lambda: client.chat.send("hst_1", "Hello", participant_name="Ann"))
        await anyio.sleep(1)
        with pytest.raises(errors.BudgetSpent, match="try again in 60 seconds"):
            await client.account.me()
        assert clock.passed == pytest.approx(1)


async def test_a_long_queue_ends_with_the_time_limit(pool: Pool, clock: Clock) -> None:
    """A call whose turn does not come within its limit says so then, and sends nothing."""
    await spend(pool)
    await anyio.sleep(40)
    client = HarmonicaClient(KEY, pool=pool)
    spent: list[errors.BudgetSpent] = []

    async def read() -> None:
        try:
            await client.account.me()
        except errors.BudgetSpent as error:
            spent.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(read)
    assert len(spent) == 1
    assert 60 < clock.passed <= 70.5


async def test_repeats_count_as_requests(pool: Pool, api: ScriptedApi, clock: Clock) -> None:
    """A repeat uses the budget as the API counts it, and so waits for its turn as well."""
    api.replies.appendleft(Reply(504))
    api.replies.appendleft(Reply(504))
    api.replies.appendleft(Reply(504))
    client = HarmonicaClient(KEY, pool=pool)
    with pytest.raises(errors.BudgetSpent):
        await client.account.me()
    assert len(api.requests) == 2
    assert clock.passed < 10


async def test_a_turn_that_never_comes_ends_with_the_time_limit(pool: Pool, clock: Clock) -> None:
    """Behind others that use up the next minute too, a call ends when its own time does."""
    await spend(pool)
    await anyio.sleep(40)
    client = HarmonicaClient(KEY, pool=pool)
    async with anyio.create_task_group() as group:
        for name in ("Ann", "Ben", "Cem"):
            group.start_soon(
                lambda name=name: client.chat.send("hst_1", "Hello", participant_name=name)
            )
        await anyio.lowlevel.checkpoint()
        with pytest.raises(errors.BudgetSpent, match="try again in 51 seconds"):
            await client.account.me()
        assert clock.passed == pytest.approx(70)


async def test_a_clock_that_is_set_back_locks_nobody_out(pool: Pool, clock: Clock) -> None:
    """Setting this machine's clock back an hour costs a minute at most."""
    await spend(pool)
    clock.wrong_by = -3600
    client = HarmonicaClient(KEY, pool=pool)
    await client.chat.send("hst_1", "Hello.", participant_name="Ann")
    assert clock.passed < 61
    await client.account.me()
    assert clock.passed < 61
