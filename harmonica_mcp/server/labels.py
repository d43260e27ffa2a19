"""Labels: a title with its id, so that a person can choose and a program still knows what."""

import re

from harmonica_mcp.server.guard import one_line

_LONGEST = 100
_LABEL = re.compile(r"(.*\S) \(id ([\w-]{1,128})\)", re.ASCII)


def label(title: str, found: str) -> str:
    """A title on one line, with its id after it."""
    line = one_line(title, len(title))
    if len(line) > _LONGEST:
        line = f"{line[: _LONGEST - 1].rstrip()}…"
    return f"{line or '(no title)'} (id {one_line(found)})"


def id_and_title(text: str) -> tuple[str, str]:
    """The parts of a label; of any other text the text itself and no title."""
    if parts := _LABEL.fullmatch(text.strip()):
        return parts[2], parts[1]
    return text, ""
