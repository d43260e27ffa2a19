"""Characters without a shape of their own, kept only where they change how a neighbour is drawn.

Joiners, variation selectors and tags can spell hidden text one character at a time. Each run of
them is therefore reduced to what Unicode defines between its two visible neighbours: a flag's tags,
or one selector and then one joiner. What is defined for neither goes.
"""

import re

JOINERS = "\u200c\u200d"
TEXT_STYLES = "\ufe00-\ufe0d"
EMOJI_STYLES = "\ufe0e\ufe0f"
IDEOGRAPHIC = "\U000e0100-\U000e01ef"
MONGOLIAN_SELECTORS = "\u180b-\u180d\u180f"
GRAPHEME_JOINER = "\u034f"
HANGUL_FILLERS = "\u115f\u1160"
TAGS = "\U000e0000-\U000e007f"

SHAPELESS_BELOW = (
    f"{JOINERS}{TEXT_STYLES}{EMOJI_STYLES}{MONGOLIAN_SELECTORS}{GRAPHEME_JOINER}{HANGUL_FILLERS}"
)
SHAPELESS = f"{SHAPELESS_BELOW}{IDEOGRAPHIC}{TAGS}"
"""All of them, as the inside of a character class; first those of the first plane."""

# Whole blocks of symbols: those that are no emoji are as visible as those that are.
_EMOJI = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff\U0001fc00-\U0001fffd"
)
_HAN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003347f"
)
# Arabic to Mandaic, Brahmic scripts to Myanmar, Khmer, Mongolian, and those beyond the first plane.
_JOINING = (
    "\u0600-\u08ff\u0900-\u109f\u1700-\u18af\u1900-\u1aaf\u1b00-\u1bff\ua800-\ua82f\ua840-\ua8df"
    "\ua8e0-\ua9df\uaa00-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00010bff"
    "\U00010d00-\U00010fff\U00011000-\U00011fff\U0001e900-\U0001e95f\U0001ee00-\U0001eeff"
)
_STYLED = "0\u1000-\u109f\u2200-\u22ff\u2a00-\u2aff\u3000-\u303f\ua840-\ua87f\uff00-\uffef"
_JAMO = "\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff"
_BLACK_FLAG = "\U0001f3f4"


def _tagged(letters: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in letters) + "\U000e007f"


_FLAGS = tuple(map(_tagged, ("gbeng", "gbsct", "gbwls")))
# Compiled when the first text holds such a character: most never do, and it takes longer than the
# rest of the module. What stands before, the character itself and what follows, with a space where
# nothing does.
_SELECTED = (
    rf"(?s)[{_EMOJI}][{EMOJI_STYLES}]."
    rf"|[0-9#*][{EMOJI_STYLES}]\u20e3"
    rf"|[{_HAN}][{TEXT_STYLES}{IDEOGRAPHIC}]."
    rf"|[{_STYLED}][{TEXT_STYLES}]."
    rf"|[\u1800-\u18af][{MONGOLIAN_SELECTORS}]."
)
_JOINED = (
    rf"(?s)[{_EMOJI}]\u200d[{_EMOJI}]"
    rf"|[{_JOINING}][{JOINERS}]."
    rf"|[^\W\d_]\u200c[{_JOINING}]"
    rf"|[{_JAMO}][{HANGUL_FILLERS}]."
    rf"|.[{HANGUL_FILLERS}][{_JAMO}]"
)
_MARK = r"[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff]"


def kept(before: str, run: str, after: str) -> str:
    """What remains of a run of shapeless characters; keeping twice changes nothing.

    Args:
        before: the visible character before it, a space where there is none.
        run: the run.
        after: the visible character after it, a space where there is none.
    """
    if before == _BLACK_FLAG and (flag := next(filter(run.startswith, _FLAGS), "")):
        return flag
    selector = next((c for c in run if re.match(_SELECTED, before + c + after)), "")
    joiner = next((c for c in run if _joins(before, c, after)), "")
    return selector + joiner


def _joins(before: str, char: str, after: str) -> bool:
    if char == GRAPHEME_JOINER:
        return bool(re.match(_MARK, before) or (before.isalpha() and re.match(_MARK, after)))
    return bool(re.match(_JOINED, before + char + after))
