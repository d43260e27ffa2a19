"""Where an HTTP server listens."""

import ipaddress
import socket
from importlib.util import find_spec

FILES = 16_384
"""More than all connections that `Limits` let a process have."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, so that the port is known, and an error told, before all else starts.

    Raises:
        OSError: The address is taken, or not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as listening:
        # asyncio switches Nagle's algorithm off only for sockets that are TCP by name; with it
        # every small answer waits 40 ms for the client's delayed acknowledgement.
        return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, listening.detach())


def allow_connections() -> None:
    """Let this process have many open; by default most systems stop at 1,024 files of any kind."""
    if find_spec("resource") is None:
        return  # Windows has no such limit.
    import resource  # noqa: PLC0415 - not everywhere

    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most == resource.RLIM_INFINITY else min(FILES, most)
    if resource.RLIM_INFINITY != now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def address(listening: socket.socket) -> str:
    """The URL of a listening socket."""
    host, port = listening.getsockname()[:2]
    return f"http://{authority(host, port)}"


def authority(host: str, port: int) -> str:
    """Host and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
