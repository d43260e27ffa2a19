"""Calls over stdio: one after another, beside what they cannot do without, and many at once."""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial

import httpx2

from bench.figures import Figure
from bench.run import MIB, Run
from bench.serving import environment
from bench.sides import ROOT as HERE
from bench.stdio_host import StdioHost, hosted
from bench.stub import PATHS, ROOT, SUMMARIZED
from bench.wire import KEY, Json

GROUP = "Calls over stdio"
AT_ONCE = 50
_BLOCK = 50
_ARGUMENTS: dict[str, Json] = {"list_sessions": {}, "get_summary": {"session_id": SUMMARIZED}}


def measure(run: Run) -> None:
    """Call both sides by turns, in blocks of 50."""
    with ExitStack() as running:
        hosts = {side.name: running.enter_context(run.hosted(side)) for side in run.sides}
        key = {"Authorization": f"Bearer {KEY}"}
        direct = running.enter_context(httpx2.Client(headers=key, trust_env=False))
        words = (sys.executable, "-m", "bench.bare", run.api)
        bare = running.enter_context(hosted(words, environment({"PYTHONPATH": str(HERE)})))
        bare.open()
        for name, host in hosts.items():
            host.open()
            host.ask("tools/list")
            _warm_up(host, run.size.first)
            peak = Figure(GROUP, f"peak memory after {run.size.first} calls", "MiB")
            run.figures.put(peak, name, host.peak / MIB)
        for tool in PATHS:
            beside = {
                "the same request directly": partial(
                    _directly, direct, f"{run.api}{ROOT}{PATHS[tool]}"
                ),
                "from a bare server": partial(bare.call, tool),
            }
            _one_by_one(run, hosts, tool, beside)
        _many_at_once(run, hosts)


def _warm_up(host: StdioHost, calls: int) -> None:
    for tool, arguments in _ARGUMENTS.items():
        for _ in range(calls // len(_ARGUMENTS)):
            host.call(tool, **arguments)


def _directly(client: httpx2.Client, url: str) -> None:
    client.get(url).raise_for_status().json()


def _one_by_one(
    run: Run, hosts: dict[str, StdioHost], tool: str, beside: Mapping[str, Callable[[], object]]
) -> None:
    called = Figure(GROUP, f"`{tool}`", "ms")
    others = {Figure(GROUP, f"`{tool}`: {name}", "ms"): call for name, call in beside.items()}
    for number, side in enumerate(run.turns(run.size.blocks)):
        host = hosts[side.name]
        run.figures.put(called, side.name, *_timed(partial(host.call, tool, **_ARGUMENTS[tool])))
        if number % len(run.sides) == 0:
            for figure, call in others.items():
                times = _timed(call)
                for each in run.sides:
                    run.figures.put(figure, each.name, *times)
    direct = next(iter(others))
    for side in run.sides:
        ours, theirs = (run.figures.of(figure, side.name) for figure in (called, direct))
        over = Figure(GROUP, f"`{tool}`: p50 above the direct one", "ms")
        run.figures.put(over, side.name, ours.p50 - theirs.p50)
        times = Figure(GROUP, f"`{tool}`: p99, times the direct one")
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
        for _ in range(run.size.burst // len(_ARGUMENTS))
        for tool, arguments in _ARGUMENTS.items()
    ]
    for side in run.turns(run.size.rounds):
        host = hosts[side.name]
        began, busy = time.perf_counter(), host.cpu_seconds
        host.pipeline(calls, AT_ONCE)
        rate = len(calls) / (time.perf_counter() - began)
        cost = (host.cpu_seconds - busy) / len(calls) * 1000
        run.figures.put(Figure(GROUP, f"{AT_ONCE} under way", "calls/s"), side.name, rate)
        run.figures.put(Figure(GROUP, f"{AT_ONCE} under way, a call", "CPU ms"), side.name, cost)
