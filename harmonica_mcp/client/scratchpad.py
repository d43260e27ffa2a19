"""The scratchpad: the running map of themes that cross-pollination feeds on."""

from collections.abc import AsyncIterator
from typing import Literal

from pydantic import Field

from harmonica_mcp.client import errors
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model
from harmonica_mcp.client._operation import SCRATCHPAD, Operation, Retry
from harmonica_mcp.client._sending import Http

SCRATCHPAD_STEP = Operation("POST", "/sessions/{id}/scratchpad", Retry.ONCE, SCRATCHPAD)

Mode = Literal["seed", "update", "status"]


class Scratchpad(Model):
    """Counts only: the themes themselves cannot be read through the API."""

    status: str = Field(description="completed, partial, no_data; for mode status: exists, empty.")
    themes: int = 0
    participants: int = 0
    batches_processed: int | None = Field(default=None, description="In this call.")
    batches_total: int | None = Field(default=None, description="That were left before this call.")
    recovered: bool = Field(default=False, description="Asked again after an answer was lost.")


class Scratchpads:
    """`client.scratchpad`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def step(self, session_id: str, mode: Mode = "seed") -> Scratchpad:
        """One call of the API: up to five minutes of work, kept batch by batch.

        After a lost answer the state is asked for, which costs nothing: then `completed` means
        that no message is left to map, `partial` that there may be.

        Raises:
            CrossPollinationOff: The session does not cross-pollinate.
            Unsettled: The answer was lost and the state cannot be read.
        """
        attempt = Attempt(self._http, SCRATCHPAD_STEP)

        async def send() -> Scratchpad:
            return await self._call(session_id, mode)

        async def look() -> Scratchpad | None:
            state = await self._call(session_id, "status")
            if state.status == "empty":
                return None
            status = "completed" if state.batches_total == 0 else "partial"
            return state.model_copy(update={"recovered": True, "status": status})

        return await attempt.settle(
            send,
            look,
            errors.Unsettled(
                "Harmonica's answer was lost and no scratchpad is there yet, but it may still be "
                "at work: wait some minutes, then check with {check} in mode status.",
                check=str(SCRATCHPAD_STEP),
            ),
        )

    async def run(self, session_id: str, mode: Mode = "seed") -> AsyncIterator[Scratchpad]:
        """Go on until everything is mapped, yielding the state after each call.

        Stopping the iteration loses nothing: a later run goes on where this one ended.
        """
        while True:
            state = await self.step(session_id, mode)
            yield state
            if state.status != "partial":
                return
            if state.recovered:
                # The lost call may have ended well, and a second seeding would begin from scratch.
                mode = "update"

    async def _call(self, session_id: str, mode: Mode) -> Scratchpad:
        body = {"mode": mode}
        answer = await self._http.request(SCRATCHPAD_STEP, {"id": session_id}, json=body)
        return answer.model(Scratchpad)
