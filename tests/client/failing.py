"""Calls, and the error that one ends with."""

from collections.abc import Awaitable, Callable

import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import errors
from tests.client.api import Reply, speaking_to

Call = Callable[[HarmonicaClient], Awaitable[object]]


def read(client: HarmonicaClient) -> Awaitable[object]:
    """A `read` operation."""
    return client.sessions.get("hst_1")


def change(client: HarmonicaClient) -> Awaitable[object]:
    """An `idempotent` operation."""
    return client.sessions.update("hst_1", topic="Tea")


async def failure(call: Call, reply: Reply) -> errors.HarmonicaError:
    """The error that a call ends with when Harmonica answers like this."""
    client, _ = speaking_to(reply)
    with pytest.raises(errors.HarmonicaError) as caught:
        await call(client)
    return caught.value
