"""Results: what a tool answers, as lean structured content that renders its own text."""

from datetime import UTC, datetime

from mcp_types import CallToolResult, TextContent
from pydantic import BaseModel, ConfigDict

from harmonica_mcp.server.guard import clean, clean_json


class Result(BaseModel):
    """A tool's answer. Text and structured content carry the same facts, each complete."""

    model_config = ConfigDict(frozen=True)

    def text(self) -> str:
        """The answer in words: short, with ids, links and the next step."""
        raise NotImplementedError

    def to_mcp(self) -> CallToolResult:
        """Both forms, cleaned; what is absent is left out."""
        structured = clean_json(self.model_dump(mode="json", exclude_none=True))
        return CallToolResult(
            content=[TextContent(type="text", text=clean(self.text()))],
            structured_content=structured if isinstance(structured, dict) else {},  # pyright: ignore[reportUnknownArgumentType]
        )


def iso(moment: datetime | None) -> str | None:
    """A moment as results show it: UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def lines(*parts: str | None) -> str:
    """Join what there is, a line each."""
    return "\n".join(part for part in parts if part)


def count(number: int, noun: str) -> str:
    """Say how many: `1 session`, `2 sessions`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
