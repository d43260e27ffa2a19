"""How long a connection waits for its client to read."""

import asyncio

import uvicorn
from starlette.responses import PlainTextResponse
from uvicorn.server import ServerState

from harmonica_mcp.transports.connection import STALL_SECONDS, Connection
from tests.server.clock import on_a_clock_of_its_own


class Transport(asyncio.Transport):
    """A client's end that takes as much as the test says."""

    waiting = 0
    aborted = False

    def get_write_buffer_size(self) -> int:
        """Give what the client has not taken."""
        return self.waiting

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Be told how much may wait before the connection is told."""
        assert (high, low) == (0, None)

    def close(self) -> None:
        """End the connection in order."""

    def abort(self) -> None:
        """Break the connection off."""
        self.aborted = True


def connected() -> tuple[Transport, Connection]:
    """A connection of a client."""
    transport = Transport()
    connection = Connection(uvicorn.Config(PlainTextResponse(), log_config=None), ServerState(), {})
    connection.connection_made(transport)
    return transport, connection


@on_a_clock_of_its_own
async def test_a_slow_reader_is_waited_for() -> None:
    """However long an answer takes, it goes on while the client takes some of it now and then."""
    transport, connection = connected()
    transport.waiting = 10
    connection.pause_writing()
    while transport.waiting:
        await asyncio.sleep(STALL_SECONDS - 1)
        assert not transport.aborted
        transport.waiting -= 1
    connection.resume_writing()
    await asyncio.sleep(10 * STALL_SECONDS)
    assert not transport.aborted
    connection.connection_lost(ConnectionResetError())


@on_a_clock_of_its_own
async def test_who_reads_nothing_is_hung_up_on() -> None:
    """Half a minute without a byte taken is the end."""
    transport, connection = connected()
    transport.waiting = 10
    connection.pause_writing()
    await asyncio.sleep(STALL_SECONDS - 1)
    assert not transport.aborted
    await asyncio.sleep(2)
    assert transport.aborted
    connection.connection_lost(None)
