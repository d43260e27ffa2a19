"""Names of folders: readable, stable, and good on every file system."""

import hashlib
import re
import unicodedata

from harmonica_mcp.server.guard import clean

_PLAIN_ID = re.compile(r"[a-z0-9_-]{1,64}")
_NOT_PLAIN = re.compile(r"[^a-z0-9_-]+")
# What most file systems take for one name is 255 bytes; the id needs some of them.
_SLUG_BYTES = 120


def folder_name(topic: str, session_id: str) -> str:
    """The folder of a session: words of its topic, and its id, which tells namesakes apart."""
    return f"{slug(topic)}-{_safe_id(session_id)}"


def slug(text: str) -> str:
    """A text as a name of lower-case letters and digits of any script, with hyphens between."""
    letters = unicodedata.normalize("NFC", clean(text).lower())
    words = "".join(each if _is_wordy(each) else " " for each in letters).split()
    short = "-".join(words).encode()[:_SLUG_BYTES].decode(errors="ignore").rstrip("-")
    return short or "session"


def _is_wordy(char: str) -> bool:
    # Marks too: without its vowel signs a word of many scripts is another word.
    return unicodedata.category(char)[0] in "LMN"


def _safe_id(session_id: str) -> str:
    """The id, or a safe form of it with a digest: some file systems know no upper case."""
    if _PLAIN_ID.fullmatch(session_id):
        return session_id
    digest = hashlib.sha256(session_id.encode(errors="replace")).hexdigest()[:8]
    return f"{_NOT_PLAIN.sub('-', session_id.lower())[:64].strip('-')}-{digest}".lstrip("-")
