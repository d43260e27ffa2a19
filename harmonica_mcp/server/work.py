"""Calls with an effect: each a task that the process owns, so that no caller's end cuts it.

A cancel, a disconnect or the end of the call's time only detaches from the task. An identical call
then joins it, or collects what it came to.
"""

import asyncio
import functools
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal

import anyio
from mcp_types import CallToolResult

from harmonica_mcp.client import HarmonicaError, errors
from harmonica_mcp.client._operation import Gate
from harmonica_mcp.server.call import KEPT, Call, Progress
from harmonica_mcp.server.forgetting import forget_after
from harmonica_mcp.server.handover import Begin, Handover, HeldUp, Part
from harmonica_mcp.shared import Claim

log = logging.getLogger(__name__)

MOST_KEPT = 500
"""Uncollected results at a time; beyond, who has most of them loses the oldest."""

MOST_RUNNING = 64
"""Calls of one caller at a time, those counted that nobody waits for any more."""

Identity = tuple[str, str, str]
"""Whose call: the key's digest, the tool, the digest of the exact arguments."""


class Unfinished(Exception):
    """There is no result yet: what the call began goes on, or nothing was sent."""

    def __init__(self, state: Literal["running", "not_sent"], note: str) -> None:
        super().__init__(note)
        self.state = state
        self.note = note


@dataclass(slots=True, eq=False)
class _Job:
    """What calls of one identity wait for; holds nothing of the caller's key once it has ended."""

    identity: Identity
    exclusive: Hashable | None
    gate: Gate
    progress: Progress
    waiting: list[Call] = field(default_factory=list[Call])
    task: asyncio.Task[None] | None = None
    done: anyio.Event = field(default_factory=anyio.Event)
    outcome: CallToolResult | Exception | None = None
    part: Part | None = None
    """This process's part in it, where others share the work."""
    drop: asyncio.TimerHandle | None = None

    @property
    def worth_keeping(self) -> bool:
        """Whether something was done, so that asking again must not begin anew."""
        done = self.outcome is not None and self.gate.passed
        return done and not isinstance(self.outcome, errors.NotSent | errors.RateLimited)

    def attach(self, call: Call) -> None:
        """Let a call wait; as long as one does, requests may leave."""
        self.waiting.append(call)
        self._move_gate()
        self.progress.tell_also(call.progress)

    def detach(self, call: Call) -> None:
        """Let a call go; with the last one nothing leaves any more."""
        self.waiting.remove(call)
        self._move_gate()

    def result(self) -> CallToolResult:
        """What it came to, or how it stands."""
        match self.outcome:
            case None:
                raise _unfinished(self.gate)
            case errors.BudgetSpent() | errors.RateLimited() as error if not self.gate.passed:
                raise Unfinished("not_sent", str(error))
            case errors.TurnRunning() as error:
                raise Unfinished("not_sent", str(error))
            case Exception() as error:
                raise error
            case result:
                return result

    def _move_gate(self) -> None:
        self.gate.move(max((call.until for call in self.waiting), default=anyio.current_time()))


