"""The front matter of a method spec: values that know their line."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, cast

from harmonica_mcp.client.errors import InvalidInput

_LARGEST = 200_000
# The parser's time grows with the square of the depth, and a real spec has four levels.
_DEEPEST, _MOST = 10, 10_000
# Lenses and roles are repeated in every stage: these keep what a spec becomes near its own size.
_ITEMS, _PHRASE = 50, 500
_FIRST_LINE = 2
_NULL = "tag:yaml.org,2002:null"
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
_UNFIT = re.compile("[^\t\n -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
# YAML ends a line at these too, editors do not: the line numbers would differ.
_BREAKS_OF_YAML_ONLY = str.maketrans("\x85\u2028\u2029", "   ")


class SpecError(InvalidInput):
    """The text is no method spec that can be installed; the message names the line."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"line {line}: {sentence}")
        self.line = line


@dataclass(frozen=True, slots=True)
class Part:
    """A value of the front matter, its line, and what an error calls it."""

    name: str
    line: int
    value: "str | list[Part] | dict[str, Part] | None"

    def __getitem__(self, key: str) -> "Part":
        """The value of a key; an empty one on the mapping's own line where it is missing."""
        if not isinstance(self.value, dict):
            raise SpecError(self.line, f"{self.name} must be a mapping of keys to values.")
        return self.value.get(key, Part(f"`{key}`", self.line, None))

    def items(self) -> "list[Part]":
        """The items of a list; none where it is missing."""
        if self.value is None:
            return []
        if not isinstance(self.value, list) or len(self.value) > _ITEMS:
            raise SpecError(self.line, f"{self.name} must be a list of at most {_ITEMS}.")
        return self.value

    def text(self) -> str | None:
        """A text as it is spelled, numbers too."""
        if self.value is None:
            return None
        if not isinstance(self.value, str):
            raise SpecError(self.line, f"{self.name} must be a text.")
        if _UNFIT.search(self.value):
            raise SpecError(self.line, f"{self.name} must be a text without control characters.")
        return self.value.strip() or None

    def phrase(self, default: str | None = None) -> str:
        """A text of one line that must be there, unless there is a default."""
        text = self.text() or default
        if not text:
            raise SpecError(self.line, f"{self.name} must be given.")
        phrase = " ".join(text.split())
        if len(phrase) > _PHRASE:
            raise SpecError(self.line, f"{self.name} must have at most {_PHRASE} characters.")
        return phrase

    def token(self) -> str:
        """An id, a slug or a version, which must be there."""
        token = self.phrase()
        if not _TOKEN.fullmatch(token):
            raise SpecError(
                self.line,
                f"{self.name} must be one word of at most 100 letters, digits, `-`, `.`, `_`, `+`.",
            )
        return token

    def choice(self, *allowed: str) -> str | None:
        """One of these words, if any."""
        word = self.text()
        if word is not None and word not in allowed:
            raise SpecError(self.line, f"{self.name} must be one of: {', '.join(allowed)}.")
        return word


def split(text: str) -> tuple[Part, list[tuple[int, str]]]:
    """Part a spec into its front matter and the numbered lines of its body."""
    lines = _lines(text)
    if lines[0].rstrip() != "---":
        raise SpecError(1, "front matter is expected: YAML between two lines of three dashes.")
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), None)
    if end is None:
        raise SpecError(1, "the front matter has no end: a second line of three dashes.")
    return _read("\n".join(lines[1:end])), list(enumerate(lines, 1))[end + 1 :]


def _lines(text: str) -> list[str]:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    encoded = text.encode(errors="replace")
    if len(encoded) > _LARGEST:
        line = encoded.count(b"\n", 0, _LARGEST) + 1
        raise SpecError(line, "a method spec has at most 200 kB, which end here.")
    if unfit := _UNFIT.search(text):
        line = text.count("\n", 0, unfit.start()) + 1
        raise SpecError(line, "plain text is expected, without control characters.")
    return text.split("\n")


class _Mark(Protocol):
    line: int


class _Event(Protocol):
    start_mark: _Mark


class _Node(Protocol):
    id: str
    tag: str
    value: object
    start_mark: _Mark


class _Yaml(Protocol):
    """What is used of the YAML library, which has no types."""

    def parse(self, stream: str, loader: object, /) -> Iterable[_Event]: ...
    def compose(self, stream: str, loader: object, /) -> _Node | None: ...


def _read(front: str) -> Part:
    import yaml  # noqa: PLC0415 - only when a spec is read

    front = front.translate(_BREAKS_OF_YAML_ONLY)
    loader: object = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_bounds(cast("_Yaml", yaml).parse(front, loader))
        node = cast("_Yaml", yaml).compose(front, loader)
    except SpecError:
        raise
    # The loader written in Python lets some escapes fail as other errors.
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        mark = cast("_Mark | None", getattr(error, "problem_mark", None))
        line = _FIRST_LINE + (mark.line if mark else 0)
        raise SpecError(
            line, "this is no valid YAML: check the indentation, and quote texts with `: ` or ` #`."
        ) from None
    return _part(node, "the front matter") if node else Part("the front matter", 1, None)


def _check_bounds(events: Iterable[_Event]) -> None:
    import yaml  # noqa: PLC0415 - only when a spec is read

    depth = 0
    for count, event in enumerate(events):
        line = _FIRST_LINE + event.start_mark.line
        if isinstance(event, yaml.AliasEvent):
            raise SpecError(line, "aliases (`*name`) are not taken: write the value out.")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise SpecError(line, f"at most {_DEEPEST} levels of lists and mappings are taken.")
        if count > _MOST:
            raise SpecError(line, f"at most {_MOST} values are taken.")


def _part(node: _Node, name: str) -> Part:
    line = _FIRST_LINE + node.start_mark.line
    if node.id == "mapping":
        return Part(name, line, _pairs(cast("list[tuple[_Node, _Node]]", node.value)))
    if node.id == "sequence":
        items = cast("list[_Node]", node.value)
        return Part(name, line, [_part(item, f"each of {name}") for item in items])
    return Part(name, line, None if node.tag == _NULL else str(node.value))


def _pairs(nodes: list[tuple[_Node, _Node]]) -> dict[str, Part]:
    pairs: dict[str, Part] = {}
    for key, value in nodes:
        line = _FIRST_LINE + key.start_mark.line
        word = str(key.value)
        if key.id != "scalar" or _UNFIT.search(word):
            raise SpecError(line, "a key must be a text without control characters.")
        if word in pairs:
            raise SpecError(line, "this key stands twice in its mapping; once is expected.")
        pairs[word] = _part(value, f"`{word}`")
    return pairs
