"""Cursors: where the next page of a list begins."""

import base64
import hashlib
import json
import struct
from collections.abc import Sequence
from typing import Annotated, Generic, NamedTuple, Protocol, TypeGuard, TypeVar

from pydantic import Field

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.sessions import Page

Cursor = Annotated[str | None, Field(description="next_cursor of the page before")]

_FORM = struct.Struct(">HI")
_MARK = 4
_REMEMBERED = 20


class Listed(Protocol):
    """What Harmonica lists."""

    @property
    def id(self) -> str:
        """Tells it from all others."""
        ...


T = TypeVar("T")
# Page[Item] in quotes: evaluated, pydantic would look for a schema of the bound.
Item = TypeVar("Item", bound=Listed)


class Begin(NamedTuple):
    """Where a page of a list begins that Harmonica pages, and what the pages before ended with.

    Its order has no tie-breaker and moves while things change, so the same may come once more.
    """

    tool: str
    offset: int = 0
    shown: tuple[bytes, ...] = ()
    """Marks of the ids that were shown last."""

    @classmethod
    def of(cls, tool: str, cursor: str | None) -> "Begin":
        """What a cursor stands for.

        Raises:
            InvalidInput: It is none of this tool's.
        """
        if cursor is None:
            return cls(tool)
        try:
            payload = from_word(cursor)
            made_by, offset = _FORM.unpack_from(payload)
        except (ValueError, struct.error):
            raise _invalid() from None
        marks = payload[_FORM.size :]
        if made_by != _number(tool) or len(marks) % _MARK or len(marks) > _MARK * _REMEMBERED:
            raise _invalid()
        return cls(tool, offset, tuple(marks[n : n + _MARK] for n in range(0, len(marks), _MARK)))

    def once(self, page: "Page[Item]") -> list[Item]:
        """What a page holds, each once, and nothing of what was shown last."""
        items = {item.id: item for item in page.data}.values()
        return [item for item in items if not self.shown or _mark(item.id) not in self.shown]

    def following(self, page: "Page[Item]") -> str | None:
        """The cursor of the page after this one."""
        offset = page.next_offset
        if offset is None:
            return None
        shown: Sequence[bytes] = (*self.shown, *(_mark(item.id) for item in self.once(page)))
        payload = _FORM.pack(_number(self.tool), offset) + b"".join(shown[-_REMEMBERED:])
        return as_word(payload)


def _mark(identity: str) -> bytes:
    return hashlib.sha256(identity.encode()).digest()[:_MARK]


def _number(tool: str) -> int:
    """Stands for a tool in its cursors."""
    return int.from_bytes(_mark(tool)[:2])


def left(page: "Page[Item]") -> int:
    """How many there are after a page."""
    after = page.next_offset
    return page.pagination.total - after if after else 0


class Cut(NamedTuple, Generic[T]):
    """A page of a list that Harmonica gives as a whole."""

    items: list[T]
    left: int
    next_cursor: str | None


def cut(tool: str, whole: list[T], begin: int, size: int) -> Cut[T]:
    """The page of a tool's list that begins at such a place."""
    end = begin + size
    after = max(len(whole) - end, 0)
    return Cut(whole[begin:end], after, encode(tool, end) if after else None)


def more(left: int, next_cursor: str | None) -> str | None:
    """The line under a page that leads on; None under the last one."""
    return f"{left} more: call again with cursor {next_cursor}." if left else None


def more_of(tool: str, next_cursor: str | None) -> str | None:
    """The line under a part of something long; None under the last one."""
    return f"More: call {tool} with cursor {next_cursor}." if next_cursor else None


def encode(tool: str, *place: int) -> str:
    """A place as an opaque cursor of a tool."""
    return as_word(json.dumps((_number(tool), *place)).encode())


def decode(tool: str, cursor: str | None, size: int = 1) -> tuple[int, ...]:
    """The place that a cursor stands for; the beginning where there is none.

    Raises:
        InvalidInput: It is none of this tool's.
    """
    if cursor is None:
        return (0,) * size
    try:
        place = json.loads(from_word(cursor))
    except (ValueError, RecursionError):
        place = None
    match place:
        case [made_by, *rest] if made_by == _number(tool) and len(rest) == size and _numbers(rest):
            return tuple(rest)
        case _:
            raise _invalid()


def _numbers(place: Sequence[object]) -> TypeGuard[Sequence[int]]:
    return all(type(n) is int and 0 <= n < 10**9 for n in place)


def as_word(payload: bytes) -> str:
    """Bytes as one opaque word."""
    return base64.urlsafe_b64encode(payload).decode().rstrip("=")


def from_word(word: str) -> bytes:
    """The bytes that a word stands for.

    Raises:
        ValueError: It stands for none.
    """
    return base64.b64decode(word + "=" * (-len(word) % 4), b"-_", validate=True)


def _invalid() -> InvalidInput:
    return InvalidInput("This cursor is not valid here: leave it out to begin again.")
