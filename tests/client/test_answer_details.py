"""What errors carry besides their class: seconds, prices, short texts without the key."""

import pytest

from harmonica_mcp.client import errors
from tests.client.api import KEY, Reply, envelope, page, speaking_to
from tests.client.failing import change, failure, read

pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.parametrize(
    ("sent", "wait"),
    [("59", 59.0), ("", 5.0), ("soon", 5.0), ("0", 1.0), ("99999999999", 3600.0), ("²", 5.0)],
)
async def test_a_429_says_how_long_to_wait(sent: str, wait: float) -> None:
    """`Retry-After` is taken over in seconds; nonsense in it becomes a sensible wait."""
    reply = Reply(
        429, envelope("rate_limited", "Wait."), {"retry-after": sent.encode().decode("latin-1")}
    )
    client, _ = speaking_to(reply)
    client.pool.max_seconds = 0.5
    with pytest.raises(errors.RateLimited) as caught:
        await read(client)
    assert caught.value.retry_after == wait
    assert caught.value.status == 429
    assert not caught.value.may_have_happened
    assert f"in {wait:.0f} seconds" in str(caught.value)


@pytest.mark.parametrize(
    ("until", "date", "wait"),
    [
        ("Sun, 22 Nov 2026 12:01:00 GMT", "Sun, 22 Nov 2026 12:00:00 GMT", 60.0),
        ("Sun, 22 Nov 2026 11:59:00 GMT", "Sun, 22 Nov 2026 12:00:00 GMT", 1.0),
        ("Sun, 22 Nov 2026 12:01:00 GMT", "", 5.0),
    ],
)
async def test_a_429_names_a_moment(until: str, date: str, wait: float) -> None:
    """`Retry-After` may be a moment, which is held against the API's own clock."""
    headers = {"retry-after": until, "date": date}
    client, _ = speaking_to(Reply(429, envelope("rate_limited", "Wait."), headers))
    client.pool.max_seconds = 0.5
    with pytest.raises(errors.RateLimited) as caught:
        await read(client)
    assert caught.value.retry_after == wait


async def test_a_503_passes_on_when_to_come_back() -> None:
    """What stands before the API may name a time, and the caller learns it."""
    error = await failure(change, Reply(503, headers={"retry-after": "120"}))
    assert error.retry_after == 120.0


@pytest.mark.parametrize(
    ("beside", "cost", "balance"),
    [({"cost_cents": 120, "balance_cents": 30}, 120, 30), ({"cost_cents": "much"}, None, None)],
)
async def test_a_402_carries_the_prices(
    beside: dict[str, object], cost: int | None, balance: int | None
) -> None:
    """Cost and balance stand beside the envelope; what is no number counts as absent."""
    body = {**envelope("payment_required", "Too low"), **beside}
    error = await failure(read, Reply(402, body))
    assert type(error) is errors.PaymentRequired
    assert (error.status, error.code) == (402, "payment_required")
    assert (error.cost_cents, error.balance_cents) == (cost, balance)


async def test_a_long_or_wild_detail_stays_one_short_sentence() -> None:
    """The API's own text is quoted on one line, cut, and can always be written down."""
    error = await failure(read, Reply(403, envelope("forbidden", "no\n\nway \ud800" + "x" * 999)))
    text = str(error)
    assert "no way ?" in text
    assert "\n" not in text
    assert len(text) < 500
    text.encode()


async def test_a_key_that_the_api_echoes_is_cut_out() -> None:
    """An error body that repeats the key reaches neither message nor detail nor code."""
    odd = 'hm_live_a"b\\c'
    for key in (KEY, odd):
        client, _ = speaking_to(Reply(403, envelope(f"bad {key}", f"Key {key} is odd")), key=key)
        with pytest.raises(errors.Forbidden) as caught:
            await read(client)
        error = caught.value
        for text in (str(error), repr(error), error.detail, error.code or "", repr(vars(error))):
            assert key not in text
        assert "(key)" in error.detail


async def test_a_garbled_date_is_no_date() -> None:
    """A date that cannot be read, and one without a zone, do not disturb an answer."""
    for date in ("yesterday", "Mon, 01 Jan 0001 00:00:00 +2300", "Mon, 01 Jan 2024 00:00:00 -0000"):
        client, _ = speaking_to(Reply(200, page(), {"date": date}))
        assert (await client.sessions.list()).data == []


def test_every_error_belongs_to_the_tree() -> None:
    """The tree drawn at the top of the module names every class in it, and no other."""
    drawn = {word for word in (errors.__doc__ or "").split() if word.isidentifier()}
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.HarmonicaError)
    }
    assert classes <= drawn
    assert issubclass(errors.InvalidInput, ValueError)
