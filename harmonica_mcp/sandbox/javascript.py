"""How the service reads input: the manners of its JavaScript, seen in observed.md §5 and §6."""

import json
import re
from typing import cast

from .answers import ServerFault

_SPACE = "\t\n\v\f\r \u00a0\u1680" + "".join(map(chr, range(0x2000, 0x200B)))
_TRIMMED = _SPACE + "\u2028\u2029\u202f\u205f\u3000\ufeff"
_LEADING_INTEGER = re.compile(r"[+-]?[0-9]+")
_DIGITS = 1_000
_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "off", "0"})


def parse(raw: bytes) -> object:
    """Read a JSON body; what is not JSON ends in a 500, whatever its content type."""
    try:
        value: object = json.loads(
            raw.decode("utf-8-sig", errors="replace"), parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise ServerFault from error
    return _storable(value)


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _storable(value: object) -> object:
    """Replace lone surrogates by U+FFFD, as the service does when it stores text."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if (items := as_list(value)) is not None:
        return [_storable(item) for item in items]
    if (fields := as_object(value)) is not None:
        return {str(_storable(name)): _storable(item) for name, item in fields.items()}
    return value


def as_object(value: object) -> dict[str, object] | None:
    """Take a JSON object as such, anything else as nothing."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else None


def as_list(value: object) -> list[object] | None:
    """Take a JSON array as such, anything else as nothing."""
    return cast("list[object]", value) if isinstance(value, list) else None


def objects(value: object) -> list[dict[str, object]]:
    """Take a JSON array's objects; its other items count as empty ones, no array as none."""
    return [as_object(item) or {} for item in as_list(value) or []]


def trim(text: str) -> str:
    """Strip what JavaScript calls white space, the byte order mark included."""
    return text.strip(_TRIMMED)


def units(text: str) -> int:
    """Count UTF-16 code units, the measure of the service's length limits."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def integer(text: str | None, default: int) -> int:
    """Read a query number as parseInt does; without digits it is a 500."""
    if not text:
        return default
    match = _LEADING_INTEGER.match(trim(text))
    if match is None:
        raise ServerFault
    # Python refuses thousands of digits; these are enough to be beyond every bound.
    return int(match.group()[:_DIGITS])


def text_of(value: object) -> str:
    """Write a value as a text column of the service's database takes it."""
    if isinstance(value, str):
        return value
    if (items := as_list(value)) is not None:
        return "{" + ",".join(json.dumps(item, ensure_ascii=False) for item in items) + "}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def without_nul(text: str) -> str:
    """Pass a text on to the database, which refuses NUL with a 500."""
    if "\0" in text:
        raise ServerFault
    return text


def matches(pattern: str, text: str) -> bool:
    r"""Compare like the service's search: any case, `%` and `_` as wildcards, `\` escapes."""
    parts = re.findall(r"\\.|.", f"%{without_nul(pattern)}%", re.DOTALL)
    wildcards = {"%": ".*", "_": "."}
    regex = "".join(wildcards.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(regex, text, re.DOTALL | re.IGNORECASE) is not None


def shown(value: object) -> str:
    """Write a value as JavaScript puts it into a sentence."""
    if isinstance(value, str):
        return value
    if (items := as_list(value)) is not None:
        return ",".join(map(shown, items))
    return "[object Object]" if as_object(value) is not None else json.dumps(value)


def boolean(value: object, *, default: bool = False) -> bool:
    """Read a value as a boolean column of the service's database does; "maybe" is a 500."""
    if value is None:
        return default
    word = shown(value).lower()
    if word not in _TRUE | _FALSE:
        raise ServerFault
    return word in _TRUE
