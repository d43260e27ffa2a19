"""Local files: over stdio, below allowed directories, and nowhere else."""

from pathlib import Path

import pytest

from harmonica_mcp.client.context import MAX_FILE
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.files import LocalFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A directory with a file in it, and one beside it."""
    allowed = tmp_path / "allowed"
    (allowed / "inner").mkdir(parents=True)
    (allowed / "rules.md").write_text("Be kind.")
    (allowed / "inner" / "more.txt").write_text("Be brief.")
    (tmp_path / "secret.md").write_text("Keep out.")
    return allowed


@pytest.mark.parametrize("path", ["rules.md", "./inner/../rules.md", "{folder}/rules.md"])
def test_allowed(folder: Path, path: str) -> None:
    """A file below the directory is read, by its relative or its whole path."""
    files = LocalFiles((folder.parent / "missing", folder))
    assert files.read(path.format(folder=folder)) == ("rules.md", b"Be kind.")


def test_inner(folder: Path) -> None:
    """A directory below counts as well."""
    assert LocalFiles((folder,)).read("inner/more.txt") == ("more.txt", b"Be brief.")


@pytest.mark.parametrize(
    "path",
    [
        "../secret.md",
        "{folder}/../secret.md",
        "/etc/passwd",
        "~root/x",
        "inner",
        "",
        "none.md",
        "\0",
    ],
)
def test_refused(folder: Path, path: str) -> None:
    """What lies elsewhere, is a directory or is not there is refused with one sentence."""
    with pytest.raises(InvalidInput) as caught:
        LocalFiles((folder,)).read(path.format(folder=folder))
    assert str(caught.value) == (
        "There is no such file below the directories of HARMONICA_FILES_DIR."
    )


def test_links_lead_nowhere(folder: Path) -> None:
    """A link out of the directory is not followed."""
    (folder / "link.md").symlink_to(folder.parent / "secret.md")
    with pytest.raises(InvalidInput, match="no such file below"):
        LocalFiles((folder,)).read("link.md")


def test_none_allowed() -> None:
    """Without directories there are no files, and the text itself can be given."""
    with pytest.raises(InvalidInput, match="needs stdio and HARMONICA_FILES_DIR; give the text"):
        LocalFiles().read("rules.md")


def test_too_large(folder: Path) -> None:
    """A file larger than Harmonica takes is not read."""
    with (folder / "large.md").open("wb") as file:
        file.truncate(MAX_FILE + 1)
    with pytest.raises(InvalidInput, match="larger than 4 MB"):
        LocalFiles((folder,)).read("large.md")


def test_unreadable(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that the system does not let us read is refused like one that is not there."""

    def refuse(_: Path) -> bytes:
        raise PermissionError

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InvalidInput, match="no such file, or it cannot be read"):
        LocalFiles((folder,)).read("rules.md")
