"""The caller's key, and the address it may be sent to."""

import hashlib
import re
from typing import NoReturn

from pydantic import Secret

from harmonica_mcp.client.errors import InvalidInput, InvalidKey

PREFIX = "hm_live_"
WHERE_KEYS_COME_FROM = "create one at https://app.harmonica.chat in your profile, under API keys"
DEFAULT_URL = "https://app.harmonica.chat"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""The hosts that may be spoken to in plain HTTP, and never through a proxy."""
_USUAL = re.compile(r"hm_live_[0-9a-f]{32}")
_HEADER_SAFE = re.compile(r"[!-~]+")
_ADDRESS = re.compile(
    r"(?P<scheme>https?)://(?:(?P<host>[a-z0-9]+(?:[-.]+[a-z0-9]+)*)|\[(?P<ipv6>[0-9a-f:.]+)\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?:/[\w.~-]+)*",
    re.IGNORECASE | re.ASCII,
)
_PORTS = range(1, 65_536)
_PLACEHOLDER = re.compile(r"\$\{.*\}")


class ApiKey(Secret[str]):
    """A Harmonica API key that shows itself nowhere but in the Authorization header.

    Raises:
        InvalidKey: The text does not begin with `hm_live_`, or could not be a header's value.
    """

    def __init__(self, text: str) -> None:
        text = text.strip()
        if not text.startswith(PREFIX) or not _HEADER_SAFE.fullmatch(text):
            raise InvalidKey(
                f"This is not a Harmonica API key: keys begin with {PREFIX}; "
                f"{WHERE_KEYS_COME_FROM}."
            )
        super().__init__(text)

    @property
    def digest(self) -> str:
        """SHA-256 of the key in hex: the only form of it that may be kept or logged."""
        return hashlib.sha256(self.get_secret_value().encode()).hexdigest()

    @property
    def is_usual(self) -> bool:
        """Whether the key has the documented form, `hm_live_` and 32 lowercase hex digits.

        The API itself checks the prefix and its list of keys only, so another form is no error.
        """
        return _USUAL.fullmatch(self.get_secret_value()) is not None

    def _display(self) -> str:
        # Four characters of a short tail would be most of the secret.
        text = self.get_secret_value()
        return f"{PREFIX}…{text[-4:] if self.is_usual else ''}"

    def __repr__(self) -> str:
        return self._display()

    def __reduce__(self) -> NoReturn:
        raise TypeError("A Harmonica API key is never written to where it could be read.")


def unset(text: str | None) -> bool:
    """Whether a setting counts as not given: missing, blank, or a placeholder nobody filled in.

    Installers pass `${user_config.api_key}` through when the user left the field empty.
    """
    return text is None or not text.strip() or _PLACEHOLDER.fullmatch(text.strip()) is not None


def api_root(url: str) -> str:
    """The address of the API's version 1, from a host with or without `/api/v1`.

    Raises:
        InvalidInput: The address is not https (plain http is for loopback only), or carries
            anything besides host, port and path.
    """
    text = url.strip().rstrip("/").removesuffix("/api/v1").rstrip("/")
    parts = _ADDRESS.fullmatch(text)
    host = (parts["host"] or parts["ipv6"]).lower() if parts else ""
    if parts is None or int(parts["port"] or 443) not in _PORTS:
        raise InvalidInput(f"The Harmonica address must look like {DEFAULT_URL}.")
    if parts["scheme"].lower() != "https" and host not in LOOPBACK:
        raise InvalidInput("The Harmonica address must be https (http is for this machine only).")
    return f"{text}/api/v1"
