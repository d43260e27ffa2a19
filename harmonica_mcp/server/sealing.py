"""Sealed cursors: what a caller carries for us from page to page and can neither read nor change.

The secret is derived from the caller's own API key, so a cursor is valid on every replica and after
a restart without any setting, and for nobody else.
"""

import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from harmonica_mcp.client import ApiKey
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.paging import as_word, from_word

LARGEST = 120
"""Bytes that can be sealed; as text they are under 200."""

# The number rises when any payload gets another form: older cursors are then refused.
_INFO = b"harmonica-mcp cursor 2"
_NONCE = 12


@dataclass(frozen=True, slots=True)
class Seal:
    """Seals what only the same caller, tool and subject can open again.

    Args:
        key: the caller's.
        tool: what makes the cursor and takes it back.
        subject: what it is about, such as a session's id.
    """

    key: ApiKey | None
    tool: str
    subject: str

    def seal(self, payload: bytes) -> str:
        """A payload of at most `LARGEST` bytes as one opaque word."""
        if len(payload) > LARGEST:
            raise ValueError("too much for a cursor")
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._cipher().encrypt(nonce, payload, self._purpose())
        return as_word(sealed)

    def open(self, cursor: str) -> bytes:
        """The payload of a cursor.

        Raises:
            InvalidInput: It was altered, or made for another caller, tool or subject.
        """
        try:
            sealed = from_word(cursor)
            return self._cipher().decrypt(sealed[:_NONCE], sealed[_NONCE:], self._purpose())
        except (ValueError, InvalidTag):
            raise InvalidInput(
                "This cursor is not valid here: it was altered, or came from another tool, from "
                "another session or meeting, or with another key. Leave it out to begin again."
            ) from None

    def _cipher(self) -> AESGCM:
        # Without a key nothing can be read, and so nothing is ever sealed that could be opened.
        secret = self.key.get_secret_value().encode() if self.key else os.urandom(32)
        return AESGCM(HKDF(SHA256(), 32, salt=None, info=_INFO).derive(secret))

    def _purpose(self) -> bytes:
        return f"{self.tool}\0{self.subject}".encode()
