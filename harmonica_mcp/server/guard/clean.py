"""Characters that show a person something else than they tell a model are taken out."""

import re
from json.encoder import encode_basestring
from typing import cast

from pydantic_core import PydanticSerializationError, to_json

from harmonica_mcp.server.guard.joining import SHAPELESS, SHAPELESS_BELOW, kept

_ESCAPES = re.compile(
    # Terminal sequences first, whole: CSI, OSC up to its end, and two-character escapes. An OSC
    # without an end must not take the rest of the text with it.
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]?"
)
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but not tab and newline
    "\u00ad\u17b4\u17b5\u180e\u200b\u2060-\u2065\u3164\ufeff\uffa0"  # nothing to see
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # change the reading direction
    "\u206a-\u206f\ufff0-\ufffb"  # deprecated format controls, annotations
    "\ufdd0-\ufdef\ufffe\uffff"  # no characters at all
    "\ud800-\udfff"  # halves of pairs cannot be sent at all
)
_UNSEEN_BEYOND = (
    "\U00016fe4\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a"  # fillers, formats
    "\U000e0080-\U000e00ff\U000e01f0-\U000e0fff"  # ignored by definition
)
# Few texts hold any of these; compiling the classes takes longer than all else here, so it waits.
_NOT_SEEN = f"[{_UNSEEN}{_UNSEEN_BEYOND}]"
_SHAPELESS = f"[{SHAPELESS}]+"
_LINE_ENDS = re.compile("\r\n|[\r\u2028\u2029]")
# A class of single characters beyond the first plane would cost ten times as much.
_WORTH_A_LOOK = re.compile(f"[\u2028\u2029{_UNSEEN}{SHAPELESS_BELOW}\U00010000-\U0010ffff]")
# How JSON spells what it does not hold as it is.
_SPELT = re.compile(rb"\\[bfru]")
_ASCII = bytes(range(128))


def clean(text: str) -> str:
    """Take out invisible, bidirectional and terminal control characters; keep all with meaning.

    Joiners, selectors and tags stay where they shape what can be seen. Cleaning twice changes
    nothing.
    """
    if (text.isascii() and text.isprintable()) or not _WORTH_A_LOOK.search(text):
        return text
    seen = re.sub(_NOT_SEEN, "", _ESCAPES.sub("", _LINE_ENDS.sub("\n", text)))
    return re.sub(_SHAPELESS, _in_place, seen)


def _in_place(run: re.Match[str]) -> str:
    text, start, end = run.string, run.start(), run.end()
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return kept(before, run[0], after)


def clean_json(value: object) -> object:
    """A JSON value with every text in it clean, names of fields included; itself, where it is."""
    return value if _is_clean(value) else _cleaned(value)


def _is_clean(value: object) -> bool:
    """Whether there is nothing to clean, for certain: looked at as a whole, which is cheap."""
    try:
        whole = to_json(value)
    except PydanticSerializationError:
        return False
    if b"\x7f" in whole or _SPELT.search(whole):
        return False
    beyond = whole.translate(None, _ASCII).decode()
    return not _WORTH_A_LOOK.search(beyond)


def _cleaned(value: object) -> object:
    match value:
        case str():
            return clean(value)
        case dict():
            fields = cast("dict[str, object]", value)
            return {clean(name): _cleaned(item) for name, item in fields.items()}
        case list():
            return [_cleaned(item) for item in cast("list[object]", value)]
        case _:
            return value


def single_spaced(text: str) -> str:
    """Words on one line, with one space between them."""
    # Of all that parts words only the space can be printed.
    if "  " not in text and text.isprintable():
        return text.strip()
    return " ".join(text.split())


def one_line(text: str, limit: int = 300) -> str:
    """A short text on one line, cut where it must be with a mark that says so."""
    line = single_spaced(clean(text))
    return line if len(line) <= limit else f"{line[:limit].rstrip()}… (cut, {len(line)} characters)"


def quote(text: str, limit: int = 300) -> str:
    """A short text on one line between quotation marks that it cannot close."""
    return encode_basestring(one_line(text, limit))


def quote_whole(text: str) -> str:
    """A text of any length as a JSON string: on one line, and with its own lines told apart."""
    return encode_basestring(clean(text))
