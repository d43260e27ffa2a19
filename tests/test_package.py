"""What Python users import."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

import harmonica_mcp

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", harmonica_mcp.__all__)
def test_public_names_are_there(name: str) -> None:
    """Every public name of the package can be imported from it."""
    assert getattr(harmonica_mcp, name) is not None


def test_other_names_are_not() -> None:
    """A name that the package does not have is told as Python tells it."""
    with pytest.raises(AttributeError, match="has no attribute 'HarmonicaServer'"):
        _ = getattr(harmonica_mcp, "HarmonicaServer")  # noqa: B009 - not for type checkers


def test_every_import_is_declared() -> None:
    """What the package imports is Python's own, declared in pyproject.toml, or an extra's."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    names = {re.split(r"[\s<>=\[;]", each, maxsplit=1)[0].lower() for each in declared}
    # What the declared packages are called as modules.
    names = {name.replace("-", "_") for name in names} | {"mcp_types", "yaml", "pydantic_core"}
    names |= {"opentelemetry"}
    foreign = {
        module
        for path in (ROOT / "harmonica_mcp").rglob("*.py")
        for module in imported(ast.parse(path.read_text()))
        if module not in sys.stdlib_module_names | {"harmonica_mcp"}
    }
    assert foreign <= names


def imported(tree: ast.AST) -> Iterator[str]:
    """The top-level modules that a module imports, wherever in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]
