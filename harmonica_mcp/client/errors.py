"""Everything that can go wrong between a caller and Harmonica, as one tree.

    HarmonicaError
    ├── InvalidInput            refused here, before anything was sent
    │   └── InvalidKey          what was given as a key is none
    ├── NotSent                 Harmonica never got the request: safe to repeat
    │   ├── KeyMissing          no key was given
    │   ├── ConnectionFailed    no connection could be made
    │   ├── Misconfigured       the environment's proxy or certificates cannot be used
    │   ├── DryRun              a dry run shows the request instead (`planned`)
    │   ├── BudgetSpent         this key's requests of the minute are used up
    │   └── TurnRunning         the participant's previous turn is not answered yet
    ├── AnswerLost              sent, but no answer: a write may have taken effect
    │   ├── ConnectionLost
    │   └── TimedOut
    ├── ApiError                Harmonica answered, and refused (`status`, `code`)
    │   ├── ValidationFailed    400, 422
    │   │   ├── SessionClosed       the session is not active any more
    │   │   ├── AlreadyJoined       the participant has answered the questions before
    │   │   └── CrossPollinationOff the scratchpad needs cross-pollination
    │   ├── Unauthorized        401, also when Harmonica's database is down
    │   ├── PaymentRequired     402 (`cost_cents`, `balance_cents`)
    │   ├── Forbidden           403, also for ids that do not exist
    │   ├── NotFound            404 in the API's envelope
    │   │   └── BriefNotReady   the session has no SESSION.md yet
    │   ├── NotOffered          404 as a web page, 405: this edition lacks the operation
    │   ├── Conflict            409
    │   ├── RateLimited         429 (`retry_after`)
    │   ├── ServerError         5xx
    │   └── UnexpectedAnswer    not what the API promises: invalid JSON, wrong shape, a redirect
    ├── FacilitatorFailed       HTTP 200, but the facilitator's model failed; the words are stored
    └── Unsettled               looked after a lost answer, found nothing: do not repeat
        ├── WordsStored         the words are there, the facilitator's answer is not
        └── Ambiguous           several things fit

Each message is one sentence or two for the person or agent that must act on it, and holds neither
the key nor what anybody said.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harmonica_mcp.client._dry_run import Planned


class HarmonicaError(Exception):
    """Something that a caller of Harmonica can catch and act upon."""

    status: int | None = None
    """HTTP status, where Harmonica answered."""
    code: str | None = None
    """The API's own error code, an open set."""
    retry_after: float | None = None
    """Seconds after which a repeat makes sense."""
    may_have_happened: bool = False
    """Whether the request may have taken effect: then look before repeating it."""
    check: str | None = None
    """The REST operation that shows what really happened."""

    def __str__(self) -> str:
        return self.sentence(self.check or "")

    def sentence(self, check: str) -> str:
        """The message, naming this as the way to see what really happened."""
        return super().__str__().replace("{check}", check) if check else super().__str__()


class InvalidInput(HarmonicaError, ValueError):
    """The input cannot be what the caller means; nothing was sent."""


class InvalidKey(InvalidInput):
    """What was given as a Harmonica key is none. The value is not shown."""


class NotSent(HarmonicaError):
    """Harmonica never received the request, so it can be repeated."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class KeyMissing(NotSent):
    """The call needs a Harmonica key and there is none."""


class ConnectionFailed(NotSent):
    """No connection to Harmonica could be made."""


class Misconfigured(NotSent):
    """The environment names a proxy or certificates that cannot be used: no repeat helps."""


class DryRun(NotSent):
    """A request with an effect that a dry run keeps from leaving."""

    def __init__(self, planned: "Planned") -> None:
        super().__init__(f"Dry run: {planned.method} {planned.path} was not sent.")
        self.planned = planned


class BudgetSpent(NotSent):
    """The key's requests of this minute are used up, and waiting would take too long."""


class TurnRunning(NotSent):
    """The same participant's previous turn is still running."""


class AnswerLost(HarmonicaError):
    """The request left, the answer did not arrive."""

    def __init__(self, message: str, *, may_have_happened: bool = False) -> None:
        super().__init__(message)
        self.may_have_happened = may_have_happened


class ConnectionLost(AnswerLost):
    """The connection ended after the request was sent."""


class TimedOut(AnswerLost):
    """The operation's time limit passed after the request was sent."""


class ApiError(HarmonicaError):
    """Harmonica answered with an error; `detail` is its own text, unchecked."""

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str | None = None,
        detail: str = "",
        retry_after: float | None = None,
        may_have_happened: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.detail = detail
        self.retry_after = retry_after
        self.may_have_happened = may_have_happened


class ValidationFailed(ApiError):
    """Harmonica does not accept the request's content (400, 422)."""


class SessionClosed(ValidationFailed):
    """The session is not active any more: nobody can speak in it."""


class AlreadyJoined(ValidationFailed):
    """The participant has joined before: go on with chat turns."""


class CrossPollinationOff(ValidationFailed):
    """The scratchpad needs cross-pollination, which is switched off for this session."""


class Unauthorized(ApiError):
    """Harmonica did not accept the key just now (401)."""


class PaymentRequired(ApiError):
    """The session owner's balance is too low (402); nothing was done or charged."""

    cost_cents: int | None = None
    balance_cents: int | None = None


class Forbidden(ApiError):
    """Not there or not yours (403): the API does not tell these apart."""


class NotFound(ApiError):
    """The API says that the thing does not exist (404)."""


class BriefNotReady(NotFound):
    """The session has no brief (SESSION.md) yet: it is written with the summary."""


class NotOffered(ApiError):
    """This edition of Harmonica does not have the operation (404 as a page, or 405)."""


class Conflict(ApiError):
    """The name is taken (409)."""


class RateLimited(ApiError):
    """Too many requests in this minute (429); nothing was done."""


class ServerError(ApiError):
    """Harmonica failed (5xx); bad input and passing faults look alike."""


class UnexpectedAnswer(ApiError):
    """The answer is not what the API promises."""


class FacilitatorFailed(HarmonicaError):
    """The facilitator's model failed. The words are stored: do not send them again."""

    status = 200
    may_have_happened = True


class Unsettled(HarmonicaError):
    """After a lost answer nothing conclusive was found: it may still have happened."""

    may_have_happened = True

    def __init__(self, message: str, *, check: str) -> None:
        super().__init__(message)
        self.check = check


class WordsStored(Unsettled):
    """The words are stored, but there is no answer to them yet."""


class Ambiguous(Unsettled):
    """Several things that fit were found, so none can be taken for the lost one."""
