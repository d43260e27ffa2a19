"""One run of the bench: what is compared, how much of it, and where the figures go."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.bodies import LARGE, SMALL
from bench.figures import Figure, Figures
from bench.serving import Server, serving
from bench.sides import Side
from bench.stdio_host import StdioHost, hosted
from bench.wire import KEY

KIB, MIB = 1 << 10, 1 << 20


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Args:
        starts: of each kind, on each side.
        first: calls before any is timed.
        blocks: of 50 calls, one after another.
        rounds: of everything else, by turns.
        burst: calls of which 50 are under way at a time.
        seconds: of load over HTTP in a round.
        clients: how many work at once over HTTP, measured one after another.
        connected: clients that are connected over HTTP, idle ones included.
        active: how many of them work.
        workers: processes that serve those.
        session: the large session that is read.
        toolsets: whose list of tools is weighed.
        warmed: whether a start that is not timed fills the caches of those that are.
    """

    starts: int
    first: int
    blocks: int
    rounds: int
    burst: int
    seconds: float
    clients: tuple[int, ...]
    connected: int
    active: int
    workers: tuple[int, ...]
    session: str
    toolsets: tuple[str, ...] = ("default", "all")
    warmed: bool = True


SIZES = {
    "full": Size(16, 200, 20, 4, 500, 1.5, (1, 16, 64), 1_000, 64, (1, 2), LARGE),
    "quick": Size(1, 200, 2, 1, 200, 0.3, (1, 64), 128, 64, (1,), SMALL, ("default",)),
    "smoke": Size(1, 20, 1, 1, 50, 0.2, (4,), 8, 4, (1,), SMALL, ("default",), warmed=False),
}


@dataclass
class Run:
    """Everything a measurement needs.

    Args:
        sides: what is compared.
        api: the address of the stub that stands for Harmonica.
        size: how much is measured.
        figures: where samples go.
    """

    sides: Sequence[Side]
    api: str
    size: Size
    figures: Figures
    failed: int = 0

    def turns(self, rounds: int) -> Iterator[Side]:
        """Give the sides by turns: A B, B A, A B, so that drift of the machine hits them alike."""
        for number in range(rounds):
            yield from self.sides if number % 2 == 0 else reversed(self.sides)

    def hosted(
        self, side: Side, cache: Path | None = None, **settings: str
    ) -> AbstractContextManager[StdioHost]:
        """Start a side's server for a host, over stdio."""
        settings["HARMONICA_API_KEY"] = KEY
        return hosted(side.words, side.env(self.api, settings, cache))

    def serving(self, side: Side, **settings: str) -> AbstractContextManager[Server]:
        """Start a side's server over HTTP."""
        env = side.env(self.api, settings)
        return serving(sandbox=False, words=side.words, env=env)

    def note_failures(self, group: str, side: Side, failed: Sequence[str]) -> None:
        """Count calls that failed, and tell of the first ones."""
        self.failed += len(failed)
        self.figures.count(Figure(group, "failed calls"), side.name, len(failed))
        for text in failed[:3]:
            self.say(f"{side.name}: {text}")

    def say(self, text: str) -> None:
        """Tell whoever waits what is going on."""
        print(f"... {text}", file=sys.stderr, flush=True)
