"""Serving the host that started this process."""

import gc
from collections.abc import Callable
from contextlib import nullcontext

import anyio
from mcp.os.win32.utilities import rebind_std_handle_to_fd

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.transports.hello.keeper import Keeper
from harmonica_mcp.transports.stdio.beginning import Beginning
from harmonica_mcp.transports.stdio.ending import ending_late, ending_on_signals
from harmonica_mcp.transports.stdio.host import streams
from harmonica_mcp.transports.stdio.intake import Intake
from harmonica_mcp.transports.stdio.wire import Wire
from harmonica_mcp.transports.streams import serve_streams


def run_stdio(server: HarmonicaServer, pool: Pool, keeper: Keeper | None = None) -> None:
    """Serve one host over stdin and stdout until it closes stdin.

    Calls under way then have a second and a half to be answered. SIGINT and SIGTERM end the process
    with 130 and 143; so does the end of input, with 0, when calls do not let go. What is still open
    and has an effect is named on stderr. Outside the main thread, where signals cannot be handled,
    only the end of input counts.

    Args:
        server: answers.
        pool: its connections, closed at the end.
        keeper: takes a snapshot of what it says first, for the next start.
    """
    # Before anything else is opened.
    with Wire(rebind_std_handle_to_fd) as wire:
        serve_from(Beginning(Intake(wire.incoming), wire.outgoing), server, pool, keeper)


def serve_from(
    beginning: Beginning, server: HarmonicaServer, pool: Pool, keeper: Keeper | None = None
) -> None:
    """The same with a host to whom something was said already."""
    # What was loaded is there to stay, and need not be looked through again and again.
    gc.freeze()
    gc.enable()
    with ending_on_signals(pool), ending_late(pool) as at_the_end:
        anyio.run(_serve, beginning, server, pool, keeper, at_the_end)
    # Python would do so once more at its end, which would take longer than all the rest of it.
    gc.freeze()


async def _serve(
    beginning: Beginning,
    server: HarmonicaServer,
    pool: Pool,
    keeper: Keeper | None,
    at_the_end: Callable[[], None],
) -> None:
    async with pool:
        with streams(beginning, at_the_end) as (read, write):
            try:
                async with keeper.beside(server, read.all_answered) if keeper else nullcontext():
                    await serve_streams(server, read, write)
            finally:
                at_the_end()
                # While the connections are still there: what is cut is named in the log.
                await server.callers.work.aclose()
