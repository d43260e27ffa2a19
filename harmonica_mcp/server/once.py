"""Answers to questions: sealed so that any replica can read them, and each of them used once."""

import hashlib
import os
import time
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.request_state import (
    AESGCMRequestStateCodec,
    InvalidRequestState,
    RequestStateSecurity,
)
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from harmonica_mcp.shared import Shared

_TTL = 600.0
"""Seconds for which a question may be answered."""

_mark: ContextVar[str] = ContextVar("mark", default="")
"""Tells the answer that came with this message from all others; empty where none was read."""


class _Once(AESGCMRequestStateCodec):
    """Seals the state of a question, and takes each answer once: a replay is refused."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        super().__init__(keys)
        self._taken: dict[str, float] = {}

    def unseal(self, token: str) -> bytes:
        payload = super().unseal(token)
        now = time.monotonic()
        self._taken = {mark: at for mark, at in self._taken.items() if now - at < _TTL}
        mark = hashlib.sha256(token.encode()).hexdigest()
        if mark in self._taken:
            raise InvalidRequestState("used before")
        self._taken[mark] = now
        _mark.set(mark)
        return payload


def state_security(secrets: Sequence[bytes] = ()) -> RequestStateSecurity:
    """How answers are bound to the question, the exact arguments and the caller, each used once.

    Args:
        secrets: with which questions are sealed, newest first; each opens. Without them only this
            process understands the answers to its questions.
    """
    keys = list(dict.fromkeys(secrets)) or [os.urandom(32)]
    return RequestStateSecurity(codec=_Once(keys), ttl=_TTL)


class OnceAmongAll:
    """Middleware: refuse an answer that was used in another process."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    async def __call__(
        self, ctx: ServerRequestContext[Any, Any], call_next: CallNext
    ) -> HandlerResult:
        """Let a message through, unless its answer was used."""
        # The SDK reads it only where a question can have been asked.
        answered = _mark.get() and (ctx.params or {}).get("requestState") is not None
        if answered and not await self._shared.first_use(_mark.get(), _TTL):
            # As the SDK says it of an answer that was used in this process.
            raise MCPError(INVALID_PARAMS, "Invalid or expired requestState")
        return await call_next(ctx)