class Work:
    """The calls with an effect that are under way, and results that nobody has collected yet.

    Args:
        handover: how other processes share them; without it this one is alone.
    """

    def __init__(self, handover: Handover | None = None) -> None:
        self._handover = handover
        self._jobs: dict[Identity, _Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def finished(self) -> None:
        """Wait until nothing is under way, whether or not anybody waits for it."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def perform(
        self,
        call: Call,
        identity: Identity,
        begin: Begin,
        exclusive: Hashable | None = None,
        check: str = "",
    ) -> CallToolResult:
        """Do what the call asks for, or join and collect what an identical one began.

        Args:
            call: the call.
            identity: what makes another call the same.
            begin: does it; run in a task of its own.
            exclusive: of calls with the same value only one goes on at a time.
            check: the REST operation that shows whether it was done.

        Raises:
            Unfinished: The call's time is up, another one with the same `exclusive` goes on, or
                too many of the caller's do.
        """
        job = self._jobs.get(identity)
        if job is None:
            self._refuse_beside(exclusive)
            self._refuse_too_many(identity[0])
            job = _Job(identity, exclusive, call.gate, call.progress)
            if self._handover:
                job.part = Part(_claim(identity, exclusive), call.gate, check)
            self._begin(job, begin)
        job.attach(call)
        done = False
        try:
            with anyio.move_on_at(call.until):
                await job.done.wait()
            done = job.done.is_set()
        finally:
            job.detach(call)
            if not done:
                self._leave(job, heard=False)
        if done:
            await call.answered(functools.partial(self._settle, job))
        return job.result()

    async def knows(self, identity: Identity) -> bool:
        """Whether such a call goes on, or its result waits to be collected."""
        if identity in self._jobs or self._handover is None:
            return identity in self._jobs
        return await self._handover.known(_digest(identity))

    async def aclose(self) -> None:
        """End what is still under way; the pool names in the log what it cuts."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for job in list(self._jobs.values()):
            self._forget(job)

    def _begin(self, job: _Job, begin: Begin) -> None:
        async def work() -> None:
            try:
                if self._handover and job.part:
                    job.outcome = await self._handover.settle(job.part, begin)
                else:
                    job.outcome = await begin()
            except HeldUp:
                job.outcome = _beside()
            except Exception as error:  # noqa: BLE001 - raised again where it is asked for
                job.outcome = error

        self._jobs[job.identity] = job
        job.task = asyncio.create_task(work())
        self._tasks.add(job.task)
        job.task.add_done_callback(functools.partial(self._ended, job))

    def _ended(self, job: _Job, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        job.task = None
        job.done.set()
        if not job.waiting:
            self._keep(job)

    async def _settle(self, job: _Job, heard: bool) -> None:
        self._leave(job, heard=heard)
        if heard and self._handover and job.part:
            await self._handover.forget(job.part)

    def _leave(self, job: _Job, *, heard: bool) -> None:
        """Go on without a call that was answered, or waits no longer."""
        if heard:
            self._forget(job)
        elif job.waiting:
            return
        elif job.task is None:
            self._keep(job)
        elif not job.gate.passed or (job.part and job.part.follows):
            # An identical call begins anew, and does not meet this one's end.
            self._forget(job)
            job.task.cancel()

    def _keep(self, job: _Job) -> None:
        """Keep an outcome for ten minutes, without what it knows of its call."""
        if job.drop or self._jobs.get(job.identity) is not job:
            return
        if not job.worth_keeping:
            self._forget(job)
            return
        if isinstance(job.outcome, Exception):
            _strip(job.outcome, job.identity[1])
        if job.part and job.part.kept:
            # Whichever process is asked first hands it out, and then it is gone for all.
            self._forget(job)
            return
        job.drop = forget_after(KEPT, self._forget, job)
        kept = [each for each in self._jobs.values() if each.drop]
        if len(kept) > MOST_KEPT:
            [(richest, _)] = Counter(each.identity[0] for each in kept).most_common(1)
            self._forget(next(each for each in kept if each.identity[0] == richest))

    def _forget(self, job: _Job) -> None:
        if job.drop:
            job.drop.cancel()
        if self._jobs.get(job.identity) is job:
            del self._jobs[job.identity]

    def _refuse_beside(self, exclusive: Hashable | None) -> None:
        for job in self._jobs.values():
            if exclusive is not None and job.exclusive == exclusive and job.task:
                raise _beside()

    def _refuse_too_many(self, caller: str) -> None:
        running = sum(job.identity[0] == caller for job in self._jobs.values() if job.task)
        if running >= MOST_RUNNING:
            raise Unfinished(
                "not_sent",
                f"Not sent: {running} of your calls are still running. Collect their answers, by "
                "making them again, or try this one in a minute.",
            )


def _claim(identity: Identity, exclusive: Hashable | None) -> Claim:
    return Claim(_digest(identity), _digest(exclusive) if exclusive is not None else "", KEPT)


def _digest(of: Hashable) -> str:
    return hashlib.sha256(json.dumps(of).encode()).hexdigest()


def _beside() -> Unfinished:
    return Unfinished(
        "not_sent",
        "Not sent: this participant's previous turn is still running. Ask for its answer first, "
        "by calling again with exactly its words.",
    )


def _strip(error: Exception, tool: str) -> None:
    """Leave of an error what it says: its traceback would keep the caller's key in memory."""
    if not isinstance(error, HarmonicaError):
        log.error("%s failed after its caller was gone", tool, exc_info=error)
    error.__traceback__ = error.__context__ = error.__cause__ = None


def _unfinished(gate: Gate) -> Unfinished:
    if not gate.passed:
        return Unfinished(
            "not_sent", "Not sent: there was no time left for it. Try again in a minute."
        )
    return Unfinished(
        "running",
        "Still running in Harmonica; nothing must be repeated. Call again with exactly the same "
        "arguments within ten minutes: nothing is sent again, and the answer comes when it is "
        "there.",
    )
