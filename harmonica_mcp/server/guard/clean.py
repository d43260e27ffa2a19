"""Characters that show a person something else than they tell a model are taken out."""

import json
import re
from typing import cast

_ESCAPES = re.compile(
    # Terminal sequences first, whole: CSI, OSC up to its end, and two-character escapes. An OSC
    # without an end must not take the rest of the text with it.
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_]?"
)
_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls, but not tab and newline
    "\u00ad\u180e\u200b\u2060-\u2064\ufeff"  # nothing to see
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # change the reading direction
    "\u206a-\u206f\ufff9-\ufffb"  # deprecated format controls, annotations
    "\U000e0000-\U000e007f"  # tags: ASCII in disguise
    "\ud800-\udfff"  # halves of pairs cannot be sent at all
    "]"
)


def clean(text: str) -> str:
    """Take out invisible, bidirectional and terminal control characters; keep all with meaning.

    Joiners stay, because Indic scripts and emoji need them. Cleaning twice changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def clean_json(value: object) -> object:
    """Clean every text in a JSON value, names of fields included."""
    match value:
        case str():
            return clean(value)
        case dict():
            fields = cast("dict[str, object]", value)
            return {clean(name): clean_json(item) for name, item in fields.items()}
        case list():
            return [clean_json(item) for item in cast("list[object]", value)]
        case _:
            return value


def one_line(text: str, limit: int = 300) -> str:
    """A short text on one line, cut where it must be with a mark that says so."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else f"{line[:limit].rstrip()}… (cut, {len(line)} characters)"


def quote(text: str, limit: int = 300) -> str:
    """A short text on one line between quotation marks that it cannot close."""
    return quote_whole(one_line(text, limit))


def quote_whole(text: str) -> str:
    """A text of any length as a JSON string: on one line, and with its own lines told apart."""
    quoted = json.dumps(clean(text), ensure_ascii=False)
    return quoted.replace("\u2028", r"\u2028").replace("\u2029", r"\u2029")
