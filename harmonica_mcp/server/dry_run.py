"""Dry run: the request that a tool would send, instead of its effect."""

from typing import Literal

from pydantic import BaseModel, Field

from harmonica_mcp.client._dry_run import MASKED, Planned
from harmonica_mcp.server.guard import one_line
from harmonica_mcp.server.result import Result, lines

RULE = (
    "Dry run is on: tools with an effect answer with the request that they would send, and nothing "
    "is changed."
)
_LONGEST = 20_000


class PlannedRequest(BaseModel):
    """A request that was kept from leaving."""

    method: str
    path: str
    authorization: str
    body: str | None = Field(default=None, description="JSON text")
    file_name: str | None = None
    file_bytes: int | None = None

    @classmethod
    def of(cls, planned: Planned) -> "PlannedRequest":
        """Show it, a long body by its beginning."""
        return cls(
            method=planned.method,
            path=planned.path,
            authorization=f"Bearer {MASKED}",
            body=planned.body and shortened(planned.body),
            file_name=planned.file_name and one_line(planned.file_name),
            file_bytes=planned.file_bytes,
        )


class WouldSend(Result):
    """What a tool would do."""

    state: Literal["dry_run"]
    request: PlannedRequest
    would_ask: str | None = Field(default=None, description="What the user would be asked first")
    would_follow: str | None = Field(default=None, description="Further requests")

    @classmethod
    def of(cls, planned: Planned, asks: str | None, then: str | None) -> "WouldSend":
        """Show the first request with an effect; what follows depends on its answer."""
        request = PlannedRequest.of(planned)
        return cls(state="dry_run", request=request, would_ask=asks, would_follow=then)

    def text(self) -> str:
        """Show the request."""
        request = self.request
        return lines(
            f"Dry run, nothing was sent: {request.method} {request.path}",
            f"Authorization: {request.authorization}",
            f"Body: {request.body}" if request.body else None,
            f"File: {request.file_name}, {request.file_bytes} bytes" if request.file_name else None,
            f"Your user would be asked first: {self.would_ask}" if self.would_ask else None,
            f"More would follow: {self.would_follow}." if self.would_follow else None,
        )


def shortened(text: str) -> str:
    """A text of any length, by its beginning where it is too long to show."""
    if len(text) <= _LONGEST:
        return text
    left = len(text) - _LONGEST
    return f"{text[:_LONGEST]} […cut: {left} of {len(text)} characters left out]"
