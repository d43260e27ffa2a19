"""TOML that changes in place."""

import re
import tomllib
from collections.abc import MutableMapping
from contextlib import suppress
from typing import cast

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable, Table

from harmonica_mcp.cli.install.document import Path
from harmonica_mcp.cli.install.refused import Refused

_Table = MutableMapping[str, object]


class TomlText:
    """A document of TOML, which tomlkit keeps as it was written."""

    def __init__(self, text: str) -> None:
        self._windows = "\r\n" in text and not re.search(r"(?<!\r)\n", text)
        try:
            self._root = tomlkit.parse(text)
        except TOMLKitError as error:
            raise Refused(f"it is no valid TOML ({error})") from None

    @property
    def text(self) -> str:
        """The document as it is now."""
        text = tomlkit.dumps(self._root)
        return re.sub(r"(?<!\r)\n", "\r\n", text) if self._windows else text

    def get(self, path: Path) -> object:
        """The value there, None where there is none."""
        value: object = self._root.unwrap()
        for name in path:
            value = cast("_Table", value).get(name) if isinstance(value, dict) else None
        return value

    def put(self, path: Path, value: object) -> None:
        """Set a value; tables on the way are made."""
        if self.get(path) == value:
            return
        *parents, name = path
        table = cast("_Table", self._root)
        for depth, parent in enumerate(parents):
            if parent not in table:
                table[parent] = tomlkit.table(is_super_table=True)
            if not isinstance(table[parent], MutableMapping):
                raise Refused(f"`{'.'.join(path[: depth + 1])}` in it is no table")
            table = cast("_Table", table[parent])
        new = value
        if isinstance(new, dict) and not isinstance(table, InlineTable):
            below = list(cast("_Table", self._root))[-1] != path[0]
            new = _table(cast("dict[str, object]", new), space=below)
        wanted = self._root.unwrap()
        table[name] = new
        self._check(wanted, path, value)

    def drop(self, path: Path) -> None:
        """Take a value out."""
        *parents, name = path
        table = cast("_Table", self._root)
        for parent in parents:
            table = cast("_Table", table[parent])
        del table[name]

    def _check(self, values: dict[str, object], path: Path, value: object) -> None:
        """Make sure that the text says this: around dotted keys tomlkit writes something else."""
        table = cast("_Table", values)
        for parent in path[:-1]:
            table = cast("_Table", table[parent])
        table[path[-1]] = value
        written = None
        with suppress(tomllib.TOMLDecodeError):
            written = tomllib.loads(self.text)
        if written != values:
            raise Refused("its dotted keys cannot be changed in place; --print shows what to write")


def _table(values: dict[str, object], *, space: bool) -> Table:
    """A table of its own, tables in which stand on one line; with space below it."""
    table = tomlkit.table()
    for name, value in values.items():
        if isinstance(value, dict):
            line = cast("_Table", tomlkit.inline_table())
            line.update(cast("_Table", value))
            table.append(name, line)
        else:
            table.append(name, value)
    if space:
        table.add(tomlkit.nl())
    return table
