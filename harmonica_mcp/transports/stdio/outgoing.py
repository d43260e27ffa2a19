"""Writing to the host without ever waiting for it inside a system call."""

import errno
import os
import select

# A pipe that can be written to takes so much at once. O_NONBLOCK would be the other way, but it
# belongs to the open file, not to the descriptor: it would also be set for the terminal or the
# log that stdout shares with the parent and with stderr, and stay set when this process is killed.
_AT_ONCE: int = getattr(select, "PIPE_BUF", 4096)
# How a terminal, and a pipe of Windows, say that nobody is at their other end.
_NOBODY = (errno.EIO, errno.EINVAL)


def write(fd: int, data: bytes | bytearray) -> int:
    """Write some of it; gives how much.

    Raises:
        ConnectionError: The host is gone.
    """
    try:
        return os.write(fd, data)
    except OSError as error:
        if error.errno in _NOBODY:
            raise BrokenPipeError from error
        raise


class Outgoing:
    """What is to be written to a descriptor, in order.

    Args:
        fd: the descriptor.
        waiting: what is to be written already.
    """

    def __init__(self, fd: int, waiting: bytes = b"") -> None:
        self.fd = fd
        self._waiting = bytearray(waiting)
        self._ready = select.poll()
        self._ready.register(fd, select.POLLOUT)

    def put(self, data: bytes) -> None:
        """Add something to be written."""
        self._waiting += data

    @property
    def waiting(self) -> bytes:
        """What is not written yet."""
        return bytes(self._waiting)

    def flush(self) -> bool:
        """Write as much as the host takes now; whether that was everything.

        Raises:
            ConnectionError: The host is gone.
        """
        while self._waiting:
            if not self._ready.poll(0):
                return False
            try:
                written = write(self.fd, self._waiting[:_AT_ONCE])
            except BlockingIOError:
                # Whoever started us had set O_NONBLOCK.
                return False
            del self._waiting[:written]
        return True
