"""What time it is: for the API, and until a deadline."""

from datetime import datetime, timedelta

import anyio

from harmonica_mcp.client import errors


class ApiClock:
    """The API's own time, carried on from its last answer; this machine's may be wrong."""

    def __init__(self) -> None:
        self._read: tuple[datetime, float] | None = None

    def read(self, date: datetime | None) -> None:
        """Set it by the date of an answer that has just come."""
        if date is not None:
            self._read = date, anyio.current_time()

    @property
    def now(self) -> datetime | None:
        """The API's time, None before its first answer."""
        if self._read is None:
            return None
        date, seen = self._read
        return date + timedelta(seconds=anyio.current_time() - seen)


def seconds_left(deadline: float) -> float:
    """How long there is until a moment of the event loop's clock.

    Raises:
        ConnectionFailed: It has passed, before anything was sent.
    """
    if (seconds := deadline - anyio.current_time()) <= 0:
        raise errors.ConnectionFailed(
            "No connection to Harmonica could be made in time; nothing was sent, try again."
        )
    return seconds
