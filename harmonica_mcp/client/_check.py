"""What is checked before anything is sent: the API answers 500 to much of it, or loses words."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast
from urllib.parse import quote

from harmonica_mcp.client.errors import InvalidInput

MAX_MESSAGE = 10_000
"""The API's cap on a message, in UTF-16 units (an emoji counts two)."""
MAX_ID = 512
"""Ids are opaque, but a URL above 16 kB is refused without an answer."""

# What JavaScript's trim() removes: the API trims with it, and looking words up must agree.
_JS_SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)


def trimmed(text: str) -> str:
    """The text as the API stores it."""
    return text.strip(_JS_SPACE)


def sendable(name: str, text: str) -> str:
    """The text itself, when the API can keep it unchanged.

    Raises:
        InvalidInput: It holds a NUL (the API answers success and stores nothing) or half a
            surrogate pair (stored as U+FFFD).
    """
    if "\x00" in text:
        raise InvalidInput(f"{name} contains a NUL character, which Harmonica cannot store.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"{name} is not valid Unicode text.") from None
    return text


def filled(name: str, text: str) -> str:
    """The text itself, when it says something."""
    if not trimmed(sendable(name, text)):
        raise InvalidInput(f"{name} must not be empty.")
    return text


def message(name: str, text: str) -> str:
    """The text itself, when it can be one message of a conversation."""
    if (units := len(filled(name, text).encode("utf-16-le")) // 2) > MAX_MESSAGE:
        raise InvalidInput(f"{name} has {units:,} characters; Harmonica takes {MAX_MESSAGE:,}.")
    return text


def at_most(name: str, text: str, limit: int) -> str:
    """The text itself, when it is not longer than the API takes."""
    if len(sendable(name, text)) > limit:
        raise InvalidInput(f"{name} has {len(text):,} characters; Harmonica takes {limit:,}.")
    return text


def zoned(moment: datetime | None) -> datetime | None:
    """The moment itself; one that names no zone is UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def iso(moment: datetime | None) -> str | None:
    """The moment as the API reads it, with its zone."""
    zone_known = zoned(moment)
    return zone_known.isoformat() if zone_known else None


def path_segment(name: str, text: str) -> str:
    """The id, quoted so that it stays one segment of a path."""
    if not text or text.strip(".") == "" or len(text) > MAX_ID:
        raise InvalidInput(f"{name} is not an id that Harmonica could have given.")
    return quote(sendable(name, text), safe="")


def content(value: object, name: str) -> None:
    """Check every text in a JSON value as `sendable` does, and that its numbers are finite."""
    match value:
        case str():
            sendable(name, value)
        case dict():
            for key, item in cast("dict[str, object]", value).items():
                content(item, sendable("A field's name", key))
        case list() | tuple():
            for item in cast("Sequence[object]", value):
                content(item, name)
        case float() if not math.isfinite(value):
            raise InvalidInput(f"{name} is not a finite number.")
        case _:
            pass
