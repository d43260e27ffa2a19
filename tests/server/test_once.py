"""Answers to questions: read by every replica, used once by all of them."""

import asyncio
from contextvars import Context
from types import SimpleNamespace
from typing import Any, cast

import pytest
from mcp.server.request_state import InvalidRequestState
from mcp.shared.exceptions import MCPError

from harmonica_mcp.server.once import OnceAmongAll, state_security
from harmonica_mcp.shared import Shared

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.mark.parametrize("secrets", [(OLD,), (NEW, OLD), (OLD, OLD)])
def test_a_question_is_understood_by_who_has_its_secret(secrets: tuple[bytes, ...]) -> None:
    """While a secret is replaced, questions sealed with the old one are still answered, once."""
    sealed = state_security((OLD,)).codec.seal(b"question")
    codec = state_security(secrets).codec
    assert codec.unseal(sealed) == b"question"
    with pytest.raises(InvalidRequestState, match="used before"):
        codec.unseal(sealed)


@pytest.mark.parametrize("secrets", [(NEW,), ()])
def test_nobody_else_understands_it(secrets: tuple[bytes, ...]) -> None:
    """A process without the secret refuses what another has sealed."""
    sealed = state_security((OLD,)).codec.seal(b"question")
    with pytest.raises(InvalidRequestState):
        state_security(secrets).codec.unseal(sealed)


class Marks:
    """What all processes know of used answers."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    async def first_use(self, mark: str, seconds: float) -> bool:
        """Whether nobody has used it."""
        assert seconds == 600
        first = mark not in self.used
        self.used.add(mark)
        return first


async def test_an_answer_counts_once_for_all() -> None:
    """What one process has taken another refuses; messages without an answer pass."""
    marks = Marks()
    sealed = state_security((OLD,)).codec.seal(b"question")

    async def handled(_: object) -> Any:
        return "handled"

    async def sent_to_another_process(params: dict[str, str] | None) -> object:
        if params:
            state_security((OLD,)).codec.unseal(params["requestState"])
        context = cast("Any", SimpleNamespace(params=params))
        return await OnceAmongAll(cast("Shared", marks))(context, handled)

    assert await sent_to_another_process({"requestState": sealed}) == "handled"
    with pytest.raises(MCPError, match="requestState"):
        await sent_to_another_process({"requestState": sealed})
    for _ in range(2):
        assert await sent_to_another_process(None) == "handled"


async def test_an_answer_to_what_asks_nothing() -> None:
    """Listing tools with an answer to a question is listing tools, as without Redis."""

    async def handled(_: object) -> Any:
        return "handled"

    async def listing() -> object:
        context = cast("Any", SimpleNamespace(params={"requestState": "none of ours"}))
        return await OnceAmongAll(cast("Shared", Marks()))(context, handled)

    assert await asyncio.create_task(listing(), context=Context()) == "handled"
