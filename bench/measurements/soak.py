"""Full load for long: memory must stay where it is, and no call may fail."""

import asyncio
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench.http_clients import clients
from bench.measurements.calls import AT_ONCE
from bench.measurements.working import CALLS, each, work
from bench.run import MIB, Run
from bench.serving import Server
from bench.stdio_host import StdioHost
from bench.wire import Failed

_MINUTE = 60.0


@dataclass
class _Soak:
    """What has been done, over both transports."""

    server: Server
    host: StdioHost
    until: float
    over_stdio: int = 0
    over_http: int = 0
    failed: list[str] = field(default_factory=list[str])

    def call_over_stdio(self) -> None:
        """Keep calls under way until the end."""
        calls = list(CALLS) * AT_ONCE
        try:
            while time.monotonic() < self.until and not self.failed:
                self.host.pipeline(calls, AT_ONCE)
                self.over_stdio += len(calls)
        except (Failed, OSError) as error:
            self.failed.append(f"over stdio: {error}")

    async def call_over_http(self, active: int) -> None:
        """Let clients work until the end, and tell every minute how it stands."""
        connected = clients(self.server.url, active, sse=True)
        await each(connected, lambda client: client.open())
        print("| Minute | Calls over HTTP | MiB | Calls over stdio | MiB |")
        print("|---:|---:|---:|---:|---:|")
        began = time.monotonic()
        while (left := self.until - time.monotonic()) > 0 and not self.failed:
            done = await work(connected, min(_MINUTE, left))
            self.over_http += len(done.times)
            self.failed += done.failed
            self._tell((time.monotonic() - began) / _MINUTE)
        await each(connected, lambda client: client.close())

    def _tell(self, minute: float) -> None:
        memory = (program.resident / MIB for program in (self.server, self.host))
        calls = (self.over_http, self.over_stdio)
        cells = (f"{n:,} | {size:.1f}" for n, size in zip(calls, memory, strict=True))
        print(f"| {minute:.1f} | {' | '.join(cells)} |", flush=True)


def soak(run: Run, minutes: float) -> int:
    """Load one server over HTTP and one over stdio; prints their memory every minute.

    Gives 1 if a call failed.
    """
    if len(run.sides) > 1:
        raise ValueError("a soak is of one command or revision")
    [side] = run.sides
    with ExitStack() as running:
        server = running.enter_context(run.serving(side))
        host = running.enter_context(run.hosted(side))
        host.open()
        told = _Soak(server, host, time.monotonic() + minutes * _MINUTE)
        beside = threading.Thread(target=told.call_over_stdio)
        beside.start()
        asyncio.run(told.call_over_http(run.size.active))
        beside.join()
        told.failed += server.crashes
    print(f"\nFailed calls and tracebacks: {len(told.failed)}")
    for text in told.failed[:10]:
        print(f"  {text}")
    return min(len(told.failed), 1)
