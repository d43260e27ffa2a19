"""Serving the host that started this process."""

import gc
from collections.abc import Callable

import anyio
from mcp.os.win32.utilities import rebind_std_handle_to_fd

from harmonica_mcp.client import Pool
from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.transports.stdio.ending import ending_late, ending_on_signals
from harmonica_mcp.transports.stdio.host import streams
from harmonica_mcp.transports.stdio.wire import Wire
from harmonica_mcp.transports.streams import serve_streams


def run_stdio(server: HarmonicaServer, pool: Pool) -> None:
    """Serve one host over stdin and stdout until it closes stdin.

    Calls under way then have a little more than a second to be answered. SIGINT and SIGTERM end
    the process with 130 and 143; so does the end of input, with 0, when calls do not let go. What
    is still open and has an effect is named on stderr. Outside the main thread, where signals
    cannot be handled, only the end of input counts.
    """
    # Before anything else is opened.
    wire = Wire(rebind_std_handle_to_fd)
    try:
        with ending_on_signals(pool), ending_late(pool) as at_the_end:
            anyio.run(_serve, server, pool, wire, at_the_end)
    finally:
        wire.give_back()
        # Python would look through all that was loaded once more: most of the time it takes to end.
        gc.freeze()


async def _serve(
    server: HarmonicaServer, pool: Pool, wire: Wire, at_the_end: Callable[[], None]
) -> None:
    async with pool:
        with streams(wire.incoming, wire.outgoing, at_the_end) as (read, write):
            try:
                await serve_streams(server, read, write)
            finally:
                at_the_end()
                # While the connections are still there: what is cut is named in the log.
                await server.callers.work.aclose()
