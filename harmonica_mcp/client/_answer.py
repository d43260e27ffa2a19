"""From an HTTP response to a typed answer, or to exactly one class of the error tree."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from harmonica_mcp.client import errors
from harmonica_mcp.client._operation import Operation, Retry
from harmonica_mcp.client.key import ApiKey

M = TypeVar("M", bound=BaseModel)

_NOT_ACTIVE = "not active"
_JOINED = "already joined"
_NO_BRIEF = "not yet generated"
_NO_CROSS_POLLINATION = "cross-pollination"
# The API itself names at most 60 s; what stands before it may ask for more.
_LONGEST_WAIT = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of the API, read but not yet understood."""

    operation: Operation
    status: int
    body: bytes
    kind: str
    """The media type without parameters."""
    date: datetime | None = None
    """The API's own clock, whole seconds."""
    retry_after: float | None = None

    @classmethod
    def of(
        cls,
        operation: Operation,
        status: int,
        headers: Mapping[str, str],
        body: bytes,
        key: ApiKey | None = None,
    ) -> "Answer":
        """Read the headers that matter; a header that cannot be read counts as absent.

        Where the body repeats the key of the request, the key is cut out of it.
        """
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        date = _date(headers.get("date", ""))
        return cls(
            operation=operation,
            status=status,
            body=_without(key, body) if key else body,
            kind=kind,
            date=date,
            retry_after=_seconds(headers.get("retry-after", ""), date),
        )

    def model(self, model: type[M]) -> M:
        """The body as a model.

        Raises:
            UnexpectedAnswer: It is no JSON, or not of this shape.
        """
        try:
            return model.model_validate_json(self.body)
        except ValidationError:
            raise self.unexpected("an answer of another shape than documented") from None

    def text(self) -> str:
        """The body as text; what is no UTF-8 is replaced."""
        return self.body.decode(errors="replace")

    def unexpected(self, what: str) -> errors.UnexpectedAnswer:
        """The error for an answer that breaks the API's promise."""
        return errors.UnexpectedAnswer(
            f"Harmonica sent {what} to {self.operation}"
            + (self.operation.loose_end if self._done else "."),
            status=self.status,
            may_have_happened=self._done,
        )

    @property
    def _done(self) -> bool:
        return self.operation.retry is Retry.ONCE and 200 <= self.status < 300

    def raise_for_status(self) -> None:
        """Raise the error that this answer is, if it is one."""
        if 200 <= self.status < 300:
            return
        if 300 <= self.status < 400:
            raise self.unexpected("a redirect that leads elsewhere (set HARMONICA_API_URL)")
        raise self._error()

    def _error(self) -> errors.ApiError:
        envelope = _json_object(self.body)
        code, detail = _code_and_detail(envelope)
        common: dict[str, Any] = {"status": self.status, "code": code or None, "detail": detail}
        if self._is_lacking(told=bool(code or detail)):
            return errors.NotOffered(
                f"This edition of Harmonica does not offer {self.operation}.", **common
            )
        match self.status:
            case 400 | 422:
                return self._validation(detail, common)
            case 401:
                return errors.Unauthorized(
                    "Harmonica did not accept the key just now (revoked, or its database is down): "
                    "try again in a minute, then check the key in your Harmonica profile.",
                    **common,
                )
            case 402:
                return _payment(envelope or {}, common)
            case 403:
                return errors.Forbidden(
                    "There is no such thing here, or this key has no access to it, or the "
                    "account's plan does not include it" + _quoted(detail),
                    **common,
                )
            case 404:
                kind = errors.BriefNotReady if _NO_BRIEF in detail.lower() else errors.NotFound
                return kind(f"There is no such thing here{_quoted(detail)}", **common)
            case 409:
                return errors.Conflict(f"The name is already taken{_quoted(detail)}", **common)
            case 429:
                return self._rate_limited(common)
            case _ if self.status >= 500:
                return self._server_error(common)
            case _:
                return errors.ApiError(
                    f"Harmonica refused {self.operation} with HTTP {self.status}{_quoted(detail)}",
                    **common,
                )

    def _validation(self, detail: str, common: dict[str, Any]) -> errors.ValidationFailed:
        said = detail.lower()
        if _NOT_ACTIVE in said:
            return errors.SessionClosed(
                "The session is not active any more, so nothing can be said in it.", **common
            )
        if _JOINED in said:
            return errors.AlreadyJoined(
                "This participant has already joined the session: go on with chat turns.", **common
            )
        if _NO_CROSS_POLLINATION in said:
            return errors.CrossPollinationOff(
                "Cross-pollination is switched off for this session: switch it on "
                "(cross_pollination=true in an update of the session), then repeat.",
                **common,
            )
        return errors.ValidationFailed(f"Harmonica refused the request{_quoted(detail)}", **common)

    def _is_lacking(self, *, told: bool) -> bool:
        """Whether this edition lacks the operation: no route, or a public one that wants a key."""
        lacking = {404, 405} if not told else {405}
        return self.status in lacking | ({401, 403, 404} if self.operation.public else set())

    def _rate_limited(self, common: dict[str, Any]) -> errors.RateLimited:
        asked = 5.0 if self.retry_after is None else self.retry_after
        seconds = min(max(asked, 1.0), _LONGEST_WAIT)
        return errors.RateLimited(
            f"Harmonica's limit of requests a minute is reached; nothing was done, try again in "
            f"{math.ceil(seconds)} seconds.",
            **common,
            retry_after=seconds,
        )

    def _server_error(self, common: dict[str, Any]) -> errors.ServerError:
        maybe = self.operation.retry is Retry.ONCE
        return errors.ServerError(
            f"Harmonica failed with HTTP {self.status} at {self.operation}"
            + self.operation.loose_end,
            **common,
            retry_after=self.retry_after,
            may_have_happened=maybe,
        )


def _payment(envelope: dict[str, Any], common: dict[str, Any]) -> errors.PaymentRequired:
    error = errors.PaymentRequired(
        "The session owner's Harmonica balance does not cover this; nothing was done or charged.",
        **common,
    )
    error.cost_cents, error.balance_cents = (
        value if isinstance(value := envelope.get(name), int) else None
        for name in ("cost_cents", "balance_cents")
    )
    return error


def _without(key: ApiKey, body: bytes) -> bytes:
    secret = key.get_secret_value()
    for shown in {secret, json.dumps(secret)[1:-1]}:
        body = body.replace(shown.encode(), b"(key)")
    return body


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]


def _code_and_detail(envelope: dict[str, Any] | None) -> tuple[str, str]:
    match envelope:
        case {"error": {"code": str(code), "message": str(text)}}:
            return _whole(code), _whole(text)
        case {"error": {"message": str(text)}} | {"error": str(text)}:
            return "", _whole(text)
        case {"error": {"code": str(code)}}:
            return _whole(code), ""
        case _:
            return "", ""


def _whole(text: str) -> str:
    # JSON can spell half a surrogate pair, which no log and no answer could be written with.
    return text.encode(errors="replace").decode()


def _quoted(detail: str) -> str:
    text = " ".join(detail.split())
    return f": {text[:300].rstrip('.')}." if text else "."


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        # Without a zone it would be read as this machine's local time.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _seconds(text: str, now: datetime | None) -> float | None:
    """Seconds to wait; HTTP lets them be named as such, or by the moment when they are over."""
    if text.isascii() and text.isdigit():
        return float(text)
    until = _date(text)
    return max((until - now).total_seconds(), 0.0) if until and now else None
