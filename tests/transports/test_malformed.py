"""Requests that are wrong in some way, on every route; `bench/malformed.py` sends many more."""

import pytest

from bench.malformed import broken, requests, send, still_serves
from bench.serving import serving


@pytest.mark.parametrize("options", [(), ("--sessions",)], ids=["stateless", "sessions"])
async def test_nothing_that_is_sent_is_the_end(options: tuple[str, ...]) -> None:
    """Whatever comes is answered or waited for, never with a 500, and the next call is served."""
    with serving(*options) as server:
        told = await send(server.url, requests(7), 500)
        assert told.total() == 500
        assert told["200"]
        assert told["400"]
        assert not broken(told)
        assert server.crashes == []
        assert still_serves(server.url)
