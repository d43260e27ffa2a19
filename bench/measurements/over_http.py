"""Calls over HTTP: a few clients and many at once, in both eras."""

import asyncio
from contextlib import ExitStack

from bench.figures import Figure
from bench.http_clients import clients
from bench.measurements.working import each, work
from bench.run import MIB, Run
from bench.serving import Server
from bench.sides import Side
from bench.wire import ERAS

GROUP = "Calls over HTTP"


def measure(run: Run) -> None:
    """Let clients of an era work, the sides by turns."""
    with ExitStack() as running:
        servers = {side.name: running.enter_context(run.serving(side)) for side in run.sides}
        for era in ERAS:
            for count in run.size.clients:
                for side in run.turns(run.size.rounds):
                    asyncio.run(_round(run, side, servers[side.name], era, count))
        for name, server in servers.items():
            run.figures.put(Figure(GROUP, "peak memory", "MiB"), name, server.peak / MIB)
            run.figures.count(Figure(GROUP, "tracebacks"), name, len(server.crashes))


async def _round(run: Run, side: Side, server: Server, era: str, count: int) -> None:
    connected = clients(server.url, count, eras=(era,))
    await each(connected, lambda client: client.open())
    busy = server.cpu_seconds
    done = await work(connected, run.size.seconds)
    busy = server.cpu_seconds - busy
    await each(connected, lambda client: client.close())
    run.note_failures(GROUP, side, done.failed)
    what = f"{count} client{'s' * (count > 1)}, {era}"
    if done.times:
        run.figures.put(Figure(GROUP, what, "calls/s"), side.name, done.rate)
        run.figures.put(Figure(GROUP, what, "ms"), side.name, *done.times)
        cost = busy / len(done.times) * 1000
        run.figures.put(Figure(GROUP, f"{what}, a call", "CPU ms"), side.name, cost)
