"""Work among replicas: one of them does it, and its outcome reaches whoever asks for it."""

import asyncio
import functools
import json
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from mcp.server.request_state import AESGCMRequestStateCodec, InvalidRequestState
from mcp_types import CallToolResult
from pydantic_core import to_jsonable_python

from harmonica_mcp.client import HarmonicaError, errors
from harmonica_mcp.client._operation import Gate
from harmonica_mcp.shared import Claim, Shared, Standing

Begin = Callable[[], Awaitable[CallToolResult]]
Outcome = CallToolResult | Exception

# Seconds between two looks at what another process does.
_FIRST_LOOK, _LONGEST_LOOK = 0.1, 0.5
_INFO = b"harmonica-mcp outcome 1"


class HeldUp(Exception):
    """Another work that must not go on beside this one does, in another process."""


class Crashed(Exception):
    """The work failed in another process, whose log says why."""


@dataclass(slots=True, eq=False)
class Part:
    """This process's part in a piece of work.

    Args:
        claim: to do it.
        gate: of the call that asked for it.
        check: the REST operation that shows whether it was done.
    """

    claim: Claim
    gate: Gate
    check: str = ""
    kept: bool = False
    """Whether all replicas know the outcome."""

    @property
    def follows(self) -> bool:
        """Whether another process does it."""
        return bool(self.claim.followed)


class Handover:
    """Lets each piece of work be done by one process.

    Args:
        shared: what all processes know of it.
        secrets: with which outcomes are sealed, newest first; each opens.
    """

    def __init__(self, shared: Shared, secrets: Sequence[bytes] = ()) -> None:
        self._shared = shared
        given = dict.fromkeys(secrets) or [os.urandom(32)]
        own = [HKDF(SHA256(), 32, salt=None, info=_INFO).derive(secret) for secret in given]
        self._codec = AESGCMRequestStateCodec(own)

    async def known(self, work: str) -> bool:
        """Whether such work goes on somewhere, or its outcome waits to be collected."""
        return await self._shared.known(work)

    async def settle(self, part: Part, begin: Begin) -> CallToolResult:
        """Do it, or get what another process made of it.

        Raises:
            HeldUp: It cannot be done now; nothing was.
            HarmonicaError: What it came to.
            Crashed: It failed in another process.
        """
        standing = await self._stand(part)
        match standing.state:
            case "beside":
                raise HeldUp
            case "ended":
                part.gate.passed = part.kept = True
                part.claim.followed = standing.token
                outcome = self._open(part, standing.outcome)
            case _:
                part.gate.passed = part.claim.sent = False
                part.claim.followed = ""
                outcome = await self._do(part, begin)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def forget(self, part: Part) -> None:
        """Forget an outcome that was heard, so that the same call begins anew."""
        if part.kept:
            await self._shared.forget(part.claim)

    async def _stand(self, part: Part) -> Standing:
        """Wait until the work is ours, or there is an outcome."""
        pause = _FIRST_LOOK
        while True:
            standing = await self._shared.stand(part.claim)
            if standing and standing.state != "theirs":
                return standing
            if standing is None and not part.follows:
                return Standing("mine")
            if standing:
                part.claim.followed, part.claim.sent = standing.token, standing.sent
            # Whether it is sent is not for this process to say: it goes on.
            part.gate.passed = True
            await anyio.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_LOOK)

    async def _do(self, part: Part, begin: Begin) -> Outcome:
        part.gate.announce = functools.partial(self._shared.about_to_send, part.claim)
        try:
            async with self._shared.working(part.claim):
                outcome = await _outcome(begin)
        except asyncio.CancelledError:
            # Cut off with the process: who asks another one must know that it was sent.
            await self._shared.end(part.claim, "" if part.gate.passed else None)
            raise
        part.kept = await self._shared.end(part.claim, self._kept(part, outcome))
        return outcome

    def _kept(self, part: Part, outcome: Outcome) -> str | None:
        """What others find, sealed: nothing of it where asking again must begin anew."""
        if not part.gate.passed or isinstance(outcome, errors.NotSent | errors.RateLimited):
            return None
        told = {"work": part.claim.work, **_told(outcome)}
        return self._codec.seal(json.dumps(to_jsonable_python(told)).encode())

    def _open(self, part: Part, sealed: str) -> Outcome:
        try:
            told: dict[str, Any] = json.loads(self._codec.unseal(sealed))
        except InvalidRequestState:
            told = {}
        if told.get("work") != part.claim.work:
            return _ended(part.check)
        if "result" in told:
            return CallToolResult.model_validate(told["result"])
        return _raised(told)


async def _outcome(begin: Begin) -> Outcome:
    try:
        return await begin()
    except Exception as error:  # noqa: BLE001 - raised again where it is asked for
        return error


def _told(outcome: Outcome) -> dict[str, Any]:
    match outcome:
        case CallToolResult():
            return {"result": outcome.model_dump(mode="json", by_alias=True, exclude_none=True)}
        case HarmonicaError():
            kinds = [
                kind.__name__ for kind in type(outcome).__mro__ if hasattr(errors, kind.__name__)
            ]
            return {"kind": kinds[0], "says": outcome.args[0], "facts": vars(outcome)}
        case _:
            return {}


def _raised(told: dict[str, Any]) -> Exception:
    if "kind" not in told:
        return Crashed("It failed in the process that did it.")
    kind = getattr(errors, told["kind"])
    error: HarmonicaError = kind.__new__(kind, told["says"])
    vars(error).update(told["facts"])
    return error


def _ended(check: str) -> errors.Unsettled:
    """What to say when the process that did it is gone, and what it came to with it."""
    look = "check with {check}" if check else "look in the Harmonica web app"
    return errors.Unsettled(
        "The process that sent this ended before Harmonica's answer came; it may have taken "
        f"effect: do not repeat it blindly, {look}.",
        check=check,
    )
