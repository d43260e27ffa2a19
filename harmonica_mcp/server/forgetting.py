"""Timers by which what is kept for a while is forgotten when it is due."""

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple

Ts = TypeVarTuple("Ts")


def forget_after(
    seconds: float, forget: Callable[[*Ts], object], *args: *Ts
) -> asyncio.TimerHandle:
    """Call it later, in a context of its own: that of the call which keeps it holds its key."""
    return asyncio.get_running_loop().call_later(seconds, forget, *args, context=Context())
