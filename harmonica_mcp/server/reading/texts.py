"""Long texts, such as a summary, within a token budget."""

import bisect
import hashlib
import struct
from typing import NamedTuple

from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.guard import clean, document, quote_whole
from harmonica_mcp.server.sealing import Seal

_FORM = struct.Struct(">8sI")
# What stands around the text: the line above it, the cursor, the notice.
_FRAME = 800


class TextPage(NamedTuple):
    """A piece of a text."""

    words: str
    next_cursor: str | None


def page_of_text(text: str, seal: Seal, max_tokens: int, cursor: str | None) -> TextPage:
    """A page of a text that ends at a line's end where it can.

    Raises:
        InvalidInput: The cursor is none of ours, or the text was written anew since.
    """
    text = clean(text)
    digest = hashlib.sha256(text.encode()).digest()[:8]
    begin = 0
    if cursor is not None:
        made_of, begin = _FORM.unpack(seal.open(cursor))
        if made_of != digest:
            raise InvalidInput(
                "The text was written anew since this cursor was made: leave it out to begin again."
            )
    end = _end(text, begin, max_tokens * 4 - _FRAME - len(seal.subject.encode()))
    following = seal.seal(_FORM.pack(digest, end)) if end < len(text) else None
    return TextPage(text[begin:end], following)


def _end(text: str, begin: int, budget: int) -> int:
    if _cost(text[begin:]) <= budget:
        return len(text)
    ends = range(begin + 1, len(text) + 1)
    end = begin + bisect.bisect_right(ends, budget, key=lambda end: _cost(text[begin:end]))
    line = text.rfind("\n", begin + (end - begin) // 2, end)
    return end if line < 0 else line + 1


def _cost(piece: str) -> int:
    """Bytes in the dearer of both forms."""
    return max(len(document(piece).encode()), len(quote_whole(piece).encode()))
