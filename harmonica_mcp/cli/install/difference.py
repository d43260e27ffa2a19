"""A change as a person may see it: without keys, theirs or those of other servers."""

import difflib
import re
from collections.abc import Iterator

import click

from harmonica_mcp.transports.redaction import redacted

_SECRET = re.compile(
    r"""("?[\w.-]*(?:key|token|secret|passw|authorization|credential)[\w.-]*"?\s*[:=]\s*)"""
    r"""("(?:\\.|[^"\\\n])*"|'[^'\n]*')""",
    re.IGNORECASE,
)
_COLORS = {"+": "green", "-": "red", "@": "cyan"}


def masked(text: str) -> str:
    """The text without what looks like a secret."""
    return _SECRET.sub(r'\1"(hidden)"', redacted(text))


def difference(before: str, after: str) -> Iterator[str]:
    """The lines that differ, with a few around them; nothing where only secrets do."""
    lines = difflib.unified_diff(
        masked(before).splitlines(), masked(after).splitlines(), n=2, lineterm=""
    )
    for line in list(lines)[2:]:
        yield click.style(line, fg=_COLORS.get(line[:1]))
