"""Toolset `results`: summaries, briefs and what was said."""

from typing import Annotated, Literal

from pydantic import Field

from harmonica_mcp.client.responses import GET_RESPONSES
from harmonica_mcp.client.results import GENERATE_SUMMARY, GET_BRIEF, GET_SUMMARY, Summary
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api, Reporter
from harmonica_mcp.server.guard import document
from harmonica_mcp.server.reading import Conversations, read
from harmonica_mcp.server.references import SEARCH, SessionId, SessionRef, find_session
from harmonica_mcp.server.references import session_id as id_of
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, iso, lines

results = Toolset(
    "results",
    "summaries, briefs and what was said",
    [
        (
            "Read results in the order `get_summary`, `get_session_brief`, then `get_responses` "
            "for what people said themselves."
        ),
    ],
)


class SessionSummary(Result):
    """A session's summary, or that there is none."""

    session_id: str
    exists: bool
    generated_at: str | None = None
    summary_words: str | None = None
    recovered: bool = Field(description="The answer was lost; the summary was read instead")

    @classmethod
    def of(cls, session: str, summary: Summary) -> "SessionSummary":
        """Show a summary."""
        return cls(
            session_id=session,
            exists=bool(summary.summary),
            generated_at=iso(summary.generated_at),
            summary_words=summary.summary or None,
            recovered=summary.recovered,
        )

    def text(self) -> str:
        """Show it in a fence."""
        if self.summary_words is None:
            return f"Session {self.session_id} has no summary yet: generate_summary writes one."
        when = self.generated_at or "at an unknown time"
        lost = " (its answer was lost, so it was read again)" if self.recovered else ""
        return lines(
            f"Summary of session {self.session_id}, generated {when}{lost}:",
            document(self.summary_words),
        )


@results.tool("Get summary", [GET_SUMMARY], lookups=[SEARCH], reads=True)
async def get_summary(api: Api, session_id: SessionRef) -> SessionSummary:
    """Read the summary of what a session's participants said, as of its last generation."""
    session = await find_session(api, session_id)
    return SessionSummary.of(session, await api.results.summary(session))


@results.tool("Generate summary", [GENERATE_SUMMARY], lookups=[GET_SUMMARY], replaces=True)
async def generate_summary(api: Api, progress: Reporter, session_id: SessionId) -> SessionSummary:
    """Write a session's summary and brief anew from all that was said, replacing the old ones.

    Takes about 90 seconds and costs the host model time. Never repeat it after an error that says
    it may have taken effect; get_summary shows the result.
    """
    session = id_of(session_id)
    await progress.tell("Harmonica writes the summary, which takes about 90 s")
    return SessionSummary.of(session, await api.results.generate_summary(session))


class SessionBrief(Result):
    """A session's brief."""

    session_id: str
    brief_words: str = Field(description="SESSION.md, in Markdown")

    def text(self) -> str:
        """Show it in a fence."""
        return lines(f"Brief of session {self.session_id}:", document(self.brief_words))


@results.tool("Get session brief", [GET_BRIEF], lookups=[SEARCH], reads=True)
async def get_session_brief(api: Api, session_id: SessionRef) -> SessionBrief:
    """Read a session's brief (SESSION.md): goal, context, questions and summary in Markdown.

    It exists once generate_summary has run, and does not follow later edits.
    """
    session = await find_session(api, session_id)
    return SessionBrief(session_id=session, brief_words=await api.results.brief(session))


@results.tool("Get responses", [GET_RESPONSES], lookups=[SEARCH], reads=True)
async def get_responses(
    api: Api,
    session_id: SessionRef,
    participant: Annotated[
        str | None, Field(description="Only people whose name contains this, or one id")
    ] = None,
    view: Annotated[
        Literal["dialogue", "participants_only"],
        Field(description="With or without the facilitator's turns"),
    ] = "dialogue",
    max_tokens: Annotated[
        int, Field(description="Budget of this page, in bytes / 4", ge=500, le=10_000)
    ] = 6_000,
    cursor: paging.Cursor = None,
) -> Conversations:
    """Read what participants said, round by round so that every voice gets its share of a page.

    Stays within max_tokens; next_cursor continues where the page ends.
    """
    session = await find_session(api, session_id)
    people = await api.responses.list(session)
    return read(session, people, participant, view == "dialogue", max_tokens, cursor)
