"""One request on a connection of its own, and how much of its answer has come."""

import asyncio
import json
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

import h11

from bench.wire import Json

_PIECE = 1 << 16


class Exchange:
    """An answer that is read in the moment in which it comes, and once more when it is left.

    Who uses an HTTP client cannot say what had come when they hung up: its tasks may have been
    about to read it. Here nothing is left unread that a server wrote before.

    Args:
        heard: is given the answer's body, piece by piece.
        over: is told when there is no more to come.
    """

    def __init__(self, heard: Callable[[bytes], None], over: Callable[[], None]) -> None:
        self.status = 0
        self._heard = heard
        self._over = over
        self._http = h11.Connection(h11.CLIENT)
        self._socket = socket.socket()
        self._open = True

    async def begin(
        self, method: str, url: str, headers: Mapping[str, str], sent: Json | None = None
    ) -> None:
        """Send the request."""
        at = urlsplit(url)
        target = f"{at.path}?{at.query}" if at.query else at.path
        body = b"" if sent is None else json.dumps(sent).encode()
        own = {"Host": at.netloc, "Content-Length": str(len(body))}
        own |= {} if sent is None else {"Content-Type": "application/json"}
        fields = [*own.items(), *headers.items()]
        asked = self._http.send(h11.Request(method=method, target=target, headers=fields))
        asked = (asked or b"") + (self._http.send(h11.Data(data=body)) or b"")
        self._http.send(h11.EndOfMessage())
        loop = asyncio.get_running_loop()
        self._socket.setblocking(False)
        await loop.sock_connect(self._socket, (at.hostname, at.port))
        await loop.sock_sendall(self._socket, asked)
        loop.add_reader(self._socket, self.read)

    def read(self) -> None:
        """Read what has come."""
        while self._open:
            try:
                data = self._socket.recv(_PIECE)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            self._take(data)

    def leave(self) -> None:
        """Hang up, and read what came before that."""
        if self._open:
            with suppress(OSError):
                # First, so that the server writes nothing in between that it takes for heard.
                self._socket.shutdown(socket.SHUT_WR)
            self.read()
        self._close()

    def _take(self, data: bytes) -> None:
        event: object = None
        try:
            self._http.receive_data(data)
            while event is not h11.NEED_DATA:
                event = self._http.next_event()
                match event:
                    case h11.Response():
                        self.status = event.status_code
                    case h11.Data():
                        self._heard(bytes(event.data))
                    case h11.EndOfMessage() | h11.ConnectionClosed():
                        break
                    case _:
                        continue
            else:
                return
        except h11.RemoteProtocolError:
            # The server has ended in the middle.
            pass
        self._close()
        self._over()

    def _close(self) -> None:
        if self._open:
            self._open = False
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
