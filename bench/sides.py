"""What is measured: this checkout, or commands or revisions that are compared."""

import re
import shlex
import subprocess
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.serving import OURS, environment

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Side:
    """One of those that are compared.

    Args:
        name: what it is called in tables.
        words: what starts the program, to which flags are added.
        given: variables beside those of this process.
        folder: its own; the program keeps its cache there.
    """

    name: str
    words: tuple[str, ...]
    given: dict[str, str]
    folder: Path

    def env(
        self, api: str, settings: Mapping[str, str], cache: Path | None = None
    ) -> dict[str, str]:
        """Give the environment for a server that works on this API.

        Args:
            api: the address of Harmonica.
            settings: of the server, by their names as variables.
            cache: where it keeps its cache; by default where it did the last time.
        """
        common = {
            "HARMONICA_API_URL": api,
            # The budget of a key is Harmonica's, and not what is measured.
            "HARMONICA_REQUESTS_PER_MINUTE": "1000000",
            "XDG_CACHE_HOME": str(cache or self.folder / "cache"),
        }
        return environment({**common, **settings, **self.given})


@contextmanager
def sides(commands: Sequence[str], revisions: Sequence[str]) -> Generator[list[Side]]:
    """Give what is compared, each with a folder for as long as the context lasts."""
    with ExitStack() as kept:
        folder = Path(kept.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        found: list[Side] = []
        for number, command in enumerate(commands):
            given, words = split(command)
            name = command if len(command) < 40 else f"command {number + 1}"
            found.append(Side(name, words, given, folder / f"command{number}"))
        for number, revision in enumerate(revisions):
            own = folder / f"revision{number}"
            tree = ROOT if revision == "." else own / "tree"
            if tree != ROOT:
                kept.enter_context(_checked_out(revision, tree))
            found.append(_from_tree(revision, tree, own))
        yield found or [_from_tree("this checkout", ROOT, folder / "here")]


def _from_tree(name: str, tree: Path, folder: Path) -> Side:
    # Whatever folder the bench is started in, the program is this tree's.
    given = {"PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"}
    return Side(name, OURS, given, folder)


def split(command: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Take the variables apart that stand in front of a command's words.

    Raises:
        ValueError: There is no command.
    """
    words = shlex.split(command)
    given: dict[str, str] = {}
    while words and (variable := re.fullmatch(r"(\w+)=(.*)", words[0], re.DOTALL)):
        given[variable[1]] = variable[2]
        del words[0]
    if not words:
        raise ValueError(f"there is no command in {command!r}")
    return given, tuple(words)


@contextmanager
def _checked_out(revision: str, tree: Path) -> Generator[None]:
    """A revision's files in a folder of their own, with the history shared."""
    tree.parent.mkdir(parents=True)
    git = ("git", "-C", str(ROOT), "worktree")
    added = subprocess.run(
        [*git, "add", "--detach", str(tree), revision], capture_output=True, text=True, check=False
    )
    if added.returncode:
        raise ValueError(f"{revision}: {added.stderr.strip().splitlines()[-1]}")
    try:
        yield
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)
