"""Many clients are connected, some of them work: what an idle one costs, who gets how much."""

import asyncio
from contextlib import AsyncExitStack, ExitStack

from bench.figures import Figure
from bench.http_clients import Client, SseClient, clients
from bench.measurements.working import each, work
from bench.redis_server import redis_settings
from bench.run import KIB, MIB, Run
from bench.serving import Server
from bench.sides import Side

_SETTLING = 1.0
"""Seconds in which what connecting left behind goes."""


def measure(run: Run) -> None:
    """Measure with one process and with several, which need Redis."""
    for workers in run.size.workers:
        with ExitStack() as running:
            redis = running.enter_context(redis_settings()) if workers > 1 else {}
            if redis is None:
                run.say("no redis-server here: several processes are not measured")
                return
            settings = redis | {"HARMONICA_WORKERS": str(workers)}
            servers = {
                side.name: running.enter_context(run.serving(side, **settings))
                for side in run.sides
            }
            asyncio.run(_connected(run, servers, workers))


async def _connected(run: Run, servers: dict[str, Server], workers: int) -> None:
    group = f"{run.size.connected:,} clients connected, {run.size.active} active, {workers} process"
    group += "es" * (workers > 1)
    working: dict[str, list[Client]] = {}
    idle: dict[str, list[Client]] = {}
    async with AsyncExitStack() as open_clients:
        for side in run.sides:
            server = servers[side.name]
            everybody = clients(server.url, run.size.connected, sse=workers == 1)
            for client in everybody:
                open_clients.push_async_callback(client.close)
            working[side.name] = everybody[: run.size.active]
            idle[side.name] = everybody[run.size.active :]
            # Only then is everything there that work needs, whoever is connected.
            await each(working[side.name], lambda client: client.open())
            await work(working[side.name], run.size.seconds)
            await _grow(run, group, side, server, idle[side.name])
        for side in run.turns(run.size.rounds):
            await _slice(run, group, side, servers[side.name], working[side.name])
        for side in run.sides:
            await _still_there(run, group, side, servers[side.name], idle[side.name])


async def _grow(run: Run, group: str, side: Side, server: Server, idle: list[Client]) -> None:
    before = server.resident
    await each(idle, _open_and_rest)
    await asyncio.sleep(_SETTLING)
    grown = (server.resident - before) / KIB / len(idle)
    run.figures.put(Figure(group, "memory of an idle client", "KiB"), side.name, grown)


async def _open_and_rest(client: Client) -> None:
    """Begin as a host does, which asks for the tools, and then has nothing to do."""
    await client.open()
    await client.ask("tools/list")
    if isinstance(client, SseClient):
        await client.rest()


async def _slice(run: Run, group: str, side: Side, server: Server, working: list[Client]) -> None:
    done = await work(working, run.size.seconds * 2)
    run.note_failures(group, side, done.failed)
    if not done.times:
        return
    run.figures.put(Figure(group, "calls", "calls/s"), side.name, done.rate)
    run.figures.put(Figure(group, "a call", "ms"), side.name, *done.times)
    least, most = min(done.answered.values()), max(done.answered.values())
    fairness = Figure(group, "calls answered: the least served key by the most served")
    run.figures.put(fairness, side.name, least / most)
    memory = Figure(group, "memory with all of them", "MiB")
    run.figures.put(memory, side.name, server.resident / MIB)


async def _still_there(
    run: Run, group: str, side: Side, server: Server, idle: list[Client]
) -> None:
    """Whoever was idle is answered, although connections may have ended meanwhile."""
    failed: list[str] = []

    async def one(client: Client) -> None:
        failed.extend((await work([client], 0)).failed)

    await each(idle, one)
    run.note_failures(group, side, failed)
    run.figures.count(Figure(group, "tracebacks"), side.name, len(server.crashes))
