"""Cursors: where the next page of a list begins."""

import base64
import binascii
import json
from typing import Annotated

from pydantic import Field

from harmonica_mcp.client.errors import InvalidInput

Cursor = Annotated[str | None, Field(description="next_cursor of the page before")]


def encode(*place: int) -> str:
    """A place as an opaque cursor."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def decode(cursor: str | None, size: int = 1) -> tuple[int, ...]:
    """The place that a cursor stands for; the beginning where there is none.

    Raises:
        InvalidInput: It is none of ours.
    """
    if cursor is None:
        return (0,) * size
    try:
        place = json.loads(
            base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        )
    except (binascii.Error, ValueError, RecursionError):
        place = None
    match place:
        case list() if len(place) == size and all(type(n) is int and 0 <= n < 10**9 for n in place):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            return tuple(place)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        case _:
            raise InvalidInput("This cursor is not valid: leave it out to begin again.")
