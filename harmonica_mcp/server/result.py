"""Results: what a tool answers, as lean structured content that renders its own text."""

from datetime import UTC, datetime
from typing import Any, cast

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, ConfigDict
from pydantic_core import to_jsonable_python

from harmonica_mcp.server.guard import clean_json, notice_for


class Result(BaseModel):
    """A tool's answer. Text and structured content carry the same facts, each complete."""

    model_config = ConfigDict(frozen=True)

    def text(self) -> str:
        """The answer in words: short, with ids, links and the next step."""
        raise NotImplementedError

    def to_mcp(self, state: str | None = None) -> CallToolResult:
        """Both forms, cleaned; what is absent is left out.

        Args:
            state: how a call with an effect ended, unless the result says it itself.
        """
        dumped = self.model_dump(mode="json", exclude_none=True)
        structured = cast("dict[str, Any]", clean_json(dumped))
        # Rendered from clean fields: an escape at the end of one would swallow what follows it.
        clean = self if structured is dumped else self.model_validate(structured)
        text = clean.text()
        told = {"state": state} | structured if state else structured
        meta = None
        if noticed := notice_for(structured):
            line, meta = noticed
            text, told = lines(text, line), told | {"notice": line}
        return CallToolResult(
            content=[TextContent(type="text", text=text)], structured_content=told, _meta=meta
        )


class StillOpen(Result):
    """What a call with an effect answers when its time is up before it is done."""

    state: str
    note: str

    def text(self) -> str:
        """Say how it stands and what to do."""
        return self.note


def iso(moment: datetime | None) -> str | None:
    """A moment as results show it: UTC, to the second."""
    if moment is None:
        return None
    whole = str(to_jsonable_python(moment.astimezone(UTC)))
    return whole[: len("2026-01-01T12:00:00")] + "Z"


def lines(*parts: str | None) -> str:
    """Join what there is, a line each."""
    return "\n".join(part for part in parts if part)


def found_again(verb: str) -> str:
    """What to know of something that was found after its answer was lost."""
    return f"Its answer was lost and it was found again: do not {verb} it again."


def count(number: int, noun: str) -> str:
    """Say how many: `1 session`, `2 sessions`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
