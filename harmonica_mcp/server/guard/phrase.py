"""A phrase to be looked for in a text, and what looks for it."""

import functools
from typing import NamedTuple

from pydantic_core import SchemaValidator
from pydantic_core.core_schema import str_schema


class Phrase(NamedTuple):
    """A pattern, and pieces of text of which every match holds one.

    Most texts hold no piece of most phrases, whose patterns are then never compiled.
    """

    pieces: tuple[str, ...]
    pattern: str

    @property
    def begins_lines(self) -> bool:
        """Whether it may depend on where a line begins."""
        return "(?:^|" in self.pattern

    def is_in(self, text: str) -> bool:
        """Whether a text holds a match."""
        return finder(self.pattern).isinstance_python(text)


@functools.cache
def finder(pattern: str) -> SchemaValidator:
    """What takes a text in which an expression is found.

    Pydantic's are a hundred times faster than those of `re`, and never more than linear in the
    length of the text. They know neither lookarounds nor halves of surrogate pairs.
    """
    return SchemaValidator(str_schema(pattern=pattern))
