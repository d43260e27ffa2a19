"""The descriptors over which a host speaks, out of the way of everything else that prints."""

import os
import sys
from collections.abc import Callable
from typing import Self


def _nothing(_: int) -> None: ...


class Wire:
    """This process's stdin and stdout, moved to descriptors of their own.

    Until it is left, descriptor 0 is empty and descriptor 1 is stderr: what a library or a
    child process prints does not come between messages.

    Args:
        moved: called with 0 or 1 whenever that descriptor leads elsewhere.
    """

    def __init__(self, moved: Callable[[int], None] = _nothing) -> None:
        self._moved = moved
        _make_sure_of_stderr()
        self.incoming = os.dup(0)
        self.outgoing = os.dup(1)
        self._lead(0, os.open(os.devnull, os.O_RDONLY))
        self._lead(1, os.dup(2))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let 0 and 1 be what they were."""
        # What was printed in between is not for the host.
        sys.stdout.flush()
        self._lead(0, self.incoming)
        self._lead(1, self.outgoing)

    def _lead(self, fd: int, where: int) -> None:
        os.dup2(where, fd)
        os.close(where)
        self._moved(fd)


def _make_sure_of_stderr() -> None:
    """Without it, whatever is opened next would be taken for it."""
    try:
        os.fstat(2)
    except OSError:
        # The lowest that is free, which it is.
        os.open(os.devnull, os.O_WRONLY)
