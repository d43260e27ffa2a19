"""Calls over stdio: one after another, beside the same request made directly, and many at once."""

import time
from collections.abc import Callable
from contextlib import ExitStack

import httpx2

from bench.figures import Figure
from bench.run import MIB, Run
from bench.stdio_host import StdioHost
from bench.stub import ROOT, SUMMARIZED
from bench.wire import KEY, Json

GROUP = "Calls over stdio"
AT_ONCE = 50
_BLOCK = 50
_TOOLS: dict[str, tuple[Json, str]] = {
    "list_sessions": ({}, "/sessions"),
    "get_summary": ({"session_id": SUMMARIZED}, f"/sessions/{SUMMARIZED}/summary"),
}


def measure(run: Run) -> None:
    """Call both sides by turns, in blocks of 50."""
    with ExitStack() as running:
        hosts = {side.name: running.enter_context(run.hosted(side)) for side in run.sides}
        key = {"Authorization": f"Bearer {KEY}"}
        direct = running.enter_context(httpx2.Client(headers=key, trust_env=False))
        for name, host in hosts.items():
            host.open()
            host.ask("tools/list")
            _warm_up(host, run.size.first)
            peak = Figure(GROUP, f"peak memory after {run.size.first} calls", "MiB")
            run.figures.put(peak, name, host.peak / MIB)
        for tool in _TOOLS:
            _one_by_one(run, hosts, direct, tool)
        _many_at_once(run, hosts)


def _warm_up(host: StdioHost, calls: int) -> None:
    for tool, (arguments, _) in _TOOLS.items():
        for _ in range(calls // len(_TOOLS)):
            host.call(tool, **arguments)


def _one_by_one(run: Run, hosts: dict[str, StdioHost], direct: httpx2.Client, tool: str) -> None:
    arguments, path = _TOOLS[tool]
    called = Figure(GROUP, f"`{tool}`", "ms")
    requested = Figure(GROUP, f"`{tool}`: the same request directly", "ms")
    for number, side in enumerate(run.turns(run.size.blocks)):
        host = hosts[side.name]
        times = _timed(lambda host=host: host.call(tool, **arguments))
        run.figures.put(called, side.name, *times)
        if number % len(run.sides) == 0:
            times = _timed(lambda: direct.get(f"{run.api}{ROOT}{path}").raise_for_status().json())
            for each in run.sides:
                run.figures.put(requested, each.name, *times)
    for side in run.sides:
        ours, theirs = (run.figures.of(figure, side.name) for figure in (called, requested))
        over = Figure(GROUP, f"`{tool}`: p50 above that", "ms")
        run.figures.put(over, side.name, ours.p50 - theirs.p50)
        times = Figure(GROUP, f"`{tool}`: p99, times that")
        run.figures.put(times, side.name, ours.p99 / theirs.p99)


def _timed(call: Callable[[], object]) -> list[float]:
    times: list[float] = []
    for _ in range(_BLOCK):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return times


def _many_at_once(run: Run, hosts: dict[str, StdioHost]) -> None:
    calls: list[Json] = [
        {"name": tool, "arguments": arguments}
        for _ in range(run.size.burst // len(_TOOLS))
        for tool, (arguments, _) in _TOOLS.items()
    ]
    for side in run.turns(run.size.rounds):
        host = hosts[side.name]
        began, busy = time.perf_counter(), host.cpu_seconds
        host.pipeline(calls, AT_ONCE)
        rate = len(calls) / (time.perf_counter() - began)
        cost = (host.cpu_seconds - busy) / len(calls) * 1000
        run.figures.put(Figure(GROUP, f"{AT_ONCE} under way", "calls/s"), side.name, rate)
        run.figures.put(Figure(GROUP, f"{AT_ONCE} under way, a call", "CPU ms"), side.name, cost)
