"""Every command that README and documents show is run, with its placeholders filled in."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result

from harmonica_mcp.cli import main
from harmonica_mcp.cli.install.places import Machine, place
from harmonica_mcp.settings import load_settings
from tests.cli.own_home import move_in
from tests.documents.shown import BLOCKS, INLINE, ROOT, lines_of
from tests.shared.servers import BEST, FULL, serving_redis
from tests.transports.programs import serving_sandbox
from tests.transports.wire import LEGACY, PATIENCE, Stdio, environment, key, started

_OURS = re.compile(rf"(?:\.venv/bin/)?harmonica-mcp ((?:{'|'.join(main.commands)}|--).*)")
_LINES = [
    line for block in BLOCKS if block.language in ("", "sh") for line in block.text.splitlines()
]
COMMANDS = sorted({found[1] for line in [*INLINE, *_LINES] if (found := _OURS.fullmatch(line))})
_SERVING = ("serve", "sandbox", "--compat")
SERVING = [
    each
    for each in COMMANDS
    if each.startswith(_SERVING) and not {"--workers", "--help"} & set(each.split())
]
# The demonstration and exporting have tests of their own, which run what their documents say.
_ELSEWHERE = (*_SERVING, "demo", "export")
ENDING = [each for each in COMMANDS if not each.startswith(_ELSEWHERE) or "--help" in each]
# What stands for something of the reader's.
FILLED = {"HOST": "cursor", "…": "cursor"}
BASH = shutil.which("bash") or "bash"
SETTINGS = sorted({each for each in INLINE if re.fullmatch(r"HARMONICA_[A-Z_]+=\S+", each)})


@pytest.fixture(scope="module")
def harmonica() -> Generator[str]:
    """The address of a sandbox."""
    with serving_sandbox() as address:
        yield address


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, harmonica: str) -> Path:
    """A home with every host in it, a key, and a Harmonica that knows it."""
    move_in(monkeypatch, tmp_path)
    monkeypatch.setenv("HARMONICA_API_KEY", key("0"))
    monkeypatch.setenv("HARMONICA_API_URL", harmonica)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(words: list[str]) -> Result:
    """Run a command, saying yes to what it asks."""
    return CliRunner().invoke(main, words, input="y\n")


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("command", ENDING)
def test_commands_that_end(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command as it stands in a document does its work; installing writes the host's file."""
    words = [FILLED.get(word, word) for word in shlex.split(command)]
    if words[:3] == ["doctor", "--transport", "http"]:
        monkeypatch.delenv("HARMONICA_API_KEY")
    if words[0] == "uninstall":
        assert run(["install", words[1]]).exit_code == 0
    done = run(words)
    assert done.exit_code == 0, done.output
    if words[0] in ("install", "uninstall"):
        written = place(words[1], Machine.this()).read_text()
        assert ("harmonica" in written) == (words[0] == "install")


@pytest.mark.parametrize("command", SERVING)
def test_commands_that_serve(command: str) -> None:
    """A command that serves comes up, on a free port, and answers."""
    words = shlex.split(command)
    if "--port" in words:
        words[words.index("--port") + 1] = "0"
    if "0.0.0.0" in words:  # noqa: S104 - so it stands in the document, with what is added to it
        words += ["--allowed-host", "mcp.example.org"]
    own = {"HARMONICA_API_KEY": key("0")} if "http" not in words else {}
    with started("-m", "harmonica_mcp", *words, **own) as server:
        if words[0] == "sandbox":
            address = server.err.until("sandbox at").split()[3].rstrip(",")
            headers = {"Authorization": f"Bearer {key('0')}"}
            assert httpx2.get(f"{address}/me", headers=headers, trust_env=False).is_success
        elif "http" in words:
            port = re.search(r":(\d+)/mcp", server.err.until("Serving MCP at"))
            assert port
            url = f"http://127.0.0.1:{port[1]}/healthz"
            assert httpx2.get(url, headers={"Host": "mcp.example.org"}, trust_env=False).is_success
        else:
            host = Stdio(server, LEGACY)
            host.open()
            tools = host.ask("tools/list")["result"]["tools"]
            assert len(tools) == (26 if "typescript" in words else 18)
        server.end()


@pytest.mark.parametrize("setting", SETTINGS)
def test_settings_with_a_value(setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting with its value as a document gives it is taken, and has an effect."""
    name, value = setting.split("=", 1)
    if name == "HARMONICA_SECRET":
        value = ",".join(word.rjust(32, "0") for word in value.split(","))
    plain = load_settings()
    monkeypatch.setenv(name, value)
    field = name.removeprefix("HARMONICA_").lower()
    assert getattr(load_settings(), field) != getattr(plain, field)


def test_the_lines_for_several_processes(tmp_path: Path) -> None:
    """The block of docs/replicas.md, as a shell runs it, ends in two processes that serve."""
    install, *lines = lines_of("replicas.md")
    assert install == "pip install 'harmonica-mcp[redis]'"
    assert lines[-1].endswith(" --workers 4")
    lines[-1] = f"exec {lines[-1].replace('--workers 4', '--workers 2 --port 0')}"
    program = tmp_path / "harmonica-mcp"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m harmonica_mcp "$@"\n')
    program.chmod(0o700)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    with serving_redis(BEST) as redis:
        script = "\n".join(lines).replace("6379", str(redis.port))
        with subprocess.Popen(
            [BASH, "-euc", script],
            env=environment(PATH=path, PYTHONPATH=str(ROOT)),
            stderr=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stderr
            told = server.stderr.readline()
            url = told.split()[3].removesuffix("/mcp")
            healthy = httpx2.get(f"{url}/healthz", trust_env=False, timeout=PATIENCE).is_success
            server.terminate()
            _, rest = server.communicate(timeout=PATIENCE)
    assert "with 2 processes" in told
    assert (healthy, server.returncode) == (True, -signal.SIGTERM), rest


@pytest.mark.skipif(not FULL, reason="It installs the package: .ci/run --full runs it.")
def test_the_first_command_of_the_readme(tmp_path: Path) -> None:
    """From a copy of the sources alone, one line ends in the demonstration."""
    [command] = [line for line in lines_of("README.md") if line.endswith(" demo")]
    for name in ("harmonica_mcp", "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    done = subprocess.run(
        [BASH, "-euc", command],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "Nothing left this machine." in done.stdout
