"""A home with every host in it, and a Harmonica."""

from collections.abc import Generator
from pathlib import Path

import pytest

from harmonica_mcp.cli.install import command
from tests.cli.own_home import move_in
from tests.transports.programs import serving_sandbox


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An own home with every host in it, and no settings."""
    move_in(monkeypatch, tmp_path)
    return tmp_path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A Harmonica that takes every key; the addresses at which it was asked."""
    asked: list[str] = []

    def owner_of(_: object, url: str) -> str:
        asked.append(url)
        return "Ada"

    monkeypatch.setattr(command, "owner_of", owner_of)
    return asked


@pytest.fixture(scope="module")
def harmonica() -> Generator[str]:
    """The address of a sandbox in a process of its own."""
    with serving_sandbox() as address:
        yield address
