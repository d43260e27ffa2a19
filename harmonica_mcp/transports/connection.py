"""One connection of a client: how long it may take, and how what is no HTTP is answered."""

import asyncio
import sys
import weakref
from typing import cast

import h11
from starlette.types import Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

from harmonica_mcp.transports.answers import refusal
from harmonica_mcp.transports.gathering import Gathering

ARRIVAL_SECONDS = 20.0
"""For a request's head, or for the rest of a request that is answered already."""
STALL_SECONDS = 30.0
"""For which a client may take nothing of an answer that waits for it."""

CONNECTION = "harmonica_mcp.connection"
"""In the state of a request: a weak reference to the `Connection` on which it came."""

_TEXTS = {
    400: "This is no HTTP request.",
    408: "The request did not arrive in time.",
    431: "The request's headers are too large.",
}


class Connection(H11Protocol):
    """uvicorn's connection, with limits that uvicorn leaves to what stands in front of it.

    Nobody keeps one by sending a request bit by bit, by going on to send what was refused, or by
    not reading the answer.
    """

    _arriving: asyncio.TimerHandle | None = None
    _leaving: asyncio.TimerHandle | None = None
    _lost = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for a request."""
        self.gathering = Gathering(transport)
        super().connection_made(cast("asyncio.Transport", self.gathering))
        # Weak, because a session keeps the request that was posted last.
        self.app_state = self.app_state | {CONNECTION: weakref.proxy(self)}
        # Whatever the client has not taken holds the answer up, not only more than 64 kB of it.
        transport.set_write_buffer_limits(high=0)
        self._await_more()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._lost = True
        super().connection_lost(exc)
        self._await_nothing()
        self.resume_writing()

    def reached(self) -> bool:
        """Whether the client was still there when the last was written to it, be that now."""
        self.gathering.leave()
        return self.gathering.reached and not self._lost

    def data_received(self, data: bytes) -> None:
        """Take what came, and wait for what is still missing."""
        super().data_received(data)
        if self.conn.their_state is h11.IDLE or self._answered_early():
            self._await_more()
        else:
            self._await_nothing()

    def on_response_complete(self) -> None:
        """Wait for what is missing of a request that is answered already."""
        super().on_response_complete()
        if self._answered_early():
            self._await_more()

    def pause_writing(self) -> None:
        """Begin to wait for the client to read."""
        super().pause_writing()
        self._await_reading()

    def resume_writing(self) -> None:
        """Stop waiting: the client has taken all there is."""
        super().resume_writing()
        if self._leaving:
            self._leaving.cancel()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's text
        """Answer what h11 does not take for HTTP, in JSON, and hang up."""
        error = sys.exception()
        hint = error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 0
        self._refuse(hint if hint in _TEXTS else 400)

    def _answered_early(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY and self.conn.our_state is h11.DONE

    def _await_more(self) -> None:
        if self._arriving is None:
            self._arriving = self.loop.call_later(ARRIVAL_SECONDS, self._end_waiting)

    def _await_nothing(self) -> None:
        if self._arriving:
            self._arriving.cancel()
            self._arriving = None

    def _end_waiting(self) -> None:
        if self.conn.trailing_data[0]:
            self._refuse(408)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            answer = refusal(status, _TEXTS[status], Connection="close")
            begun = self.conn.our_state is h11.SEND_RESPONSE
            body = b"" if begun and self.scope["method"] == "HEAD" else bytes(answer.body)
            events = (
                h11.Response(status_code=status, headers=answer.raw_headers),
                h11.Data(data=body),
                h11.EndOfMessage(),
            )
            self.transport.write(b"".join(self.conn.send(event) or b"" for event in events))
        if self.cycle:
            # The app may still answer what it has of the request: that must go nowhere.
            self.cycle.disconnected = True
        self.transport.close()

    def _await_reading(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._leaving = self.loop.call_later(STALL_SECONDS, self._hang_up_on, waiting)

    def _hang_up_on(self, waiting: int) -> None:
        if self.transport.get_write_buffer_size() < waiting:
            self._await_reading()
        else:
            self.transport.abort()


def reached(scope: Scope) -> bool:
    """Whether a request's client was still there when it was sent what came last.

    A server other than uvicorn with `Connection` does not know.
    """
    connection: Connection | None = scope.get("state", {}).get(CONNECTION)
    return connection is None or connection.reached()
