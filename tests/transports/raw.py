"""HTTP as it goes over the wire, byte by byte."""

import json
import socket
from io import RawIOBase
from typing import Self
from urllib.parse import urlsplit

from tests.transports.wire import PATIENCE


def is_open(url: str) -> bool:
    """Whether somebody listens."""
    host, _, port = url.removeprefix("http://").rpartition(":")
    try:
        socket.create_connection((host, int(port)), PATIENCE).close()
    except ConnectionError:
        return False
    return True


class Raw:
    """A connection on which a test writes what no HTTP client would."""

    def __init__(self, url: str, *, receive_buffer: int = 0) -> None:
        self.url = url
        at = urlsplit(url)
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((at.hostname, at.port))
        self.host = at.netloc

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def head(self, line: str, **headers: str) -> None:
        """Send a request's head."""
        fields = {"Host": self.host} | {n.replace("_", "-"): v for n, v in headers.items()}
        lines = [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        self.send("\r\n".join([*lines, "", ""]).encode())

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(data)

    def rest(self) -> bytes:
        """Read up to the end, which the server has to make."""
        with self.socket.makefile("rb") as stream:
            return stream.read()

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read one answer: status, headers, body."""
        with self.socket.makefile("rb", buffering=0) as stream:
            status = int(_line(stream).split()[1])
            headers: dict[str, str] = {}
            while line := _line(stream):
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            body = b""
            while missing := int(headers["content-length"]) - len(body):
                body += stream.read(missing) or b""
            return status, headers, body

    def refusal(self) -> tuple[int, dict[str, str], str]:
        """Read one answer that is an error: status, headers, the error's name."""
        status, headers, body = self.answer()
        return status, headers, json.loads(body)["error"]


def _line(stream: RawIOBase) -> str:
    return stream.readline().decode().rstrip("\r\n")
