"""Meetings that the notetaker captured from the caller's own calendar."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from harmonica_mcp.client import _check, errors
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model, Moment, Pagination
from harmonica_mcp.client._operation import Operation, Retry
from harmonica_mcp.client._sending import Http

LIST_MEETINGS = Operation("GET", "/meetings", Retry.READ)
GET_TRANSCRIPT = Operation("GET", "/meetings/{id}/transcript", Retry.READ)
GET_RESTRICTIONS = Operation("GET", "/meetings/{id}/restrictions", Retry.READ)
UPDATE_RESTRICTIONS = Operation("POST", "/meetings/{id}/restrictions", Retry.ONCE)

MAX_REASON = 1_000

Scope = Literal[
    "synthesis", "project_attachment", "external_export", "sharing", "all_downstream_processing"
]


class Meeting(Model):
    """A meeting and the state of its transcript."""

    id: str
    title: str = ""
    meeting_url: str | None = None
    meeting_provider: str | None = None
    starts_at: Moment = None
    ends_at: Moment = None
    timezone: str | None = None
    status: str = ""
    error_code: str | None = None
    error_message: str | None = None
    created_at: Moment = None
    updated_at: Moment = None
    transcript_status: str | None = None
    transcript_language: str | None = None
    has_transcript: bool = False
    empty_transcript: bool = False
    utterance_count: int = 0
    speaker_count: int = 0
    actual_duration_ms: int | None = None


class MeetingPagination(Pagination):
    """Meetings page by cursor, too; it is the steadier way."""

    next_cursor: str | None = None


class MeetingPage(Model):
    """A page of meetings."""

    data: list[Meeting]
    pagination: MeetingPagination = MeetingPagination()


class Utterance(Model):
    """What one speaker said at one time."""

    sequence: int = 0
    speaker_id: str | None = None
    speaker_name: str | None = None
    speaker_email: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    text: str = ""
    language: str | None = None


class Transcript(Model):
    """A whole transcript, unpaged; it holds e-mail addresses."""

    id: str = ""
    meeting_id: str = ""
    provider: str | None = None
    model: str | None = None
    language: str | None = None
    status: str = ""
    error_code: str | None = None
    error_message: str | None = None
    completed_at: Moment = None
    utterances: list[Utterance]


class RestrictionEvent(Model):
    """One entry of the append-only history."""

    id: str = ""
    sequence: str = ""
    meeting_id: str = ""
    event_type: str = ""
    scopes: list[str] = Field(default_factory=list[str])
    reason: str = ""
    source: str = ""
    actor_id: str | None = None
    review_of_event_id: str | None = None
    dedupe_key: str | None = None
    created_at: Moment = None


class Restrictions(Model):
    """What must not be done with a meeting; `effective_scopes` decides."""

    authoritative_scopes: list[str] = Field(default_factory=list[str])
    candidate_scopes: list[str] = Field(default_factory=list[str])
    # Without a default: an answer that does not say must not read as "nothing is restricted".
    effective_scopes: list[str]
    pending_candidates: list[RestrictionEvent] = Field(default_factory=list[RestrictionEvent])
    history: list[RestrictionEvent] = Field(default_factory=list[RestrictionEvent])
    recovered: bool = Field(default=False, description="Read again after its answer was lost.")


class Meetings:
    """`client.meetings`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def list(
        self,
        *,
        status: str | None = None,
        starts_from: datetime | None = None,
        starts_before: datetime | None = None,
        updated_since: datetime | None = None,
        limit: int = 20,
        offset: int = 0,
        cursor: str | None = None,
    ) -> MeetingPage:
        """The caller's meetings.

        Args:
            status: scheduled, joining, in_call, recording, transcribing, ready, failed, cancelled.
            starts_from: only those that start then or later; UTC where it names no zone.
            starts_before: only those that start earlier.
            updated_since: only those that changed then or later.
            limit: at most so many, 1 to 100.
            offset: skip so many; `cursor` is the steadier way.
            cursor: `next_cursor` of the page before.
        """
        query: dict[str, str | int | None] = {
            "status": status,
            "from": _check.iso(starts_from),
            "to": _check.iso(starts_before),
            "updated_since": _check.iso(updated_since),
            "limit": limit,
            "offset": offset or None,
            "cursor": cursor,
        }
        return (await self._http.request(LIST_MEETINGS, query=query)).model(MeetingPage)

    async def transcript(self, meeting_id: str) -> Transcript:
        """What was said. Read `restrictions` first: nothing shows that this read enforces them."""
        return (await self._http.request(GET_TRANSCRIPT, {"id": meeting_id})).model(Transcript)

    async def restrictions(self, meeting_id: str) -> Restrictions:
        """What must not be done with the meeting."""
        answer = await self._http.request(GET_RESTRICTIONS, {"id": meeting_id})
        return answer.model(Restrictions)

    async def restrict(
        self, meeting_id: str, scopes: Sequence[Scope], *, reason: str
    ) -> Restrictions:
        """Set the complete set of restrictions; an empty one lifts them all.

        The history is append-only. `reason` takes 1 to 1,000 characters.
        """
        body: dict[str, object] = {"action": "set", "scopes": list(scopes)}
        return await self._update(
            meeting_id, body, reason, lambda event: set(event.scopes) == set(scopes)
        )

    async def review(
        self,
        meeting_id: str,
        candidate_event_id: str,
        decision: Literal["confirm", "dismiss"],
        *,
        reason: str,
    ) -> Restrictions:
        """Confirm or dismiss a restriction that the transcript suggested."""
        body: dict[str, object] = {
            "action": "review_candidate",
            "candidate_event_id": candidate_event_id,
            "decision": decision,
        }
        return await self._update(
            meeting_id, body, reason, lambda event: event.review_of_event_id == candidate_event_id
        )

    async def _update(
        self,
        meeting_id: str,
        body: dict[str, object],
        reason: str,
        fits: Callable[[RestrictionEvent], bool],
    ) -> Restrictions:
        told = _check.at_most("reason", _check.filled("reason", reason), MAX_REASON)
        attempt = Attempt(self._http, UPDATE_RESTRICTIONS)

        async def send() -> Restrictions:
            answer = await self._http.request(
                UPDATE_RESTRICTIONS, {"id": meeting_id}, json=body | {"reason": told}
            )
            return answer.model(Restrictions)

        async def look() -> Restrictions | None:
            answer = await self._http.request(GET_RESTRICTIONS, {"id": meeting_id})
            state, wanted = answer.model(Restrictions), _check.trimmed(told)
            fitting = [
                event
                for event in state.history
                if _check.trimmed(event.reason) == wanted and fits(event)
            ]
            written = attempt.only_new(answer, fitting, "entry of the history", GET_RESTRICTIONS)
            return state.model_copy(update={"recovered": True}) if written else None

        return await attempt.settle(
            send,
            look,
            errors.Unsettled(
                "Harmonica's answer was lost and the history does not show the change, but it may "
                "still come: do not repeat it, check with {check}.",
                check=str(GET_RESTRICTIONS),
            ),
        )
