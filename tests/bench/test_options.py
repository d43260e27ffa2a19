"""How the bench is told what to compare."""

import shlex
import subprocess
from pathlib import Path

import pytest

from bench.__main__ import MEASUREMENTS, options
from bench.figures import Figures
from bench.run import SIZES, Run
from bench.sides import ROOT, Side, sides, split
from tests.documents.shown import lines_of

GIT = ["/usr/bin/env", "git"]


def test_by_default_everything_is_measured() -> None:
    """Without words the whole run is of this checkout."""
    chosen = options([])
    assert (chosen.mode, chosen.size, chosen.command, chosen.revision) == ("measure", None, [], [])
    assert chosen.only == list(MEASUREMENTS)


def test_some_of_it() -> None:
    """Measurements are chosen by name."""
    assert options(["--only", "calls,tokens", "--quick"]).only == ["calls", "tokens"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--only", "calls,cals"], "--only cals: choose of startup, calls"),
        (["--command", "a", "--revision", "b"], "not allowed with"),
        (["--quick", "--smoke"], "not allowed with"),
    ],
)
def test_what_makes_no_sense_is_refused(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A word that is none, or two that exclude each other, end it before anything starts."""
    with pytest.raises(SystemExit):
        options(arguments)
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("line", lines_of("performance.md"))
def test_the_documents_lines_are_understood(line: str) -> None:
    """What the document tells to type is a run of the bench."""
    program, module, name, *arguments = shlex.split(line, comments=True)
    assert (program, module, name) == ("python", "-m", "bench")
    assert set(options(arguments).only) <= MEASUREMENTS.keys()


def test_variables_stand_in_front_of_a_command() -> None:
    """A command is compared with itself under another setting."""
    given, words = split("HARMONICA_TOOLSETS=all A= harmonica-mcp --log 'a b'")
    assert given == {"HARMONICA_TOOLSETS": "all", "A": ""}
    assert words == ("harmonica-mcp", "--log", "a b")


def test_a_command_is_more_than_variables() -> None:
    """Variables alone start nothing."""
    with pytest.raises(ValueError, match="there is no command"):
        split("A=1")


def test_this_checkout_is_measured_where_nothing_is_named() -> None:
    """The program is that of the bench's own files, wherever it is started."""
    with sides([], []) as [side]:
        env = side.env("http://127.0.0.1:1", {"HARMONICA_TOOLSETS": "all"})
    assert side.words[1:] == ("-m", "harmonica_mcp")
    assert (env["PYTHONPATH"], env["HARMONICA_TOOLSETS"]) == (str(ROOT), "all")


def test_commands_keep_their_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command says wins over the bench; what this shell says of the server does not."""
    monkeypatch.setenv("HARMONICA_READ_ONLY", "1")
    with sides(["HARMONICA_REQUESTS_PER_MINUTE=5 x", "y" * 50], []) as [short, long]:
        env = short.env("http://127.0.0.1:1", {})
    assert (short.name, long.name) == ("HARMONICA_REQUESTS_PER_MINUTE=5 x", "command 2")
    assert env["HARMONICA_REQUESTS_PER_MINUTE"] == "5"
    assert "HARMONICA_READ_ONLY" not in env
    assert "HARMONICA_API_KEY" not in env
    assert short.folder != long.folder


def test_a_revision_is_checked_out_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each revision has its files in a folder of its own, and none is left behind."""
    git = [*GIT, "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "One"]):
        subprocess.run([*git, *command], check=True)
    monkeypatch.setattr("bench.sides.ROOT", tmp_path)
    with sides([], ["HEAD", "."]) as [head, here]:
        assert (Path(head.given["PYTHONPATH"]) / ".git").exists()
        assert here.given["PYTHONPATH"] == str(tmp_path)
        assert head.folder != here.folder
    assert not head.folder.exists()
    listed = subprocess.run([*git, "worktree", "list"], capture_output=True, check=True).stdout
    assert len(listed.splitlines()) == 1


def test_an_unknown_revision_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who mistypes a revision reads which."""
    subprocess.run([*GIT, "-C", str(tmp_path), "init", "-q"], check=True)
    monkeypatch.setattr("bench.sides.ROOT", tmp_path)
    with pytest.raises(ValueError, match="no-such-revision: "), sides([], ["no-such-revision"]):
        pass


def test_sides_take_turns() -> None:
    """What the machine does meanwhile hits both sides alike."""
    two = [Side(name, ("x",), {}, Path()) for name in "AB"]
    run = Run(two, "http://127.0.0.1:1", SIZES["smoke"], Figures(["A", "B"]))
    assert "".join(side.name for side in run.turns(3)) == "ABBAAB"


def test_failures_are_counted_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    """A failed call makes the run fail, and somebody can read why."""
    side = Side("A", ("x",), {}, Path())
    run = Run([side], "http://127.0.0.1:1", SIZES["smoke"], Figures(["A"]))
    run.note_failures("Calls", side, ["HTTP 503"] * 5)
    assert run.failed == 5
    assert capsys.readouterr().err.count("A: HTTP 503") == 3
