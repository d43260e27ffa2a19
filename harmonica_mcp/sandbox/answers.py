"""What the sandbox can answer: JSON, Markdown, pages, nothing, and the error envelope."""

import json
from dataclasses import dataclass, field

from starlette.responses import Response

JSON = "application/json"
HTML = "text/html; charset=utf-8"
MARKDOWN = "text/markdown; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer, still as plain data so that faults and records can look at it."""

    status: int
    body: object = None
    media: str = JSON
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def response(self, date: str) -> Response:
        """Turn it into a Starlette response that carries the sandbox's own time."""
        headers = {**self.headers, "date": date}
        if self.body is None:
            return Response(status_code=self.status, headers=headers)
        return Response(self.text(), self.status, headers, media_type=self.media)

    def text(self) -> str:
        """Write the body as it goes over the wire: JSON in UTF-8, or a text as it stands."""
        if self.media == JSON and not isinstance(self.body, str):
            return json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        return str(self.body)


class Refusal(Exception):
    """An error answer in the API's envelope, raised by a handler (api.md §1.3)."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        headers: dict[str, str] | None = None,
        *,
        beside: dict[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers or {}
        self.beside = beside or {}

    def answer(self) -> Answer:
        """Give the envelope, with extra fields beside `error` where an operation has them."""
        envelope: dict[str, object] = {"error": {"code": self.code, "message": str(self)}}
        return Answer(self.status, envelope | self.beside, headers=self.headers)


class ServerFault(Exception):
    """Input on which the real service stumbles: it answers 500 and says no more."""

    def answer(self) -> Answer:
        """Give the one sentence that every 500 of the service carries."""
        return Refusal(500, "internal_error", "Internal server error").answer()


def invalid(message: str) -> Refusal:
    """Refuse a request because of what it says (400)."""
    return Refusal(400, "validation_error", message)


def forbidden(message: str = "You don't have access to this resource") -> Refusal:
    """Refuse a request as "not there or not yours" (403): access is checked before existence."""
    return Refusal(403, "forbidden", message)


def not_found(message: str) -> Refusal:
    """Refuse a request whose target is known to be absent (404)."""
    return Refusal(404, "not_found", message)


def unauthorized(message: str) -> Refusal:
    """Refuse a caller whose key is missing, malformed or not accepted (401)."""
    return Refusal(401, "unauthorized", message)


def page(status: int, title: str, text: str) -> Answer:
    """Answer with a small HTML page, as the service does outside its API."""
    html = (
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body><p>{text}</p></body></html>"
    )
    return Answer(status, html, HTML)


def no_such_route() -> Answer:
    """Answer an unknown route: an HTML page even where JSON was asked for."""
    return page(404, "404: This page could not be found", "This page could not be found.")
