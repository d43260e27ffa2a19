"""What is kept for a while after a call, and that nothing of the call is kept with it."""

import asyncio
import gc
import math
import weakref
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime

import pytest

from harmonica_mcp.client._budget import RequestBudget
from harmonica_mcp.server import completions
from harmonica_mcp.server.completions import Choices
from harmonica_mcp.server.guard.privacy.book import Book
from harmonica_mcp.server.guard.privacy.group import Group
from harmonica_mcp.server.reading import kept
from harmonica_mcp.server.reading.kept import Heard

_caller: ContextVar["Caller"] = ContextVar("caller")


class Caller:
    """What a call knows of whoever makes it: the SDK keeps the key in such a context."""


async def _conversations(store: kept.Kept) -> object:
    store.put("caller", "session", Heard([], datetime.now(UTC)))
    return store.get("caller", "session")


async def _names(store: Book) -> object:
    return store.keep(("caller", "session"), Group((b"k" * 32,), "session", ["Ada"]))


async def _choices(store: completions.Kept) -> object:
    async def ask() -> Choices:
        return Choices()

    return await store.get("caller", "session_id", ask)


async def _requests(store: RequestBudget) -> object:
    return await store.take("caller", math.inf) is None


@pytest.mark.parametrize(
    ("store", "keep"),
    [
        (kept.Kept(), _conversations),
        (Book(), _names),
        (completions.Kept(), _choices),
        (RequestBudget(), _requests),
    ],
    ids=["conversations", "names", "choices", "requests"],
)
async def test_no_key_waits_with_it(
    store: object, keep: Callable[[object], Awaitable[object]]
) -> None:
    """Once a call has ended, what is kept for the next one holds no key in memory."""

    async def call() -> weakref.ref[Caller]:
        caller = Caller()
        _caller.set(caller)
        assert await keep(store) is not None
        return weakref.ref(caller)

    ended = await asyncio.create_task(call())
    # Until the next turn of the event loop the task itself is held.
    await asyncio.sleep(0)
    gc.collect()
    assert ended() is None
