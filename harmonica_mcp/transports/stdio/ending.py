"""The end of the process, in order or at once, and what is said last."""

import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType

from harmonica_mcp.client import Pool
from harmonica_mcp.transports.redaction import redacted

_STDERR = 2
# Together under the 2 s after which SDK clients send SIGTERM and then kill.
_GRACE = 1.75
_LAST_WORDS = 0.2


@contextmanager
def ending_late(pool: Pool) -> Generator[Callable[[], None]]:
    """Give what starts the clock, once; when it runs out the process ends."""
    clock = threading.Timer(_GRACE, end_process, (pool, 0))
    clock.daemon = True

    def start() -> None:
        if clock.ident is None:
            clock.start()

    try:
        yield start
    finally:
        clock.cancel()


@contextmanager
def ending_on_signals(pool: Pool) -> Generator[None]:
    """Let SIGINT and SIGTERM end the process at once, where signals can be handled."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: FrameType | None) -> None:
        end_process(pool, 128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end_process(pool: Pool, code: int) -> None:
    """End the process now, after one line on stderr for each open request with an effect.

    Closing down in order could wait for the host, a thread that reads stdin, or Harmonica.
    """
    # A host that does not read stderr must not keep the process alive either.
    last = threading.Timer(_LAST_WORDS, os._exit, (code,))
    last.daemon = True
    last.start()
    lines = [
        f"Still under way, it may take effect: {request}\n" for request in [*pool.open_requests]
    ]
    with suppress(OSError):
        # Not through logging: a signal may have stopped it in the middle of a line.
        os.write(_STDERR, redacted("".join(lines)).encode())
    os._exit(code)
