"""JSON that changes in place, comments included.

No kept library does this: one needs Node, one is under the GPL, one refuses trailing commas, and
one takes JSON5, which hosts refuse. The trick is small: with comments and trailing commas blanked,
`json` itself says whether the text is valid and where each value begins and ends.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn, cast

from harmonica_mcp.cli.install.document import Path
from harmonica_mcp.cli.install.refused import Refused

_SPACE = " \t\r\n"
_SPACES = re.compile(r"[ \t\r\n]+")
_STRING = r'"(?:\\.|[^"\\])*"'
_COMMENT = re.compile(rf"({_STRING})|//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"({_STRING}|[{{\[,]\s*,)|,(?=\s*[}}\]])", re.DOTALL)
_INDENTED = re.compile(r"\n([ \t]+)\S")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


@dataclass(frozen=True)
class _Member:
    """Where a member of an object stands."""

    name: str
    start: int
    value: int
    stop: int


class JsonText:
    """A document of JSON, with comments and trailing commas where its host takes them."""

    def __init__(self, text: str, *, comments: bool) -> None:
        self._comments = comments
        self._read(text)
        self._newline = "\r\n" if "\r\n" in text else "\n"
        indented = _INDENTED.search(self._plain)
        self._unit = indented[1] if indented else "  "

    @property
    def text(self) -> str:
        """The document as it is now."""
        return self._text

    def get(self, path: Path) -> object:
        """The value there, None where there is none."""
        value = self._value
        for name in path:
            value = cast("dict[str, object]", value).get(name) if isinstance(value, dict) else None
        return value

    def put(self, path: Path, value: object) -> None:
        """Set a value; objects on the way are made."""
        at = self._root
        for depth, name in enumerate(path, 1):
            if self._plain[at] != "{":
                where = f"`{'.'.join(path[: depth - 1])}` in it" if depth > 1 else "it"
                raise Refused(f"{where} is no object")
            member = self._member(at, name)
            if member is None:
                for missing in reversed(path[depth:]):
                    value = {missing: value}
                self._insert(at, name, value)
                return
            if depth == len(path) and self.get(path) != value:
                self._replace(member, value)
            at = member.value

    def drop(self, path: Path) -> None:
        """Take a value out."""
        at = self._root
        for name in path[:-1]:
            member = self._member(at, name)
            at = cast("_Member", member).value
        members = list(self._members(at))
        index = max(i for i, member in enumerate(members) if member.name == path[-1])
        self._remove(at, members, index)

    def _read(self, text: str) -> None:
        plain = commas = text
        if self._comments:
            commas = _COMMENT.sub(lambda m: m[1] or re.sub(r"[^\r\n]", " ", m[0]), text)
            plain = _TRAILING_COMMA.sub(lambda m: m[1] or " ", commas)
        if not plain.strip(_SPACE):
            # A file that a host made, or its user emptied: as good as an empty object.
            begin = text.rstrip(_SPACE)
            self._read(f"{begin}\n{{}}\n" if begin else "{}\n")
            return
        try:
            self._value: object = json.loads(plain, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise Refused(f"it is no valid JSON ({error})") from None
        self._text, self._commas, self._plain = text, commas, plain
        self._root = self._skip(0)

    def _members(self, at: int) -> Iterator[_Member]:
        """The members of the object that begins there."""
        start = self._skip(at + 1)
        while self._plain[start] != "}":
            name, end = _DECODER.raw_decode(self._plain, start)
            value = self._skip(self._skip(end) + 1)
            _, stop = _DECODER.raw_decode(self._plain, value)
            yield _Member(name, start, value, stop)
            comma = self._skip(stop)
            start = self._skip(comma + 1) if self._plain[comma] == "," else comma

    def _member(self, at: int, name: str) -> _Member | None:
        """The member with a name; of several the last, as every reader takes it."""
        found = [member for member in self._members(at) if member.name == name]
        return found[-1] if found else None

    def _insert(self, at: int, name: str, value: object) -> None:
        """Write a new last member, in the style of the others."""
        members = list(self._members(at))
        close = _DECODER.raw_decode(self._plain, at)[1] - 1
        # After everything there is, comments on the last lines included.
        end = len(self._text[:close].rstrip(_SPACE))
        before, tail = self._text[:end], self._text[end:]
        if members and "\n" not in self._text[at:close]:
            member = f" {_json(name)}: {_json(value)}"
        else:
            base = self._indentation(at)
            indent = self._own_indentation(members[0].start) if members else None
            indent = base + self._unit if indent is None else indent
            member = f"{self._newline}{indent}{_json(name)}: {self._lines(value, indent)}"
            if not members or "\n" not in self._text[end:close]:
                tail = self._newline + base + self._text[close:]
        if members:
            stop = members[-1].stop
            if self._plain[stop:close] != self._commas[stop:close]:
                member += ","  # As the last one had: a trailing comma.
            else:
                before = f"{before[:stop]},{before[stop:]}"
        self._read(before + member + tail)

    def _replace(self, member: _Member, value: object) -> None:
        """Write another value, on several lines where the one before had several."""
        old = self._text[member.value : member.stop]
        new = self._lines(value, self._indentation(member.start)) if "\n" in old else _json(value)
        self._read(self._text[: member.value] + new + self._text[member.stop :])

    def _remove(self, at: int, members: list[_Member], index: int) -> None:
        """Take out a member and its comma; comments around it stay."""
        member, text = members[index], self._text
        comma = _after_space(self._commas, member.stop)
        begin = len(text[: member.start].rstrip(_SPACE))
        has_comma = self._commas[comma] == ","
        comments = text[member.stop : comma].lstrip(_SPACE)
        if has_comma and index + 1 < len(members):
            rest = _after_space(text, comma + 1)
            self._read(text[: member.start] + comments + text[rest:])
        elif has_comma:
            self._read(self._ended(0, begin, comments + text[comma + 1 :]))
        elif index:
            before = self._skip(members[index - 1].stop)
            self._read(text[:before] + self._ended(before + 1, begin, text[member.stop :]))
        else:
            self._read(self._ended(0, begin, text[member.stop :]))
        close = _DECODER.raw_decode(self._plain, at)[1] - 1
        if not self._text[at + 1 : close].strip(_SPACE):
            self._read(self._text[: at + 1] + self._text[close:])

    def _ended(self, begin: int, end: int, rest: str) -> str:
        """A piece of the text before another, on a line of its own where a comment ends it."""
        comment = self._plain[end - 1] in _SPACE and not self._text.endswith("*/", 0, end)
        ends = rest.lstrip(" \t").startswith(("\r", "\n"))
        return self._text[begin:end] + ("" if ends or not comment else self._newline) + rest

    def _lines(self, value: object, indent: str) -> str:
        lines = json.dumps(value, ensure_ascii=False, indent=self._unit).split("\n")
        return f"{self._newline}{indent}".join(lines)

    def _skip(self, at: int) -> int:
        """The next place after white space and comments."""
        return _after_space(self._plain, at)

    def _indentation(self, at: int) -> str:
        """The white space with which the line there begins."""
        line = self._text[self._text.rfind("\n", 0, at) + 1 : at]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def _own_indentation(self, at: int) -> str | None:
        """The white space before it, where it begins a line."""
        indent = self._indentation(at)
        return indent if self._text[: at - len(indent)].endswith("\n") else None


def _after_space(text: str, at: int) -> int:
    space = _SPACES.match(text, at)
    return space.end() if space else at


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
