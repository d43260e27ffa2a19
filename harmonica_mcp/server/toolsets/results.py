"""Toolset `results`: summaries, briefs and what was said."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from harmonica_mcp.client import HarmonicaClient, HarmonicaError, errors
from harmonica_mcp.client.knowledge import GET_GROUNDING
from harmonica_mcp.client.responses import GET_RESPONSES, Participant
from harmonica_mcp.client.results import GENERATE_SUMMARY, GET_BRIEF, GET_SUMMARY, Summary
from harmonica_mcp.server import paging
from harmonica_mcp.server.call import is_served
from harmonica_mcp.server.caller import Api, Reporter
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.guard import document
from harmonica_mcp.server.reading import Conversations, Filters, View, moment, page_of_text, read
from harmonica_mcp.server.references import SEARCH, SessionId, SessionRef, find_session
from harmonica_mcp.server.references import session_id as id_of
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, iso, lines
from harmonica_mcp.server.sealing import Seal
from harmonica_mcp.server.view import RESULTS

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


MaxTokens = Annotated[int, Field(description="Page budget, bytes / 4", ge=500, le=10_000)]
_USUAL = 6_000


class SessionSummary(Result):
    """A session's summary, or that there is none."""

    session_id: str
    exists: bool
    generated_at: str | None = None
    newer_messages: int | None = Field(default=None, description="Participants' own")
    summary_words: str | None = None
    next_cursor: str | None = None
    recovered: bool

    @classmethod
    def of(
        cls, summary: Summary, seal: Seal, max_tokens: int = _USUAL, cursor: str | None = None
    ) -> Self:
        """Show a page of a summary."""
        page = page_of_text(summary.summary or "", seal, max_tokens, cursor)
        return cls(
            session_id=seal.subject,
            exists=bool(summary.summary),
            generated_at=iso(summary.generated_at),
            summary_words=page.words or None,
            next_cursor=page.next_cursor,
            recovered=summary.recovered,
        )

    def text(self) -> str:
        """Show it in a fence."""
        if self.summary_words is None:
            write = ": generate_summary writes one" if is_served("generate_summary") else ""
            return f"Session {self.session_id} has no summary yet{write}."
        when = self.generated_at or "at an unknown time"
        lost = " (its answer was lost, so it was read again)" if self.recovered else ""
        return lines(
            f"Summary of session {self.session_id}, generated {when}{lost}"
            + (f"; {self._newer()}:" if self.newer_messages is not None else ":"),
            document(self.summary_words),
            paging.more_of("get_summary", self.next_cursor),
        )

    def _newer(self) -> str:
        if not self.newer_messages:
            return "no message of participants is newer"
        verb = "is" if self.newer_messages == 1 else "are"
        return f"{count(self.newer_messages, 'message')} of participants {verb} newer"


@results.tool(
    "Get summary", [GET_SUMMARY], lookups=[SEARCH, GET_RESPONSES], reads=True, view=RESULTS
)
async def get_summary(
    api: Api, session_id: SessionRef, max_tokens: MaxTokens = _USUAL, cursor: paging.Cursor = None
) -> SessionSummary:
    """Read the summary of what participants said: when it was made, how many messages are newer."""
    session = await find_session(api, session_id)
    summary = await api.results.summary(session)
    shown = SessionSummary.of(summary, _seal(api, "get_summary", session), max_tokens, cursor)
    newer = await _newer_if_told(api, session, summary) if cursor is None else None
    return shown.model_copy(update={"newer_messages": newer})


async def _newer_if_told(api: HarmonicaClient, session: str, summary: Summary) -> int | None:
    try:
        return await _newer(api, session, summary)
    except HarmonicaError:
        return None


async def _newer(api: HarmonicaClient, session: str, summary: Summary) -> int | None:
    """How many own messages are later than the summary; None where its time is not known.

    One more request, without the messages where the edition can leave them out; a second one only
    when somebody wrote later.
    """
    made = summary.generated_at
    if not summary.summary or made is None:
        return None
    people = await api.responses.list(session, mode="list")
    if any(each.only_counted for each in people):
        if not any(_may_be_later(each, made) for each in people):
            return 0
        people = await api.responses.list(session)
    said = (message for person in people for message in person.messages if message.own_words)
    return sum(bool(message.created_at and message.created_at > made) for message in said)


def _may_be_later(person: Participant, made: datetime) -> bool:
    last = person.last_message_at
    return bool(person.message_count) and (last is None or last > made)


