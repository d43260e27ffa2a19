"""Tokens: what stands for e-mail addresses, phone numbers and links."""

import re
from collections import Counter

from harmonica_mcp.client.errors import InvalidInput

TOKEN = re.compile(r"\[(?:email|phone|link) \d+\]")


def refusal_of(token: str) -> str:
    """Why a token is not taken."""
    return (
        f"{token} only stands for what this server's privacy setting masks, and would be stored "
        "in its place: leave that text as it is, or write it without. Nothing was sent."
    )


class Tokens:
    """Numbers for what is masked: the same for the same value within one call."""

    def __init__(self) -> None:
        self._tokens: dict[tuple[str, str], str] = {}
        self._values: dict[str, str] = {}
        self._numbers: Counter[str] = Counter()

    def of(self, kind: str, value: str) -> str:
        """The token that stands for a value."""
        known = kind, value.casefold()
        if known not in self._tokens:
            self._numbers[kind] += 1
            self._tokens[known] = f"[{kind} {self._numbers[kind]}]"
            self._values[self._tokens[known]] = value
        return self._tokens[known]

    def restored(self, text: str) -> str:
        """A text that the server itself read and sends back, with what this call has masked in it.

        Raises:
            InvalidInput: It holds a token of another call, whose value is not known.
        """
        return TOKEN.sub(self._value, text)

    def _value(self, token: re.Match[str]) -> str:
        if token[0] not in self._values:
            raise InvalidInput(refusal_of(token[0]))
        return self._values[token[0]]
