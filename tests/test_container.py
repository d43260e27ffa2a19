"""The Dockerfile says what is true of the package."""

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from click.testing import CliRunner

from harmonica_mcp.cli import main
from tests.transports.wire import serving_http

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def instruction(name: str) -> list[str]:
    """Give the arguments of all instructions of a name, as one line each."""
    text = re.sub(r"\\\n\s*", " ", DOCKERFILE)
    return re.findall(rf"^\s*{name} (.+)$", text, re.MULTILINE)


def test_the_entry_point_is_the_command() -> None:
    """The image starts our command with flags that it has, at the port that it names."""
    [line] = instruction("ENTRYPOINT")
    command, serve, *flags = json.loads(line)
    assert PROJECT["scripts"][command] == "harmonica_mcp.cli.start:start"
    told = CliRunner().invoke(main, [serve, "--help"]).output
    assert all(flag in told for flag in flags if flag.startswith("--"))
    assert [flags[flags.index("--port") + 1]] == instruction("EXPOSE")
    without_a_name = CliRunner().invoke(main, [serve, *flags])
    assert "--allowed-host" in without_a_name.output


def test_the_extras_exist() -> None:
    """What the image installs by default are extras of the package, on a Python that it takes."""
    arguments = dict(line.split("=") for line in instruction("ARG"))
    assert set(arguments["EXTRAS"].split(",")) <= PROJECT["optional-dependencies"].keys()
    minor = int(arguments["PYTHON"].removeprefix("3."))
    assert f"Programming Language :: Python :: 3.{minor}" in PROJECT["classifiers"]


def test_everything_copied_is_there() -> None:
    """What is copied exists and is not ignored, and is all that the build needs."""
    copied = [
        name
        for line in instruction("COPY")
        if not line.startswith("--from")
        for name in line.split()[:-1]
    ]
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text().split() if line[0] == "!"]
    assert sorted(copied) == sorted(kept)
    assert all((ROOT / name).exists() for name in copied)
    assert {PROJECT["readme"], *PROJECT["license-files"]} <= set(copied)


def test_what_builds_is_left_behind() -> None:
    """The image has the installed package alone, compiled where its file system may be written."""
    build, served = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)[1:]
    [copied] = re.findall(r"^COPY --from=build (\S+) (\S+)$", served, re.MULTILINE)
    assert copied[0] == copied[1]
    assert f"compileall -q -j 0 --invalidation-mode unchecked-hash {copied[0]}" in build
    assert not re.findall(r"^(RUN|ADD) ", served, re.MULTILINE)
    assert "PYTHONDONTWRITEBYTECODE=1" in served


def test_it_runs_as_nobody() -> None:
    """The user is a number other than root's, so that Kubernetes can check it."""
    [user] = instruction("USER")
    assert all(int(part) > 0 for part in user.split(":"))


def test_the_health_check_tells_whether_it_serves() -> None:
    """The image's own check succeeds while the server serves, and fails when nobody does."""
    [line] = re.findall(r"CMD (\[.*\])", instruction("HEALTHCHECK")[0])
    _, *arguments = json.loads(line)
    [port] = instruction("EXPOSE")
    with serving_http() as url:
        checks = [each.replace(port, url.rpartition(":")[2]) for each in arguments]
        assert subprocess.run([sys.executable, *checks], check=False).returncode == 0
    down = subprocess.run([sys.executable, *checks], check=False, capture_output=True)
    assert down.returncode == 1
