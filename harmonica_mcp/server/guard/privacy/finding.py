"""Finding names in texts: whole words, as they are written, the longest where several begin.

By looking words up instead of by patterns made of the names: those would take long to make, and
Python keeps patterns for as long as it runs.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from harmonica_mcp.server.guard.privacy.names import Form

_RUN = re.compile(r"[^\W_]+")
# Scripts that write no spaces between words, or join particles to names.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
_COMBINING = re.compile("[\u0300-\u036f]")


class Find(NamedTuple):
    """A form in a text."""

    start: int
    end: int
    form: Form


class Finder:
    """Finds forms in texts.

    Args:
        forms: by how they are written.
    """

    def __init__(self, forms: Mapping[str, Form]) -> None:
        self._by_word: dict[str, list[tuple[str, int, Form]]] = defaultdict(list)
        self._anywhere: list[tuple[str, Form]] = []
        for text, form in forms.items():
            run = _RUN.search(text)
            if run and not _stands_anywhere(text):
                self._by_word[run[0]].append((text, run.start(), form))
            else:
                self._anywhere.append((text, form))

    def finds(self, text: str) -> Iterator[Find]:
        """All that does not overlap, in order."""
        flat = text.replace("\u2019", "'")
        found = sorted(self._all(flat), key=lambda find: (find.start, -find.end))
        end = 0
        for find in found:
            if find.start >= end:
                yield find
                end = find.end

    def _all(self, text: str) -> Iterator[Find]:
        for written, form in self._anywhere:
            start = text.find(written)
            while start >= 0:
                yield Find(start, start + len(written), form)
                start = text.find(written, start + len(written))
        words = self._by_word.keys() & set(_RUN.findall(text))
        for run in _RUN.finditer(text) if words else ():
            for written, offset, form in self._by_word.get(run[0], ()):
                start = run.start() - offset
                if end := _end(text, start, written):
                    yield Find(start, end, form)


def _stands_anywhere(form: str) -> bool:
    return len(form) > 1 and any(map(_SPACELESS.match, (form[0], form[-1])))


def _end(text: str, start: int, form: str) -> int | None:
    """Where the form ends that begins there, however wide its spaces are; None where none does."""
    at = max(start, 0)
    for number, word in enumerate(form.split(" ")):
        if number:
            wide = len(text) - at - len(text[at:].lstrip())
            if not wide:
                return None
            at += wide
        if not text.startswith(word, at):
            return None
        at += len(word)
    return at if _is_whole(text, at, form[-1]) else None


def _is_whole(text: str, end: int, last: str) -> bool:
    if not last.isalnum() or _SPACELESS.match(last):
        return True
    after = text[end : end + 1]
    return not after.isalnum() and not _COMBINING.match(after)
