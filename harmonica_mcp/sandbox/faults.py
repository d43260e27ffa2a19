"""Mishaps on purpose: what can go wrong between a client and Harmonica, for tests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .answers import JSON, Answer

ANY = "*"


class AnswerLost(ConnectionError):
    """The connection was cut, so the caller never learns what became of its request."""


@dataclass
class Fault:
    """One mishap; see `Faults.add` for its fields."""

    operation: str
    times: int
    status: int | None
    body: object
    content_type: str
    headers: dict[str, str]
    delay: float
    delay_after: float
    drop: Literal["before", "after"] | None
    apology: bool
    empty_reply: bool
    late_reply: float | None
    no_reply: bool

    def answer(self) -> Answer | None:
        """Give the answer that stands in for the work, if one was set."""
        if self.status is None and self.body is None:
            return None
        return Answer(self.status or 200, self.body, self.content_type, self.headers)


@dataclass
class Faults:
    """The mishaps still to come, first in, first out. Set from Python only, never by a request."""

    pending: list[Fault] = field(default_factory=list[Fault])

    def add(
        self,
        operation: str,
        *,
        times: int = 1,
        status: int | None = None,
        body: object = None,
        content_type: str = JSON,
        headers: Mapping[str, str] | None = None,
        delay: float = 0.0,
        delay_after: float = 0.0,
        drop: Literal["before", "after"] | None = None,
        apology: bool = False,
        empty_reply: bool = False,
        late_reply: float | None = None,
        no_reply: bool = False,
    ) -> None:
        """Let the next `times` requests of an operation go wrong.

        `operation` is the method and the document's path template, such as
        `POST /sessions/{id}/chat`, or `*` for any. Faults strike after the key and the request
        budget were checked.

        `status` and `body` are answered instead of working. `delay` and `delay_after` are seconds
        before the work and between the work and its answer. `drop="before"` cuts the connection
        before any effect; `drop="after"` lets the effect happen and loses the answer. For the
        two chat operations, `apology` stands for a failing model, `empty_reply` for one that says
        nothing; `late_reply` stores the participant's words at once and the facilitator's answer
        that many seconds later, `no_reply` never; both of them lose the answer.
        """
        if drop is None and (no_reply or late_reply is not None):
            drop = "after"
        self.pending.append(
            Fault(
                operation=operation,
                times=times,
                status=status,
                body=body,
                content_type=content_type,
                headers=dict(headers or {}),
                delay=delay,
                delay_after=delay_after,
                drop=drop,
                apology=apology,
                empty_reply=empty_reply,
                late_reply=late_reply,
                no_reply=no_reply,
            )
        )

    def clear(self) -> None:
        """Forget the mishaps still to come."""
        self.pending.clear()

    def take(self, operation: str) -> Fault | None:
        """Use up one mishap of this operation."""
        for fault in self.pending:
            if fault.operation in (operation, ANY):
                fault.times -= 1
                if fault.times <= 0:
                    self.pending.remove(fault)
                return fault
        return None
