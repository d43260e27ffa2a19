"""Server processes: started, watched through /proc (Linux), ended."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0
"""Seconds for a server to begin, or to end in order."""
OURS = (sys.executable, "-m", "harmonica_mcp")


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment with these settings of the server and no others."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("HARMONICA_")}
    return own | dict(settings)


@dataclass
class Program:
    """A process, with those that it has started."""

    process: subprocess.Popen[bytes]

    @property
    def tree(self) -> list[int]:
        """The numbers of all its processes."""
        return _tree(self.process.pid)

    @property
    def resident(self) -> int:
        """The bytes of its resident set."""
        return self._status("VmRSS")

    @property
    def peak(self) -> int:
        """The bytes of the largest resident set that it has had."""
        return self._status("VmHWM")

    @property
    def megabytes(self) -> float:
        """Its resident set."""
        return self.resident / 1e6

    @property
    def cpu_seconds(self) -> float:
        """For how long it has kept a core busy."""
        stats = (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2] for pid in self.tree)
        ticks = sum(int(used) for stat in stats for used in stat.split()[11:13])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _status(self, field: str) -> int:
        told = (Path(f"/proc/{pid}/status").read_text() for pid in self.tree)
        found = (re.search(rf"^{field}:\s+(\d+) kB", status, re.MULTILINE) for status in told)
        return sum(int(match[1]) for match in found if match) * 1024

    def end(self) -> None:
        """End it in order, or else at once."""
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE)
        self.process.kill()
        self.process.wait()


def _tree(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = " ".join((task / "children").read_text() for task in tasks)
    except OSError:
        return [pid]
    return [pid, *(number for child in children.split() for number in _tree(int(child)))]


@dataclass
class Server(Program):
    """A server over HTTP."""

    url: str
    log: Path

    @property
    def crashes(self) -> list[str]:
        """The last line of each traceback that it has written."""
        told = self.log.read_text(errors="replace")
        return re.findall(r"Traceback \(most recent call last\):\n(?:[ ].*\n)*(.*)", told)


@contextmanager
def serving(
    *options: str,
    sandbox: bool = True,
    words: Sequence[str] = OURS,
    env: Mapping[str, str] | None = None,
) -> Generator[Server]:
    """Serve over HTTP, the sandbox unless something else is set.

    Args:
        options: flags of `serve`.
        sandbox: whether its own sandbox is what it serves.
        words: what starts the program.
        env: its environment; by default this one's without settings of the server.
    """
    arguments = ("serve", "--transport", "http", "--port", "0", *options)
    arguments += ("--sandbox",) if sandbox else ()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "stderr"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                [*words, *arguments], env=env or environment({}), stderr=stderr
            )
        server = Server(process, "", log)
        try:
            while not (told := re.search(r"Serving MCP at (\S+)/mcp", log.read_text())):
                if process.poll() is not None:
                    sys.exit(log.read_text())
                time.sleep(0.02)
            server.url = told[1]
            yield server
        finally:
            server.end()
