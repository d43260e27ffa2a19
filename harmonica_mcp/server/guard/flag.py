"""A cautious guess whether a text speaks to an agent instead of to people.

It only counts: nothing is removed or hidden for it, since people may well deliberate about AI. It
knows phrases of attacks in a dozen languages, roles and marks of chat formats, orders that name a
tool, and addresses that carry data away. It is no defence: what it does not know it does not flag.
"""

import re
import unicodedata
from collections.abc import Iterable

from harmonica_mcp.server.guard.clean import single_spaced
from harmonica_mcp.server.guard.phrase import Phrase, finder
from harmonica_mcp.server.guard.phrases import PHRASES

_PHRASES = {
    piece: [phrase for phrase in PHRASES if piece in phrase.pieces]
    for phrase in PHRASES
    for piece in phrase.pieces
}
_PIECES = sorted(_PHRASES)
# So many pieces are looked for at once as fast as one.
_TOGETHER = 8
_GROUPS = [
    (finder("|".join(map(re.escape, group))), group)
    for group in (_PIECES[n : n + _TOGETHER] for n in range(0, len(_PIECES), _TOGETHER))
]
# Letters of other scripts that look like Latin ones.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁοαιετνκ", "aeopcyxijsdoaietvk")
_LOOKALIKE = re.compile(f"[{''.join(map(chr, _LOOKALIKES))}]")
_HAS_LATIN = re.compile("[a-z]")
# What may stand above or below any letter; and halves of pairs, which are no text.
_ACCENTS = re.compile(
    "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f\ud800-\udfff]"
)


def reads_like_instructions(text: str) -> bool:
    """Whether a text holds a phrase that is meant for an agent rather than for people."""
    return count_flagged([text]) > 0


def count_flagged(texts: Iterable[str]) -> int:
    """How many texts do, at least one where they do so only together."""
    plain = [_plain(text) for text in texts]
    together = " ".join(filter(None, plain))
    suspected = _suspected(together)
    if not suspected:
        return 0
    alone = sum(_holds_one(text, suspected) for text in plain)
    return alone or int(_holds_one(together, suspected))


def _suspected(together: str) -> list[Phrase]:
    """The phrases that several texts may hold: what is in none of them together is in none alone.

    Except for what stands where a line begins: that can be told of each alone only.
    """
    # No piece holds a line end.
    text = "\n".join(_forms(together))
    held = (group for some, group in _GROUPS if some.isinstance_python(text))
    pieces = [piece for group in held for piece in group if piece in text]
    phrases = dict.fromkeys(phrase for piece in pieces for phrase in _PHRASES[piece])
    return [phrase for phrase in phrases if phrase.begins_lines or phrase.is_in(text)]


def _holds_one(plain: str, phrases: Iterable[Phrase]) -> bool:
    return any(phrase.is_in(form) for form in _forms(plain) for phrase in phrases)


def _forms(plain: str) -> tuple[str, ...]:
    """A text as it is and, where that is another, with Latin letters for those that look alike."""
    if plain.isascii() or not _LOOKALIKE.search(plain):
        return (plain,)
    latin = " ".join(
        word.translate(_LOOKALIKES) if _HAS_LATIN.search(word) else word
        for word in plain.split(" ")
    )
    return (plain,) if latin == plain else (plain, latin)


def _plain(text: str) -> str:
    """Lower case, without accents, in everyday forms of letters and single spaces."""
    if text.isascii():
        return _lines_spaced(text.lower())
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", decomposed))
    bare = unicodedata.normalize("NFC", bare)
    return _lines_spaced(bare.replace("\u2019", "'"))


def _lines_spaced(text: str) -> str:
    if "\n" not in text:
        return single_spaced(text)
    return "\n".join(map(single_spaced, text.strip().split("\n")))
