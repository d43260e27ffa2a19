"""Exporting again: what changed, what somebody changed, and what is known of both."""

import json
import os
from pathlib import Path

import pytest

from harmonica_mcp.cli.export import archive
from tests.cli.export.conftest import DONE, Harmonica


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file with its content and its number on disk, which a rewritten file changes."""
    files = (each for each in folder.rglob("*") if each.is_file())
    return {str(each): (each.read_bytes(), each.stat().st_ino) for each in files}


def test_nothing_is_rewritten_without_a_change(harmonica: Harmonica) -> None:
    """Repeated, an export touches no file, not even its manifest."""
    harmonica.good("--all", "--include", "responses")
    before = state(harmonica.folder)
    told = harmonica.good("--all", "--include", "responses")
    assert "0 files written, 6 unchanged" in told.stdout
    assert state(harmonica.folder) == before


def test_only_what_changed_is_rewritten(harmonica: Harmonica) -> None:
    """A new summary replaces the old file, and the others stay."""
    harmonica.good(DONE)
    harmonica.done.summary = "All new."
    told = harmonica.good(DONE)
    assert "brief unchanged, summary written" in told.stderr
    assert harmonica.file("summary.md").read_text().endswith("\nAll new.\n")


def test_a_renamed_session_keeps_its_folder(harmonica: Harmonica) -> None:
    """Links into the folder go on working; the new topic is the title."""
    session = harmonica.done
    harmonica.good(session.id)
    summary = harmonica.file("summary.md")
    session.topic = "Spring"
    harmonica.good(session.id)
    assert harmonica.file("summary.md", session) == summary
    assert 'title: "Spring"' in summary.read_text()
    assert harmonica.manifest["sessions"][session.id]["topic"] == "Spring"


def test_a_file_that_somebody_changed_is_kept(harmonica: Harmonica) -> None:
    """As long as Harmonica has nothing new there is nothing to decide."""
    harmonica.good(DONE)
    harmonica.file("summary.md").write_text("Mine.")
    told = harmonica.good(DONE)
    assert "1 kept as you changed them" in told.stdout
    assert harmonica.file("summary.md").read_text() == "Mine."
    assert not harmonica.file("summary.md.new").exists()


def test_news_for_a_changed_file_are_laid_beside_it(harmonica: Harmonica) -> None:
    """What somebody changed is never overwritten; the new text is offered once."""
    harmonica.good(DONE)
    harmonica.file("summary.md").write_text("Mine.")
    harmonica.done.summary = "All new."
    told = harmonica.good(DONE)
    assert "summary.md: kept as you changed it, the new text is in the file ending in .new" in (
        told.stderr
    )
    assert harmonica.file("summary.md").read_text() == "Mine."
    assert harmonica.file("summary.md.new").read_text().endswith("\nAll new.\n")
    harmonica.file("summary.md.new").unlink()
    harmonica.good(DONE)
    assert not harmonica.file("summary.md.new").exists()


def test_taking_the_offer_ends_the_difference(harmonica: Harmonica) -> None:
    """Who puts the new file in the old one's place is up to date, and stays so."""
    harmonica.good(DONE)
    harmonica.file("summary.md").write_text("Mine.")
    harmonica.done.summary = "All new."
    harmonica.good(DONE)
    harmonica.file("summary.md.new").replace(harmonica.file("summary.md"))
    assert "2 unchanged" in harmonica.good(DONE).stdout
    harmonica.done.summary = "Newer still."
    assert "summary written" in harmonica.good(DONE).stderr


def test_line_ends_are_no_change(harmonica: Harmonica) -> None:
    """Where git has changed line ends, a file is still the one that was exported."""
    harmonica.good(DONE)
    path = harmonica.file("summary.md")
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert "2 unchanged" in harmonica.good(DONE).stdout


def test_a_deleted_file_is_written_again(harmonica: Harmonica) -> None:
    """A file that is gone comes back."""
    harmonica.good(DONE)
    harmonica.file("summary.md").unlink()
    assert "brief unchanged, summary written" in harmonica.good(DONE).stderr


def test_without_its_manifest_nothing_is_overwritten(harmonica: Harmonica) -> None:
    """When the manifest is lost, files that are the same are known again, others are kept."""
    harmonica.good(DONE)
    summary = harmonica.file("summary.md")
    summary.write_text("Mine.")
    (harmonica.folder / "manifest.json").unlink()
    told = harmonica.good(DONE)
    assert "brief unchanged, summary kept as you changed it" in told.stderr
    assert summary.read_text() == "Mine."
    assert set(harmonica.manifest["sessions"][harmonica.done.id]["files"]) == {
        "brief.md",
        "summary.md",
    }


@pytest.mark.parametrize("change", ["cut", "newer", "outside", "hidden"])
def test_a_manifest_that_cannot_be_understood_stops_everything(
    harmonica: Harmonica, change: str
) -> None:
    """Nothing is touched where the manifest is broken, of a later format, or names other places."""
    harmonica.good(DONE)
    path = harmonica.folder / "manifest.json"
    known = harmonica.manifest
    if change == "newer":
        known["format"] = 2
    else:
        folder = {"outside": "../elsewhere", "hidden": "..", "cut": "x"}[change]
        known["sessions"][harmonica.done.id]["folder"] = folder
    text = json.dumps(known)
    path.write_text(text[:-1] if change == "cut" else text)
    before = state(harmonica.folder.parent)
    told = harmonica.export(DONE)
    assert told.exit_code == 2
    assert "manifest.json cannot be read" in told.stderr
    assert state(harmonica.folder.parent) == before


def test_a_folder_that_cannot_be_used_is_told(harmonica: Harmonica) -> None:
    """One sentence says that the folder cannot be made."""
    harmonica.folder.parent.joinpath("file").write_text("")
    harmonica.folder /= ".."
    harmonica.folder = harmonica.folder.parent.parent / "file" / "below"
    told = harmonica.export(DONE)
    assert told.exit_code == 2
    assert f"Cannot use {harmonica.folder}: Not a directory." in told.stderr


def test_a_file_that_cannot_be_written_is_one_failure(
    harmonica: Harmonica, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk leaves no half files and no drafts, and is told."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(archive.Path, "replace", full)
        told = harmonica.export(harmonica.done.id)
    assert told.exit_code == 1
    assert "No space left on device" in told.stderr
    assert [each for each in harmonica.folder.rglob("*") if each.is_file()] == []


def test_files_are_for_whom_the_folder_is(harmonica: Harmonica) -> None:
    """A web server's user can read what is exported, where the umask lets it."""
    before = os.umask(0o022)
    try:
        harmonica.good(DONE)
    finally:
        os.umask(before)
    assert harmonica.file("summary.md").stat().st_mode & 0o777 == 0o644


def test_what_was_done_is_known_after_a_failure(harmonica: Harmonica) -> None:
    """When a session fails half-way, its files that were written are in the manifest."""
    harmonica.sandbox.faults.add("GET /sessions/{id}/responses", status=403)
    told = harmonica.export(harmonica.done.id, "--include", "responses")
    assert told.exit_code == 1
    assert set(harmonica.manifest["sessions"][harmonica.done.id]["files"]) == {
        "brief.md",
        "summary.md",
    }
