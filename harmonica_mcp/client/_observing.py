"""Who is told of each request to Harmonica: logs, metrics, traces."""

from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field

import anyio

from harmonica_mcp.client._operation import Operation


@dataclass(slots=True)
class Exchange:
    """One request as it is sent, and what came of it."""

    operation: Operation
    host: str
    headers: dict[str, str] = field(default_factory=dict[str, str])
    """What an observer adds to the request."""
    status: int | None = None
    """HTTP status; None as long as there is no answer."""
    seconds: float = 0.0
    """How long it took to its answer, or to its failure."""


class Observer:
    """Is told of requests; each repeat and each redirect is one more."""

    def sending(self, exchange: Exchange) -> AbstractContextManager[None]:  # noqa: ARG002 - for those who care
        """Enclose a request: its headers are taken on entry, its outcome is known on exit."""
        return nullcontext()

    async def aclose(self) -> None:
        """The connections are closed: there is nothing more to come."""


@contextmanager
def observed(observers: Iterable[Observer], operation: Operation, host: str) -> Generator[Exchange]:
    """Tell all of them of a request to a host."""
    exchange = Exchange(operation, host)
    with ExitStack() as stack:
        for observer in observers:
            stack.enter_context(observer.sending(exchange))
        begun = anyio.current_time()
        try:
            yield exchange
        finally:
            exchange.seconds = anyio.current_time() - begun
