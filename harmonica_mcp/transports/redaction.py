"""Keys never reach a log or a terminal, whoever wrote the text around them."""

import re

_KEY = re.compile(r"hm_live_[\w.~+=-]{4,}")


def redacted(text: str) -> str:
    """The text without anything that looks like a Harmonica key."""
    return _KEY.sub("hm_live_(hidden)", text)
