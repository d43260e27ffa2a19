"""The forms in which participants can stand in texts: whole names, then parts of them."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from harmonica_mcp.server.guard.privacy.common import COMMON
from harmonica_mcp.server.guard.privacy.pseudonyms import AI, Pseudonyms

SHARED = "[name]"
"""Stands for a part of a name that several participants have."""

_WORD = re.compile(r"[^\W\d_](?:[\w.'\u2019-]*[^\W_])?")
# What people write behind their name: a role, a place, pronouns.
_BEHIND = re.compile(r"[,;:(\[/|\u2013—@]|\s-\s|\s(?:from|of|aus|vom|von der)\s")
_RUN = re.compile(r"[^\W_]+")
_MOST_PARTS = 3
_INITIALS = 2


class Form(NamedTuple):
    """One way in which somebody can stand in a text."""

    shown: str
    common: bool
    """Whether it is a common word as well."""


def plain(text: str) -> str:
    """A form as it is looked up, however its spaces and apostrophes are written."""
    return " ".join(text.replace("\u2019", "'").split())


def forms_of(pseudonyms: Pseudonyms) -> dict[str, Form]:
    """All forms of all names: whole names before their parts, own spellings before others."""
    forms: dict[str, Form] = {}

    def add(text: str, shown: str) -> None:
        known = plain(text)
        if known and not _is_only_signs(known):
            forms.setdefault(known, Form(shown, _is_common(known)))

    names = list(pseudonyms.names)
    for name in names:
        add(name, pseudonyms.of(name))
    for name in names:
        for spelling in _spellings(_bare(name)):
            add(spelling, _bare(pseudonyms.of(name)))
    for part, shown in _parts(pseudonyms):
        add(part, shown)
    return forms


def _bare(name: str) -> str:
    return name.removeprefix(AI)


def _spellings(name: str) -> Iterator[str]:
    """As it is written, and as others would write what is all small or all large."""
    yield name
    if name != (titled := " ".join(map(_titled, name.split()))):
        yield titled


def _titled(word: str) -> str:
    if word.islower() or (word.isupper() and len(word) > _INITIALS):
        return _RUN.sub(lambda run: run[0][:1].upper() + run[0][1:].lower(), word)
    return word


def _parts(pseudonyms: Pseudonyms) -> Iterator[tuple[str, str]]:
    owners: dict[str, set[str]] = defaultdict(set)
    for name in pseudonyms.names:
        for part in _parts_of(_bare(name)):
            owners[part].add(_bare(pseudonyms.of(name)))
    for part, shown in owners.items():
        yield part, next(iter(shown)) if len(shown) == 1 else SHARED


def _parts_of(name: str) -> Iterator[str]:
    """First name and last name, as far as it looks like a name and not like a description."""
    head = _BEHIND.split(name)[0]
    words = [word for word in _WORD.findall(head) if len(word) > 1]
    if len(head.split()) > _MOST_PARTS:
        words = words[:1]
    for word in words:
        small = word[:1].islower()
        if not small or name.islower():
            yield word
            yield _titled(word)


def _is_common(form: str) -> bool:
    return " " not in form and (
        len(form) == 1 or form.casefold() in COMMON or not _WORD.match(form)
    )


def _is_only_signs(form: str) -> bool:
    return form.isascii() and not any(map(str.isalnum, form))
