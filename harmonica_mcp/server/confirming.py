"""Asking the user before something costs money, becomes public, is sent, replaced or removed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import Enum
from typing import Annotated, Any, NamedTuple, Protocol, cast, get_type_hints

import anyio
from mcp.server.mcpserver import Context, Elicit, ElicitationResult, Resolve
from pydantic import BaseModel, Field

from harmonica_mcp.client.errors import HarmonicaError
from harmonica_mcp.server.call import Call, current_call
from harmonica_mcp.server.guard import clean, one_line, quote_whole
from harmonica_mcp.server.options import Confirm
from harmonica_mcp.server.signature import keyword, taking
from harmonica_mcp.server.work import Identity


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


Asks = Callable[..., Awaitable[Sequence[Question]]]
"""Tells what to ask before a call, from its arguments; nothing where there is nothing to ask."""
Identify = Callable[[Call, Mapping[str, Any]], Identity]
"""Tells what makes another call the same, from a call and its arguments."""


CONFIRM = "confirm"
Confirmation = Annotated[str | None, Field(description="What a refusal asks for")]
"""The argument of tools whose risks somebody can confirm by naming the thing."""


def agreement(asks: Asks, told: Mapping[str, Any], identity: Identify, *, named: bool) -> Any:
    """The annotation of a hidden parameter that holds the user's answer.

    Args:
        asks: what to ask.
        told: the tool's arguments and their types.
        identity: of what goes on already, or waits to be collected, nobody is asked again.
        named: whether the tool takes a confirmation by name.
    """
    own = _hints(asks)

    async def in_time(**arguments: Any) -> Sequence[Question]:
        call = current_call()
        call.joins = await call.work.knows(identity(call, {name: arguments[name] for name in told}))
        if call.joins:
            return []
        return await call.in_time(asks(**{name: arguments[name] for name in own}))

    async def ask(**given: Any) -> Agreed | Elicit[Agreed]:
        return _ask(given["context"], given["questions"], given.get(CONFIRM))

    questions = Annotated[Sequence[Question], Resolve(_taking(in_time, own | dict(told)))]
    takes: dict[str, Any] = {"context": Context[Any, Any], "questions": questions}
    confirm = {CONFIRM: Confirmation} if named else {}
    return Annotated[ElicitationResult[Agreed], Resolve(_taking(ask, takes | confirm))]


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    hints = get_type_hints(function, include_extras=True)
    return {name: hint for name, hint in hints.items() if name != "return"}


def _taking(function: Callable[..., Any], types: Mapping[str, Any]) -> Callable[..., Any]:
    """The function, which says that it takes these; the SDK fills them in by name and type."""
    taking(function, [keyword(n, types[n]) for n in types], function.__annotations__["return"])
    return function


def _ask(
    context: Context[Any, Any], questions: Sequence[Question], confirm: str | None
) -> Agreed | Elicit[Agreed]:
    if not questions:
        return Agreed(go_on=True)
    effect = " ".join(question.effect for question in questions)
    if current_call().dry_run:
        current_call().would_ask = effect
        return Agreed(go_on=True)
    if can_ask(context):
        current_call().asked_at = anyio.current_time()
        return Elicit(f"{effect} Go on?", Agreed)
    hosts_word = cast("_Serves", context.mcp_server).confirm == "host"
    if not hosts_word and any(question.risk.needs_a_person for question in questions):
        raise NotAgreed(
            f"Not done: {effect} That needs your user's word, and this host cannot ask for it. An "
            "operator whose host has its own approval can set HARMONICA_CONFIRM=host."
        )
    names = dict.fromkeys(one_line(q.name) for q in questions if not q.risk.needs_a_person)
    name = ", ".join(names)
    if not names or (confirm is not None and " ".join(clean(confirm).split()) == name):
        return Agreed(go_on=True)
    raise NotAgreed(
        f"Not done: {effect} Ask your user, then call again with confirm={quote_whole(name)}."
    )


def can_ask(context: Context[Any, Any]) -> bool:
    """Whether the host shows its user a form, over a connection on which it can be asked."""
    capabilities = context.client_capabilities
    elicitation = capabilities.elicitation if capabilities else None
    if elicitation is None or (elicitation.form is None and elicitation.url is not None):
        return False
    return context.protocol_version == "2026-07-28" or context.session.can_send_request
