"""Pseudonyms: what stands for a participant's name within one session, or for a meeting's speaker.

A code is cut from a keyed hash of session and name: the same for everybody who has the key, and not
to be guessed from the name by anybody else.
"""

import hmac
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from harmonica_mcp.client import ApiKey
from harmonica_mcp.client._check import trimmed
from harmonica_mcp.server.guard.clean import clean

AI = "[AI] "
"""What the names of simulated people begin with; it stays to be seen."""
WRITTEN = re.compile(r"(?:\[AI\] )?Participant ([2-9B-DF-HJ-NP-TV-Z]{4,})(?![^\W_])")
"""A pseudonym as answers show it."""

# Neither vowels, so that no word comes about, nor 0 and 1, which look like letters.
_ALPHABET = "23456789BCDFGHJKLMNPQRSTVWXYZ"
_SHORTEST = 4
_INFO = b"harmonica-mcp pseudonyms 1"


def keys_for(secrets: Sequence[bytes], key: ApiKey | None) -> tuple[bytes, ...]:
    """The keys of pseudonyms: the first makes them, all of them are still understood.

    Args:
        secrets: what replicas share, newest first.
        key: the caller's; it makes the pseudonyms where there is no secret.
    """
    own = [key.get_secret_value().encode()] if key else []
    # Without either nobody can be read about, so nothing has to be found again.
    sources = [*secrets, *own] or [os.urandom(32)]
    return tuple(HKDF(SHA256(), 32, salt=None, info=_INFO).derive(each) for each in sources)


def canonical(name: str) -> str:
    """A name as two spellings of it are compared: that decides who is the same person."""
    return unicodedata.normalize("NFC", trimmed(clean(name)))


class Pseudonyms:
    """The pseudonyms of one session's participants.

    Who has the same name has the same pseudonym, as Harmonica's chat tells people by their names.

    Args:
        keys: as `keys_for` gives them.
        room: the session's or meeting's id.
        names: of all participants, in the order in which they joined.
    """

    def __init__(self, keys: Sequence[bytes], room: str, names: Iterable[str]) -> None:
        self._keys = keys
        self._room = room
        self.names: dict[str, str] = {}
        """Each name as it is written, by its canonical form."""
        for name in names:
            if known := canonical(name):
                self.names.setdefault(known, name)
        self._codes = _codes(keys[0], room, self.names)

    def of(self, name: str) -> str:
        """What is shown in a participant's place; a name that is none stays empty."""
        known = canonical(name)
        return f"{AI * known.startswith(AI)}Participant {self._codes[known]}" if known else ""

    def meant(self, text: str) -> str | None:
        """The name behind a pseudonym, also one that was made with an older key; else None."""
        written = WRITTEN.fullmatch(trimmed(text))
        return self._meant.get(written[1]) if written else None

    @cached_property
    def _meant(self) -> dict[str, str]:
        """The names by their codes; where keys agree on one, the newest counts."""
        return {
            code: self.names[name]
            for key in reversed(self._keys)
            for name, code in _codes(key, self._room, self.names).items()
        }


def _codes(key: bytes, room: str, names: Iterable[str]) -> dict[str, str]:
    """A code for each name; where two begin alike, who joined later gets a longer one."""
    codes: dict[str, str] = {}
    for name in names:
        whole = _digits(hmac.digest(key, f"{room}\0{name}".encode(), "sha256"))
        size = _SHORTEST
        while whole[:size] in codes.values():
            size += 1
        codes[name] = whole[:size]
    return codes


def _digits(digest: bytes) -> str:
    number = int.from_bytes(digest, "big")
    digits: list[str] = []
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)
