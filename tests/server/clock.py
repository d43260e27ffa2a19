"""A clock that tests control: hours pass at once, and only while nothing else is to be done."""

import asyncio
import functools
import selectors
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, ParamSpec

import pytest

from tests.server import wire

P = ParamSpec("P")

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
"""What Harmonica's clock shows when a test begins."""


class _Skips(selectors.DefaultSelector):
    """Instead of waiting for what nobody will send, moves the clock on."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if ready := super().select(0):
            return ready
        if timeout is None:
            return super().select(5)
        self.now += max(timeout, 0)
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skips = _Skips()
        super().__init__(self._skips)

    def time(self) -> float:
        return self._skips.now


def on_a_clock_of_its_own(
    test: Callable[P, Coroutine[Any, Any, None]],
) -> Callable[P, None]:
    """Run a test in a loop whose time passes at once, Harmonica's and this machine's with it."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with pytest.MonkeyPatch.context() as patch, asyncio.Runner(loop_factory=_Loop) as runner:
            loop = runner.get_loop()
            # A wire that is silent for as long as a call may take does not hang.
            patch.setattr(wire, "_HANGS", 10_000)
            patch.setattr(time, "time", lambda: NOON.timestamp() + loop.time())
            runner.run(test(*args, **kwargs))

    return run


def now() -> datetime:
    """What Harmonica's clock shows."""
    return NOON + timedelta(seconds=asyncio.get_running_loop().time())
