"""E-mail addresses, phone numbers and links: how they are found."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

_HARMONICA = "harmonica.chat"
_PATH = r"(?:[^\s<>\"“”„«»`|\\^{}()\[\]]|\([^\s<>()\[\]]*\))"
# Endings that no word of a sentence whose space was forgotten is likely to have.
_ENDINGS = (
    "com|org|net|edu|gov|io|app|dev|info|biz|eu|de|ch|fr|uk|nl|es|dk|se|fi|pl|pt|cz|ca|au|nz|br|jp"
    "|cn|kr|ru|ua|chat|ly|tv|xyz|online|site|shop|cloud|tech|page|example|test"
)
_LINK = (
    rf"(?i:\b[a-z][a-z0-9+.-]{{1,20}}://{_PATH}+|\bwww\.{_PATH}+"
    rf"|(?<![\w@.-])(?:[\w-]+\.)+(?:(?:{_ENDINGS})(?![\w@-])(?::\d+)?(?:/{_PATH}*)?"
    rf"|[a-z]{{2,}}(?::\d+)?/{_PATH}+))"
)
_EMAIL = (
    r"(?:(?<![\w.+%'-])[\w.+%'-]+|(?<=[%'])[\w.+%'-]{1,64})@(?:(?:[\w-]+\.)+[^\W\d_]{2,}|localhost\b)"
    r"|(?i:(?<![\w.+-])[\w.+-]+\s?[\[({]\s?(?:at|@|ät)\s?[\])}]\s?[\w-]+"
    r"(?:\s?(?:\.|[\[({]\s?(?:dot|punkt|\.)\s?[\])}])\s?[\w-]+)+)"
)
# Digits that are no phone number: ids, dates, spans of time and of dates, sums of money.
_NUMBERS = (
    r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
    r"|(?<!\w)\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)"
    r"|(?<!\w)\d{1,2}\.\d{1,2}\.\s?[-\u2013]\s?\d{1,2}\.\d{1,2}\.(?:\d{2,4})?"
    r"|(?<!\w)\d{1,2}(?P<sep>[./-])\d{1,2}(?P=sep)\d{2,4}(?![./-]?\d)"
    r"|(?<![\w.])\d{1,2}[.:]\d\d\s?[-\u2013—]\s?\d{1,2}[.:]\d\d(?!\.?\d)"
    r"|(?<!\w)\+?\d{1,3}(?:[ .,'\u2019]\d{3}){1,6}(?:[.,]\d+)?\s?(?:[€$£%]|(?:EUR|USD|GBP|CHF)\b)"
)
_SAID = (
    r"(?i:\b(?:tel(?:efon|ephone)?|phone|mobile?|mobil|cell|handy|fax|whatsapp|signal|call|ring)\b"
    r"[.:]?\s?(?:me\s)?(?:(?:at|on|under|unter)\s)?)"
)
_PHONE = (
    r"(?<![\w.\-/#+])(?:\+|00)[1-9](?:[ ().\-/]{0,2}\d){6,14}(?!\w)"
    r"|(?<![\w.\-/#+])\(?0\d{1,5}\)?(?:[ .\-/]{0,2}\d){5,12}(?!\w)"
    r"|(?<![\w.\-/#+])(?:\([2-9]\d\d\) ?|[2-9]\d\d[ .-])\d{3}[ .-]\d{4}(?!\w)"
)
_NAMED_PHONE = (
    rf"(?P<lead>{_SAID})(?P<number>(?!\d{{4}}-\d\d-\d\d)\+?\d(?:[ ().\-/]{{0,2}}\d){{5,14}}(?!\w))"
)
_TAIL = ".,;:!?'*_~"


# In one go, so that no find can lie within another.
_ALL = re.compile(
    f"(?P<other>{_NUMBERS})|(?P<link>{_LINK})|(?P<email>{_EMAIL})|(?P<phone>{_PHONE})|{_NAMED_PHONE}"
)
# Most messages have none of what all of these begin with.
_HINT = re.compile(r"@|://|\.\w|[\[({]\s?(?:at|ät)|(?:\d[ ().\-/]{0,2}){6}", re.IGNORECASE)


def contacts_in(text: str) -> Iterator[re.Match[str]]:
    """What looks like an address, a number or a link, by the name of the last group."""
    return _ALL.finditer(text) if _HINT.search(text) else iter(())


def link_and_rest(text: str) -> tuple[str, str]:
    """A link as it was found, without what ends the sentence around it."""
    link = text.rstrip(_TAIL)
    return link, text[len(link) :]


def is_harmonicas(link: str, host: str) -> bool:
    """Whether a link leads to Harmonica, at its own or at the configured host."""
    try:
        parts = urlsplit(link if "://" in link else f"//{link}")
        name = (parts.hostname or "").lower()
    except ValueError:
        return False
    own = name in {_HARMONICA, host} or name.endswith(f".{_HARMONICA}")
    return own or parts.scheme == "harmonica"
