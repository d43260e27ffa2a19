"""Local files: over stdio only, and only below directories that the user allowed."""

import os
from pathlib import Path

import pytest

from harmonica_mcp.client.context import MAX_FILE
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.files import LocalFiles
from tests.transports.wire import ERAS, Http, Json, Stdio, key, listening, started

OUTSIDE = "There is no such file below the directories of HARMONICA_FILES_DIR."


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    """An allowed directory, beside one that is not."""
    (tmp_path / "inside" / "deep").mkdir(parents=True)
    (tmp_path / "inside" / "notes.md").write_text("allowed")
    (tmp_path / "inside" / "deep" / "more.txt").write_text("allowed")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.md").write_text("secret")
    return tmp_path / "inside"


def refusal(files: LocalFiles, path: str) -> str:
    """The sentence with which a path is refused."""
    with pytest.raises(InvalidInput) as caught:
        files.read(path)
    return str(caught.value)


@pytest.mark.parametrize("path", ["notes.md", "./deep/../notes.md", "deep/more.txt"])
def test_inside(inside: Path, path: str) -> None:
    """A file below the directory is read, by its place there or its whole path."""
    name = path.rsplit("/", maxsplit=1)[-1]
    assert LocalFiles((inside,)).read(path) == (name, b"allowed")
    assert LocalFiles((inside,)).read(str(inside / path)) == (name, b"allowed")


def test_home(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`~` is the home."""
    monkeypatch.setenv("HOME", str(inside))
    assert LocalFiles((inside,)).read("~/notes.md") == ("notes.md", b"allowed")


def test_several_directories(inside: Path) -> None:
    """Every directory is looked in, in their order."""
    files = LocalFiles((inside / "missing", inside / "deep", inside))
    assert files.read("notes.md")[0] == "notes.md"
    assert files.read("more.txt")[0] == "more.txt"


@pytest.mark.parametrize(
    "path",
    [
        "../outside/secret.md",
        "deep/../../outside/secret.md",
        "nothing.md",
        "deep",
        ".",
        "",
        "nul\x00.md",
        "x" * 10_000,
        "~nobody-of-that-name/notes.md",
    ],
)
def test_outside(inside: Path, path: str) -> None:
    """What is not a file below the directory is not there, whatever it is."""
    assert refusal(LocalFiles((inside,)), path) == OUTSIDE


def test_an_absolute_path_outside(inside: Path) -> None:
    """The whole path of another place is not there."""
    assert refusal(LocalFiles((inside,)), str(inside.parent / "outside" / "secret.md")) == OUTSIDE


@pytest.mark.parametrize("target", ["outside/secret.md", "outside"])
def test_links_that_lead_out(inside: Path, target: str) -> None:
    """A link out of the directory is refused, to a file as to a directory."""
    (inside / "link").symlink_to(inside.parent / target)
    path = "link" if target.endswith(".md") else "link/secret.md"
    assert refusal(LocalFiles((inside,)), path) == OUTSIDE


def test_links_that_stay_inside(inside: Path) -> None:
    """A link within the directory is followed, also when the directory is reached by one."""
    (inside / "link.md").symlink_to(inside / "notes.md")
    (inside.parent / "also").symlink_to(inside)
    assert LocalFiles((inside.parent / "also",)).read("link.md") == ("notes.md", b"allowed")


def test_a_circle_of_links(inside: Path) -> None:
    """A link to itself is no file."""
    (inside / "circle").symlink_to(inside / "circle")
    assert refusal(LocalFiles((inside,)), "circle") == OUTSIDE


def test_what_is_no_plain_file(inside: Path) -> None:
    """A pipe is never opened: reading it would wait for ever."""
    os.mkfifo(inside / "pipe.md")
    assert refusal(LocalFiles((inside,)), "pipe.md") == OUTSIDE


def test_what_may_not_be_looked_at(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place that the system does not let in is not there, and no crash."""

    def refuse(_: Path) -> bool:
        raise PermissionError

    monkeypatch.setattr(Path, "is_file", refuse)
    assert refusal(LocalFiles((inside,)), "notes.md") == OUTSIDE


def test_what_cannot_be_read(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read is told as that, without its path."""

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(inside))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    told = refusal(LocalFiles((inside,)), "notes.md")
    assert told == "There is no such file, or it cannot be read."


def test_size(inside: Path) -> None:
    """What is larger than Harmonica takes is not even read."""
    with (inside / "huge.txt").open("wb") as file:
        file.truncate(MAX_FILE + 1)
    assert refusal(LocalFiles((inside,)), "huge.txt") == "The file is larger than 4 MB."


def test_no_directory() -> None:
    """Without a directory there are no files, and it says what to do instead."""
    assert refusal(LocalFiles(), __file__).endswith("give the text itself instead.")


def _arguments(inside: Path) -> Json:
    return {
        "project": "Fennmill repair café",
        "kind": "file",
        "path": str(inside / "notes.md"),
    }


SERVE = ("-m", "harmonica_mcp", "serve", "--sandbox", "--toolsets", "context")


def test_over_http(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes over HTTP reads no file of this machine, whatever the operator's setting."""
    monkeypatch.setenv("no_proxy", "*")
    http = ("--transport", "http", "--port", "0")
    with started(*SERVE, *http, HARMONICA_FILES_DIR=str(inside)) as server:
        url = server.err.until("Serving MCP at").split()[3].removesuffix("/mcp")
        with listening(url, ERAS[1], key("0")) as sse:
            clients = [sse, *(Http(url, era, key("0")) for era in ERAS)]
            for client in clients:
                client.open()
                result = client.call("add_context_source", **_arguments(inside))
                assert result["isError"]
                assert result["content"][0]["text"].startswith("Local files cannot be read here")


def test_over_stdio(inside: Path) -> None:
    """A host that started this process attaches the files that its user allowed."""
    with started(*SERVE, HARMONICA_FILES_DIR=str(inside)) as server:
        host = Stdio(server, ERAS[0])
        host.open()
        result = host.call("add_context_source", **_arguments(inside))
    assert result["structuredContent"]["source"]["title"] == "notes.md"
