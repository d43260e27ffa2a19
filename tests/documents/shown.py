"""What README and documents show: fenced blocks, and commands within a line."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent.parent
TEXTS = {
    path.name: path.read_text()
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))]
}


class Block(NamedTuple):
    """A fenced block."""

    document: str
    language: str
    text: str

    @property
    def first(self) -> str:
        """Its first line."""
        return self.text.partition("\n")[0].strip()

    def __str__(self) -> str:
        """Name it in a failure."""
        return f"{self.document}: {self.first}"


BLOCKS = [
    Block(name, *found)
    for name, text in TEXTS.items()
    for found in re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL)
]


def lines_of(document: str, language: str = "sh") -> list[str]:
    """The lines of a document's blocks of a language."""
    return [
        line
        for block in BLOCKS
        if (block.document, block.language) == (document, language)
        for line in block.text.splitlines()
    ]


def _inline() -> list[str]:
    found: dict[str, None] = {}
    for text in TEXTS.values():
        prose = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        found |= dict.fromkeys(re.findall(r"`([^`\n]+)`", prose))
    return list(found)


INLINE = _inline()
"""What stands between single backticks, each once."""
