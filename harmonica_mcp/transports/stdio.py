"""The server over stdin and stdout, which ends at once when it is told to."""

import os
import signal
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType

import anyio
from mcp.server.stdio import stdio_server

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.transports.redaction import redacted
from harmonica_mcp.transports.streams import serve_streams

_STDERR = 2
# Together under the 2 s after which SDK clients send SIGTERM and then kill.
_GRACE = 1.0
_LAST_WORDS = 0.5


def run_stdio(server: HarmonicaServer, pool: Pool) -> None:
    """Serve one host over stdin and stdout until it closes stdin.

    SIGINT and SIGTERM end the process with 130 and 143; so does the end of input, with 0, when
    calls do not let go within a second. What is still open and has an effect is named on stderr.
    Outside the main thread, where signals cannot be handled, only the end of input counts.
    """
    with ending_on_signals(pool), _ending_late(pool) as at_the_end:
        anyio.run(_serve, server, pool, at_the_end)


async def _serve(server: HarmonicaServer, pool: Pool, at_the_end: Callable[[], None]) -> None:
    async with pool:
        try:
            async with stdio_server(stdin=_Input(at_the_end)) as (read, write):
                try:
                    await serve_streams(server, read, write)
                finally:
                    at_the_end()
                    # While the connections are still there: what is cut is named in the log.
                    await server.callers.work.aclose()
        except* BrokenPipeError:
            # Nobody hears the answers: as good an end as the end of input.
            pass


class _Input(anyio.AsyncFile[str]):
    """The lines of stdin; tells when they have ended."""

    def __init__(self, ended: Callable[[], None]) -> None:
        # Not to be closed: it is the process's own stdin.
        super().__init__(open(0, encoding="utf-8", errors="replace", closefd=False))  # noqa: SIM115
        self._ended = ended

    async def __aiter__(self) -> AsyncGenerator[str]:
        async for line in super().__aiter__():
            yield line
        self._ended()


@contextmanager
def _ending_late(pool: Pool) -> Generator[Callable[[], None]]:
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
