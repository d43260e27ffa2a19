"""Asking the user before something costs money, becomes public, is sent, replaced or removed."""

import functools
import hashlib
import inspect
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum
from typing import Annotated, Any, NamedTuple, Protocol, cast

import anyio
from mcp.server.mcpserver import Context, Elicit, ElicitationResult, Resolve
from mcp.server.request_state import (
    AESGCMRequestStateCodec,
    InvalidRequestState,
    RequestStateSecurity,
)
from pydantic import BaseModel, Field

from harmonica_mcp.client.errors import HarmonicaError, TimedOut
from harmonica_mcp.server.call import current_call
from harmonica_mcp.server.guard import one_line, quote
from harmonica_mcp.server.options import Confirm

_TTL = 600.0
"""Seconds for which a question may be answered."""


class Risk(Enum):
    """Why a call is confirmed."""

    SPENDS = "spends"
    PUBLISHES = "publishes"
    SENDS = "sends"
    REMOVES = "removes"
    REPLACES = "replaces"

    @property
    def needs_a_person(self) -> bool:
        """Whether naming the thing is not enough where the host cannot ask its user."""
        return self in {Risk.SPENDS, Risk.PUBLISHES}


class Question(NamedTuple):
    """What is put to the user."""

    risk: Risk
    effect: str
    """What happens, in the user's words: price, address, whose words, what is lost."""
    name: str = ""
    """What `confirm` must say where the host cannot ask: a title, a group, a number of e-mails."""


class Agreed(BaseModel):
    """The user's answer."""

    go_on: bool = Field(description="Do it")


class NotAgreed(HarmonicaError):
    """The user did not agree, or could not be asked; nothing was done."""


class _Serves(Protocol):
    confirm: Confirm


Asks = Callable[..., Awaitable[Question | None]]
"""Tells what to ask before a call, from its arguments; None when there is nothing to ask."""


def agreement(asks: Asks, *, named: bool) -> Any:
    """The annotation of a hidden parameter that holds the user's answer.

    Args:
        asks: what to ask.
        named: whether the tool has the argument `confirm`.
    """

    @functools.wraps(asks)
    async def in_time(**arguments: Any) -> Question | None:
        with anyio.move_on_at(current_call().until):
            return await asks(**arguments)
        raise TimedOut("Harmonica did not answer in time; nothing was changed, try again.")

    question = Annotated[Question | None, Resolve(in_time)]

    async def ask(
        context: Context[Any, Any], question: Question | None, confirm: str | None = None
    ) -> Agreed | Elicit[Agreed]:
        return _ask(context, question, confirm)

    signature = inspect.signature(ask)
    types = {"context": Context[Any, Any], "question": question, "confirm": str | None}
    names = ["context", "question", *(["confirm"] if named else [])]
    parameters = [signature.parameters[n].replace(annotation=types[n]) for n in names]
    vars(ask)["__signature__"] = signature.replace(
        parameters=parameters, return_annotation=Agreed | Elicit[Agreed]
    )
    ask.__annotations__ = {n: types[n] for n in names} | {"return": Agreed | Elicit[Agreed]}
    return Annotated[ElicitationResult[Agreed], Resolve(ask)]


def _ask(
    context: Context[Any, Any], question: Question | None, confirm: str | None
) -> Agreed | Elicit[Agreed]:
    if question is None:
        return Agreed(go_on=True)
    if can_ask(context):
        current_call().asked_at = anyio.current_time()
        return Elicit(f"{question.effect} Go on?", Agreed)
    if question.risk.needs_a_person:
        if cast("_Serves", context.mcp_server).confirm == "host":
            return Agreed(go_on=True)
        raise NotAgreed(
            f"Not done: {question.effect} That needs your user's word, and this host cannot ask "
            "for it. An operator whose host has its own approval can set HARMONICA_CONFIRM=host."
        )
    if confirm is not None and one_line(confirm) == one_line(question.name):
        return Agreed(go_on=True)
    raise NotAgreed(
        f"Not done: {question.effect} Ask your user, then call again with confirm="
        f"{quote(question.name)}."
    )


def can_ask(context: Context[Any, Any]) -> bool:
    """Whether the host shows its user a form, over a connection on which it can be asked."""
    capabilities = context.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    if elicitation is None or (elicitation.form is None and elicitation.url is not None):
        return False
    return context.protocol_version == "2026-07-28" or context.session.can_send_request


class _Once(AESGCMRequestStateCodec):
    """Seals the state of a question, and takes each answer once: a replay is refused."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        super().__init__(keys)
        self._taken: dict[bytes, float] = {}

    def unseal(self, token: str) -> bytes:
        payload = super().unseal(token)
        now = time.monotonic()
        self._taken = {mark: at for mark, at in self._taken.items() if now - at < _TTL}
        mark = hashlib.sha256(token.encode()).digest()
        if mark in self._taken:
            raise InvalidRequestState("used before")
        self._taken[mark] = now
        return payload


def state_security() -> RequestStateSecurity:
    """How answers are bound to the question, the exact arguments and the caller, each used once."""
    return RequestStateSecurity(codec=_Once([os.urandom(32)]), ttl=_TTL)
