"""A cautious guess whether a text speaks to an agent instead of to people.

It only counts: nothing is removed or hidden for it, since people may well deliberate about AI. It
knows phrases of attacks in a dozen languages, roles and marks of chat formats, orders that name a
tool, and addresses that carry data away. It is no defence: what it does not know it does not flag.
"""

import re
import unicodedata
from collections.abc import Iterable

from harmonica_mcp.server.guard.phrases import PHRASES

_PATTERNS = {
    piece: [phrase.pattern for phrase in PHRASES if piece in phrase.pieces]
    for phrase in PHRASES
    for piece in phrase.pieces
}
# Letters of other scripts that look like Latin ones.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁοαιετνκ", "aeopcyxijsdoaietvk")
_HAS_LATIN = re.compile("[a-z]")
_ACCENTS = re.compile("[\u0300-\u036f]")


def reads_like_instructions(text: str) -> bool:
    """Whether a text holds a phrase that is meant for an agent rather than for people."""
    plain = _plain(text)
    if _holds_phrase(plain):
        return True
    latin = " ".join(
        word.translate(_LOOKALIKES) if _HAS_LATIN.search(word) else word
        for word in ([] if plain.isascii() else plain.split(" "))
    )
    return bool(latin) and latin != plain and _holds_phrase(latin)


def _holds_phrase(plain: str) -> bool:
    for piece, patterns in _PATTERNS.items():
        if piece in plain and any(pattern.search(plain) for pattern in patterns):
            return True
    return False


def count_flagged(texts: Iterable[str]) -> int:
    """How many texts do, at least one where they do so only together."""
    known = list(texts)
    alone = sum(map(reads_like_instructions, known))
    return alone or int(len(known) > 1 and reads_like_instructions(" ".join(known)))


def _plain(text: str) -> str:
    """Lower case, without accents, in everyday forms of letters and single spaces."""
    if text.isascii():
        return _single_spaced(text.lower())
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", decomposed))
    bare = unicodedata.normalize("NFC", bare)
    return _single_spaced(bare.replace("\u2019", "'"))


def _single_spaced(text: str) -> str:
    return "\n".join(" ".join(line.split()) for line in text.split("\n"))
