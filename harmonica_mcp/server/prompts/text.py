"""A prompt's words: Markdown files, of which stays what can be done with the tools served."""

import functools
import itertools
import re
from collections.abc import Collection, Sequence
from importlib import resources

from harmonica_mcp.server.options import TOOLSETS

_TOOLS = frozenset(name for names in TOOLSETS.values() for name in names)
_NAMED = re.compile(r"`(\w+)`")
_UNLESS = re.compile(r"(- )?<!-- unless (\w+) -->\s+")
# Paragraphs, and the items of a list with all that is indented below them.
_BETWEEN = re.compile(r"\n\n|\n(?=- )")


def text_of(files: Sequence[str], served: Collection[str]) -> str:
    """The text of these files for a server with these tools.

    A paragraph or item stands only where every tool that it names is served; one that begins with
    `<!-- unless tool -->`, only where that tool is not. A heading goes with all that was below it.
    """
    blocks = [block for file in files for block in _blocks(file)]
    standing = [said for block in blocks if (said := _standing(block, served))]
    kept = [
        block
        for block, following in zip(standing, [*standing[1:], "#"], strict=True)
        if not (block.startswith("#") and following.startswith("#"))
    ]
    text = kept[0]
    for before, block in itertools.pairwise(kept):
        text += ("\n" if before.startswith("- ") and block.startswith("- ") else "\n\n") + block
    return text


def tools_in(text: str) -> list[str]:
    """The tools that a text names, in the order in which it does."""
    return [name for name in dict.fromkeys(_NAMED.findall(text)) if name in _TOOLS]


@functools.cache
def _blocks(file: str) -> list[str]:
    # Through the import system: the package may be served from an archive.
    text = resources.files(__name__.rpartition(".")[0]).joinpath(f"{file}.md").read_text("utf-8")
    return _BETWEEN.split(text.strip())


def _standing(block: str, served: Collection[str]) -> str | None:
    if condition := _UNLESS.match(block):
        if condition[2] in served:
            return None
        block = (condition[1] or "") + block[condition.end() :]
    return block if all(name in served for name in tools_in(block)) else None
