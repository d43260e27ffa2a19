"""Many callers at once while Harmonica answers 429 and 500, drops connections and stalls.

    python -m bench.load [SECONDS] [--sessions | --sse] [--keys N] [--seed N]

Three processes on loopback ports: a sandbox that does one in four requests some harm, the server
over it, and this one, in which 64 callers, each with a key, make calls of both protocol eras for
120 seconds, at /mcp (with sessions, if so asked) or at /sse. Some hang up or cancel and ask again,
but those whose answer had come before they left: they have it. Whoever is told that a call still
runs asks again, too. In the end the sandbox says what really
happened, which is held against what callers were told: no answer for another key, nothing done
twice, nothing promised that is not there, nothing done that was said not to be sent. Prints the
figures; ends with 1 if one is not as it should be. Memory is the kernel's resident set (Linux).
"""

import argparse
import asyncio
import multiprocessing
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx2

from bench.harm import PER_MINUTE, upstream
from bench.serving import environment, serving
from bench.ways import HungUp, Person, Reply, Way, way_of
from bench.wire import LEGACY, MODERN, Json

HANGS_UP = 0.05
_PATIENCE = 90.0
_SETTLING = 150.0
"""Seconds in which what still runs comes to its end."""


@dataclass
class Figures:
    """What all callers were told."""

    outcomes: Counter[str] = field(default_factory=Counter[str])
    wrong_key: int = 0
    wrong_answer: int = 0
    crossed: int = 0
    """Answers that were there when their callers had hung up, or cancelled, and looked."""
    errors: Counter[str] = field(default_factory=Counter[str])
    promised: set[str] = field(default_factory=set[str])
    denied: set[str] = field(default_factory=set[str])
    slowest: float = 0.0
    told: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Of each effect, what its caller was told, call by call."""

    def saw(self, number: int, text: str) -> None:
        """Take note of what was sent to a caller."""
        if any(int(other) != number for other in re.findall(r"load-(\d+)-", text)):
            self.wrong_key += 1


@dataclass
class Caller:
    """One person with a key."""

    number: int
    figures: Figures
    chance: random.Random
    sessions: list[str] = field(default_factory=list[str])
    made: int = 0

    async def work(self, way: Way, until: float) -> None:
        """Make calls, one after another."""
        while time.monotonic() < until:
            kind = self.chance.random()
            self.made += 1
            marker = f"load-{self.number}-{self.made}."
            if kind < 0.3 or not self.sessions:
                await self.do(way, marker, "create_session", until, topic=marker, goal="Load")
            elif kind < 0.6:
                session = self.chance.choice(self.sessions)
                said: Json = {"session_id": session, "content": marker}
                said["participant_name"] = f"Person {self.made}"
                await self.do(way, marker, "send_chat_message", until, **said)
            elif kind < 0.9:
                await self.call(way, "list_sessions", query=f"load-{self.number}-")
            else:
                await self.call(way, "get_current_user")

    async def do(self, way: Way, marker: str, tool: str, until: float, **arguments: Any) -> None:
        """Make a call with an effect, again and again until its end is known."""
        unsure = False
        while True:
            hangs_up = self.chance.random() < HANGS_UP
            outcome, result = await self.call(way, tool, hangs_up=hangs_up, **arguments)
            self.figures.told.setdefault(f"{tool} {marker}", []).append(outcome)
            if outcome == "done":
                self.figures.promised.add(marker)
                if tool == "create_session":
                    self.sessions.append(result["structuredContent"]["id"])
                return
            if outcome in {"not sent", "refused"} and not unsure:
                self.figures.denied.add(marker)
                return
            if outcome not in {"running", "hung up", "not sent", "refused"}:
                return
            unsure = True
            if time.monotonic() > until + _SETTLING:
                return
            await asyncio.sleep(1)

    async def call(
        self, way: Way, tool: str, *, hangs_up: bool = False, **arguments: Any
    ) -> tuple[str, Json]:
        """Make a call; gives what came of it, in a word, and its result."""
        number = self.chance.randrange(1 << 40)
        began = time.monotonic()
        patience = self.chance.uniform(0.05, 2) if hangs_up else _PATIENCE
        try:
            reply = await way.call(number, {"name": tool, "arguments": arguments}, patience)
        except HungUp:
            outcome: tuple[str, Json] = ("hung up" if hangs_up else "no answer", {})
        else:
            outcome = self.judged(number, reply)
            self.figures.crossed += reply.crossed
        if not hangs_up:
            self.figures.slowest = max(self.figures.slowest, time.monotonic() - began)
        self.figures.outcomes[outcome[0]] += 1
        return outcome

    def judged(self, number: int, reply: Reply) -> tuple[str, Json]:
        """Say in a word what an answer tells."""
        if reply.status in {429, 503}:
            return "refused", {}
        answer = next((each for each in reply.messages if each.get("id") == number), None)
        self.figures.saw(self.number, reply.text)
        if reply.status != 200 or answer is None or "result" not in answer:
            self.figures.wrong_answer += 1
            self.figures.errors[f"{reply.status} {reply.text[:100]}"] += 1
            return f"HTTP {reply.status}", {}
        result: Json = answer["result"]
        if result.get("isError"):
            return self._told(" ".join(each["text"] for each in result["content"])), result
        return result["structuredContent"].get("state", "done").replace("_", " "), result

    def _told(self, text: str) -> str:
        self.figures.errors[re.sub(r"\b[0-9a-f-]{6,}\b|\d+|load\S+", "_", text)[:110]] += 1
        if "nothing was sent" in text:
            return "not sent"
        return "may have happened" if "may " in text or "do not repeat" in text else "error"


async def load(url: str, chosen: argparse.Namespace, memory: Any) -> Figures:
    """Let all callers work, and print the server's memory now and then."""
    figures = Figures()
    until = time.monotonic() + chosen.seconds
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx2.AsyncClient(limits=limits, trust_env=False) as client:

        async def one(caller: Caller) -> None:
            person = Person(caller.number, (MODERN, LEGACY)[caller.number % 2], url, client)
            async with way_of(chosen.way, person, figures.saw) as way:
                await caller.work(way, until)

        callers = [
            Caller(number, figures, random.Random(chosen.seed + number))  # noqa: S311
            for number in range(chosen.keys)
        ]
        work = asyncio.gather(*(one(caller) for caller in callers for _ in range(2)))
        while not work.done():
            left = until - time.monotonic()
            calls = figures.outcomes.total()
            told = f"{chosen.seconds - left:4.0f} s: {calls:6} calls, {memory():.0f} MB"
            print(f"  {told}", flush=True)
            await asyncio.wait([work], timeout=min(30, left) if left > 0.1 else 30)
        await work
    print(f"  at the end: {figures.outcomes.total():6} calls, {memory():.0f} MB")
    return figures


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=120)
    ways = parser.add_mutually_exclusive_group()
    for way in ("sessions", "sse"):
        ways.add_argument(f"--{way}", dest="way", action="store_const", const=way, default="mcp")
    parser.add_argument("--keys", type=int, default=64)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    harmonica = spawn.Process(target=upstream, args=(there, chosen.seed), daemon=True)
    harmonica.start()
    api = here.recv()
    settings = {"HARMONICA_API_URL": api, "HARMONICA_REQUESTS_PER_MINUTE": str(PER_MINUTE)}
    try:
        options = ("--sessions",) if chosen.way == "sessions" else ()
        with serving(*options, sandbox=False, env=environment(settings)) as server:
            figures = asyncio.run(load(server.url, chosen, lambda: server.megabytes))
            done: dict[str, int] = httpx2.get(f"{api}/truth", trust_env=False).json()
            crashes = server.crashes
    finally:
        harmonica.terminate()
        harmonica.join()
    return report(figures, done, crashes)


def report(figures: Figures, done: dict[str, int], crashes: list[str]) -> int:
    """Print what came of it; 1 if something should not have."""
    print("  told:", ", ".join(f"{n} x {what}" for what, n in figures.outcomes.most_common()))
    for text, number in figures.errors.most_common(12):
        print(f"    {number} x {text}")
    print(f"  slowest answer: {figures.slowest:.0f} s; effects at Harmonica: {len(done)}")
    print(f"  left, and the answer had come: {figures.crossed}")
    bad = {
        "answers for another key": figures.wrong_key,
        "answers that are none": figures.wrong_answer + figures.outcomes["no answer"],
        "done twice": sum(number > 1 for number in done.values()),
        "promised and not there": len(figures.promised - done.keys()),
        "done though said not to be sent": len(figures.denied & done.keys()),
        "tracebacks": len(crashes),
    }
    for what, number in bad.items():
        print(f"  {what}: {number}")
    for line in crashes[:10]:
        print("   ", line)
    for call, told in figures.told.items():
        if done.get(call.split()[1], 0) > 1:
            print(f"    done twice: {call} {told}")
    return min(sum(bad.values()), 1)


if __name__ == "__main__":
    sys.exit(main())
