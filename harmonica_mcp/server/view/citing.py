"""Which messages the quotations in a summary were taken from."""

import bisect
import re
from collections.abc import Sequence

from pydantic import BaseModel

from harmonica_mcp.client.responses import Participant
from harmonica_mcp.server.guard import clean

_QUOTATION = re.compile(r"“([^”\n]+)”|„([^“”\n]+)[“”]|«([^»\n]+)»|\"([^\"\n]+)\"")
_MOST = 100
_SHORTEST = 2
"""Spaces: what is shorter could stand anywhere."""


class Citation(BaseModel):
    """A quotation and where it stands."""

    words: str
    evidence: list[str]


def citations(summary: str, threads: Sequence[Participant]) -> list[Citation]:
    """The quotations of a summary that somebody really wrote, with the messages, in its order."""
    quoted = dict.fromkeys(
        next(filter(None, each.groups())) for each in _QUOTATION.finditer(summary)
    )
    wanted = [words for words in quoted if words.count(" ") >= _SHORTEST][:_MOST]
    if not wanted:
        return []
    said = [m for thread in threads for m in thread.messages if m.own_words and m.id]
    texts = [_plain(clean(message.content)) for message in said]
    # One text of all: to search a large session message by message takes many times as long.
    whole, begins = "\n".join(texts), _begins(texts)
    found = [
        Citation(words=words, evidence=[said[place].id for place in _places(whole, begins, words)])
        for words in wanted
    ]
    return [each for each in found if each.evidence]


def _begins(texts: Sequence[str]) -> list[int]:
    begins = [0]
    for text in texts:
        begins.append(begins[-1] + len(text) + 1)
    return begins


def _places(whole: str, begins: Sequence[int], words: str) -> list[int]:
    """Which texts hold these words."""
    needle, places, at = _plain(words.rstrip("….!?,; ")), list[int](), 0
    while needle and (at := whole.find(needle, at)) >= 0:
        places.append(bisect.bisect_right(begins, at) - 1)
        at = begins[places[-1] + 1]
    return places


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
