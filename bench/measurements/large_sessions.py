"""Reading a large session over stdio; `bench.sessions` measures its parts."""

import time
from contextlib import ExitStack

from bench.bodies import LARGE
from bench.figures import Figure
from bench.run import MIB, Run
from bench.sides import Side
from bench.stdio_host import StdioHost
from bench.wire import Json

_QUESTIONS: dict[str, tuple[str, Json]] = {
    "first page of all that was said": ("get_responses", {}),
    "two words": ("get_responses", {"query": "ladder alone"}),
    "outline": ("get_responses", {"view": "outline"}),
    "who has finished": ("get_session_status", {}),
}


def measure(run: Run) -> None:
    """Ask each side the same, in a new process each round."""
    people = "1,000 people, 40,000 messages" if run.size.session == LARGE else "17 people"
    group = f"A large session over stdio: {people}"
    for side in run.turns(max(1, run.size.rounds // 2)):
        with ExitStack() as running:
            host = running.enter_context(run.hosted(side))
            host.open()
            # Until then it may only have said hello.
            host.call("list_sessions")
            _ask_all(run, group, side, host)
            run.figures.put(Figure(group, "peak memory", "MiB"), side.name, host.peak / MIB)


def _ask_all(run: Run, group: str, side: Side, host: StdioHost) -> None:
    cursor: Json = {}
    for question, (tool, arguments) in _QUESTIONS.items():
        began = time.perf_counter()
        result = host.call(tool, session_id=run.size.session, **arguments)
        took = (time.perf_counter() - began) * 1000
        run.figures.put(Figure(group, question, "ms"), side.name, took)
        if not cursor:
            cursor = {"cursor": result["structuredContent"]["next_cursor"]}
            began = time.perf_counter()
            host.call(tool, session_id=run.size.session, **arguments, **cursor)
            took = (time.perf_counter() - began) * 1000
            run.figures.put(Figure(group, "its second page", "ms"), side.name, took)