class SummaryWritten(SessionSummary):
    """The summary after it was to be written."""

    fresh: bool | None = None
    """Present where it was, so that nothing was written."""

    def text(self) -> str:
        """Show it, and say whether it was left as it is."""
        left = "It is fresh: nothing was written anew." if self.fresh else None
        return lines(left, super().text())


async def _regrounds(api: Api, session_id: str, only_if_stale: bool) -> list[Question]:
    session = id_of(session_id)
    try:
        price = await api.knowledge.price(session)
    except (errors.Forbidden, errors.NotFound, errors.NotOffered, errors.PaymentRequired):
        # Where there is no grounding, nothing can be grounded again.
        return []
    except errors.UnexpectedAnswer:
        price = None
    if price and not price.grounded:
        return []
    if only_if_stale and await _newer(api, session, await api.results.summary(session)) == 0:
        return []
    is_grounded = "is" if price else "may be"
    cost = f"{price.cost_cents} US cents" if price else "a price that cannot be read"
    effect = (
        f"Session {session} {is_grounded} grounded, and a new summary grounds it again, which can "
        f"charge its owner: by now {cost}. Harmonica does not tell their balance beforehand."
    )
    return [Question(Risk.SPENDS, effect)]


@results.tool(
    "Generate summary",
    [GENERATE_SUMMARY],
    lookups=[GET_SUMMARY, GET_RESPONSES, GET_GROUNDING],
    replaces=True,
    risks=(Risk.SPENDS,),
    asks=_regrounds,
)
async def generate_summary(
    api: Api,
    progress: Reporter,
    session_id: SessionId,
    only_if_stale: Annotated[
        bool, Field(description="Only if messages are newer, or there is none")
    ] = False,
) -> SummaryWritten:
    """Write a session's summary and brief anew from all that was said, replacing the old ones.

    Takes about 90 s and costs the host model time. After an error that says it may have taken
    effect never repeat it: see get_summary.
    """
    session = id_of(session_id)
    seal = _seal(api, "get_summary", session)
    if only_if_stale:
        there = await api.results.summary(session)
        if await _newer(api, session, there) == 0:
            shown = SummaryWritten.of(there, seal)
            return shown.model_copy(update={"fresh": True, "newer_messages": 0})
    await progress.tell("Harmonica writes the summary, which takes about 90 s")
    return SummaryWritten.of(await api.results.generate_summary(session), seal)


class SessionBrief(Result):
    """A session's brief."""

    session_id: str
    brief_words: str
    next_cursor: str | None = None

    def text(self) -> str:
        """Show it in a fence."""
        return lines(
            f"Brief of session {self.session_id}:",
            document(self.brief_words),
            paging.more_of("get_session_brief", self.next_cursor),
        )


@results.tool("Get session brief", [GET_BRIEF], lookups=[SEARCH], reads=True)
async def get_session_brief(
    api: Api, session_id: SessionRef, max_tokens: MaxTokens = _USUAL, cursor: paging.Cursor = None
) -> SessionBrief:
    """Read a session's brief (SESSION.md): goal, context, questions and summary in Markdown.

    generate_summary writes it; later edits do not change it.
    """
    session = await find_session(api, session_id)
    seal = _seal(api, "get_session_brief", session)
    page = page_of_text(await api.results.brief(session), seal, max_tokens, cursor)
    return SessionBrief(session_id=session, brief_words=page.words, next_cursor=page.next_cursor)


@results.tool("Get responses", [GET_RESPONSES], lookups=[SEARCH], reads=True)
async def get_responses(
    api: Api,
    session_id: SessionRef,
    view: Annotated[
        View,
        Field(description="participants_only: own words alone; outline: counts, first and last"),
    ] = "dialogue",
    participant: Annotated[str | None, Field(description="A piece of the name, or the id")] = None,
    query: Annotated[
        str | None, Field(description="Only own messages with all these words, in context")
    ] = None,
    since: Annotated[str | None, Field(description="ISO time: only later messages")] = None,
    min_messages: Annotated[
        int, Field(description="Only people with so many own messages", ge=0)
    ] = 0,
    max_tokens: MaxTokens = _USUAL,
    cursor: paging.Cursor = None,
) -> Conversations:
    """Read what participants said, round by round so that every voice gets its share of a page.

    next_cursor goes on where the page ends, with the same arguments. Cite messages by id.
    """
    after = moment("since", since)
    session = await find_session(api, session_id)
    who = await api.responses.called(session, participant) if participant else participant
    filters = Filters(view, who, query, after, min_messages)
    return await read(api, _seal(api, "get_responses", session), filters, max_tokens, cursor)


def _seal(api: HarmonicaClient, tool: str, session: str) -> Seal:
    return Seal(api.key, tool, session)
