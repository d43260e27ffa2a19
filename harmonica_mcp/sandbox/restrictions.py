"""What may be done with a meeting: an append-only history and the state it amounts to."""

from typing import Literal

from . import javascript
from .answers import invalid, not_found
from .call import Call
from .records import Meeting, Restriction

LONGEST_REASON = 1000
SCOPES = (
    *("synthesis", "project_attachment", "external_export"),
    *("sharing", "all_downstream_processing"),
)


def state(meeting: Meeting) -> dict[str, object]:
    """Work out the state from the history.

    Effective is what the owner has set or confirmed together with what still awaits review.
    """
    binding: set[str] = set()
    for event in meeting.restrictions:
        if event.event_type == "restriction_set":
            binding = set(event.scopes)
        elif event.event_type == "candidate_confirmed":
            binding |= set(event.scopes)
    waiting = pending(meeting)
    candidates = {scope for event in waiting for scope in event.scopes}
    return {
        "authoritative_scopes": _ordered(binding),
        "candidate_scopes": _ordered(candidates),
        "effective_scopes": _ordered(binding | candidates),
        "pending_candidates": [event.json() for event in waiting],
        "history": [event.json() for event in meeting.restrictions],
    }


def _ordered(scopes: set[str]) -> list[str]:
    return [scope for scope in SCOPES if scope in scopes]


def pending(meeting: Meeting) -> list[Restriction]:
    """Give the candidates that nobody has reviewed yet."""
    reviewed_ids = {event.review_of_event_id for event in meeting.restrictions}
    return [
        event
        for event in meeting.restrictions
        if event.event_type == "candidate_flagged" and event.id not in reviewed_ids
    ]


def owner_set(call: Call, meeting: Meeting, body: dict[str, object], reason: str) -> Restriction:
    """Record the complete set of scopes; an empty one lifts all."""
    scopes = javascript.as_list(body.get("scopes"))
    if scopes is None or any(scope not in SCOPES for scope in scopes):
        raise invalid(f"scopes must be a list out of: {', '.join(SCOPES)}")
    chosen = tuple(scope for scope in SCOPES if scope in scopes)
    return _event(call, meeting, "restriction_set", chosen, reason, None)


def reviewed(call: Call, meeting: Meeting, body: dict[str, object], reason: str) -> Restriction:
    """Record the decision on a candidate that still waits."""
    decision = body.get("decision")
    if decision not in ("confirm", "dismiss"):
        raise invalid("decision must be confirm or dismiss")
    wanted = body.get("candidate_event_id")
    candidate = next((each for each in pending(meeting) if each.id == wanted), None)
    if candidate is None:
        raise not_found("Pending candidate not found")
    kind = "candidate_confirmed" if decision == "confirm" else "candidate_dismissed"
    return _event(call, meeting, kind, candidate.scopes, reason, candidate.id)


def _event(
    call: Call,
    meeting: Meeting,
    kind: Literal["restriction_set", "candidate_confirmed", "candidate_dismissed"],
    scopes: tuple[str, ...],
    reason: str,
    review_of: str | None,
) -> Restriction:
    sequence = len(meeting.restrictions) + 1
    tenant = call.tenant
    return Restriction(
        id=tenant.ids.uuid(),
        sequence=sequence,
        meeting_id=meeting.id,
        event_type=kind,
        scopes=scopes,
        reason=reason,
        source="owner",
        actor_id=tenant.user_id,
        review_of_event_id=review_of,
        created_at=call.now(),
    )
