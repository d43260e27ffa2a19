"""How long a host waits: from starting the server to its hello, its tools, and a first answer."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.figures import Figure
from bench.run import Run
from bench.sides import Side
from bench.wire import hello

GROUP = "Startup"
YARDSTICK = Figure(GROUP, "`from mcp.server import MCPServer`, to its end", "ms")
_STEPS = ("`initialize`", "`tools/list`", "first call")
_WRITING = 1.0
"""Seconds in which a first start writes what later ones use."""
WARM, COLD = "warm cache", "without cache"


def measure(run: Run) -> None:
    """Start each side again and again, with the cache of its last start and without any."""
    if run.size.warmed:
        for side in run.sides:
            _start(run, side, None, staying=_WRITING)
    for number, side in enumerate(run.turns(run.size.starts)):
        if number % len(run.sides) == 0:
            imported = _imported()
            for each in run.sides:
                run.figures.put(YARDSTICK, each.name, imported)
        _note(run, side, WARM, _start(run, side, None))
        with tempfile.TemporaryDirectory() as cache:
            _note(run, side, COLD, _start(run, side, Path(cache)))
    for side in run.sides:
        _compare(run, side)


def _start(run: Run, side: Side, cache: Path | None, staying: float = 0) -> list[float]:
    """Start once; gives the milliseconds to each step, and those of processor time at the end."""
    began = time.perf_counter()
    with run.hosted(side, cache) as host:
        host.ask(*hello(host.era))
        steps = [time.perf_counter()]
        host.begun()
        host.ask("tools/list")
        steps.append(time.perf_counter())
        host.call("list_sessions")
        steps.append(time.perf_counter())
        time.sleep(staying)
        return [*((step - began) * 1000 for step in steps), host.cpu_seconds * 1000]


def _note(run: Run, side: Side, kind: str, times: list[float]) -> None:
    for step, took in zip((*_STEPS, "processor time"), times, strict=True):
        run.figures.put(Figure(GROUP, f"{step}, {kind}", "ms"), side.name, took)


def _imported() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "from mcp.server import MCPServer"], check=True)
    return (time.perf_counter() - began) * 1000


def _compare(run: Run, side: Side) -> None:
    """Put what a start costs beside what importing the SDK costs."""
    yardstick = run.figures.of(YARDSTICK, side.name).p50
    for step, kind in (("`tools/list`", WARM), ("first call", WARM), ("`tools/list`", COLD)):
        took = run.figures.of(Figure(GROUP, f"{step}, {kind}", "ms"), side.name).p50
        figure = Figure(GROUP, f"{step}, {kind}, as a share of that import")
        run.figures.put(figure, side.name, took / yardstick)
