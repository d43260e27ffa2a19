"""Calls with an effect: each a task that the process owns, so that no caller's end cuts it.

A cancel, a disconnect or the end of the call's time only detaches from the task. An identical call
then joins it, or collects what it came to.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Literal

import anyio

from harmonica_mcp.client import errors
from harmonica_mcp.server.call import Call
from harmonica_mcp.server.result import Result

KEPT = 600.0
"""Seconds for which an uncollected result waits for its caller to ask again."""

Identity = tuple[str, str, str]
"""Whose call: the key's digest, the tool, the digest of the exact arguments."""


class Unfinished(Exception):
    """The call's time is up: what it began goes on, or was never sent."""

    def __init__(self, state: Literal["running", "not_sent"], note: str) -> None:
        super().__init__(note)
        self.state = state
        self.note = note


@dataclass(slots=True, eq=False)
class _Job:
    call: Call
    task: asyncio.Task[Result]
    exclusive: Hashable | None
    done: anyio.Event = field(default_factory=anyio.Event)
    ended: float | None = None

    def end(self, _: object) -> None:
        self.ended = anyio.current_time()
        self.done.set()

    @property
    def came_to_nothing(self) -> bool:
        """Whether it ended before anything was sent, so that asking again must begin anew."""
        if self.ended is None:
            return False
        return self.task.cancelled() or isinstance(self.task.exception(), errors.NotSent)


class Work:
    """The calls with an effect that are under way, and results that nobody has collected yet."""

    def __init__(self) -> None:
        self._jobs: dict[Identity, _Job] = {}
        self._tasks: set[asyncio.Task[Result]] = set()

    async def perform(
        self,
        call: Call,
        begin: Callable[[], Awaitable[Result]],
        exclusive: Hashable | None = None,
    ) -> Result:
        """Do what the call asks for, or join and collect what an identical one began.

        Args:
            call: the call.
            begin: does it; run in a task of its own.
            exclusive: of calls with the same value only one goes on at a time.

        Raises:
            Unfinished: The call's time is up.
            TurnRunning: Another call with the same `exclusive` is under way; nothing was sent.
        """
        self._forget()
        identity = (call.caller, *call.identity)
        job = self._jobs.get(identity)
        if job is None:
            self._refuse_beside(exclusive)
            job = self._jobs[identity] = self._begin(call, begin, exclusive)
        try:
            with anyio.move_on_at(call.until):
                await job.done.wait()
        except anyio.get_cancelled_exc_class():
            self._detach(call, job)
            raise
        if job.ended is None:
            self._detach(call, job)
            raise _unfinished(job)
        if self._jobs.get(identity) is job:
            del self._jobs[identity]
        return job.task.result()

    async def aclose(self) -> None:
        """End what is still under way; the pool names in the log what it cuts."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(
        self, call: Call, begin: Callable[[], Awaitable[Result]], exclusive: Hashable | None
    ) -> _Job:
        async def work() -> Result:
            return await begin()

        task = asyncio.create_task(work())
        job = _Job(call, task, exclusive)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(job.end)
        return job

    def _detach(self, call: Call, job: _Job) -> None:
        """Leave the job to itself; what it has not sent by now it must not send later."""
        if job.call is not call or job.ended is not None:
            return
        call.gate.closes_at = min(call.gate.closes_at, anyio.current_time())
        if not call.gate.passed:
            job.task.cancel()

    def _refuse_beside(self, exclusive: Hashable | None) -> None:
        for job in self._jobs.values():
            if exclusive is not None and job.exclusive == exclusive and job.ended is None:
                raise errors.TurnRunning(
                    "Not sent: this participant's previous turn is still running. Ask for its "
                    "answer first, by calling again with exactly its words."
                )

    def _forget(self) -> None:
        now = anyio.current_time()
        for identity, job in list(self._jobs.items()):
            old = job.ended is not None and now - job.ended > KEPT
            if old or job.came_to_nothing:
                del self._jobs[identity]


def _unfinished(job: _Job) -> Unfinished:
    if not job.call.gate.passed:
        return Unfinished(
            "not_sent", "Not sent: there was no time left for it. Try again in a minute."
        )
    return Unfinished(
        "running",
        "Still running in Harmonica; nothing must be repeated. Call again with exactly the same "
        "arguments within ten minutes: nothing is sent again, and the answer comes when it is "
        "there.",
    )
