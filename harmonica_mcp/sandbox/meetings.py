"""The caller's own calendar meetings: finding them and reading what was said (api.md §4.10)."""

from . import restrictions
from .answers import Answer, forbidden, invalid, not_found
from .basics import moment, stamp
from .call import Call
from .records import Meeting

_CURSOR = "after-"


def list_meetings(call: Call) -> Answer:
    """List meetings, newest first; `next_cursor` leads on and is null at the end."""
    limit, offset = call.page()
    if cursor := call.query.get("cursor"):
        offset = _position(cursor)
    found = [each for each in call.tenant.meetings.values() if _wanted(call, each)]
    found.sort(key=lambda each: each.starts_at, reverse=True)
    end = offset + limit
    page = {
        "total": len(found),
        "limit": limit,
        "offset": offset,
        "next_cursor": f"{_CURSOR}{end}" if end < len(found) else None,
    }
    return Answer(200, {"data": [_item(each) for each in found[offset:end]], "pagination": page})


def _position(cursor: str) -> int:
    number = cursor.removeprefix(_CURSOR)
    if not cursor.startswith(_CURSOR) or not number.isdecimal():
        raise invalid("Invalid cursor")
    return int(number)


def _wanted(call: Call, meeting: Meeting) -> bool:
    query = call.query
    return (
        query.get("status") in (None, "", meeting.status)
        and not (query.get("from") and meeting.starts_at < moment(query["from"], "from"))
        and not (query.get("to") and meeting.starts_at >= moment(query["to"], "to"))
        and not (
            query.get("updated_since")
            and meeting.ends_at < moment(query["updated_since"], "updated_since")
        )
    )


def _item(meeting: Meeting) -> dict[str, object]:
    said = meeting.utterances
    duration = int((meeting.ends_at - meeting.starts_at).total_seconds() * 1000)
    return {
        "id": meeting.id,
        "title": meeting.title,
        "meeting_url": "https://meet.sandbox.example/fennmill",
        "meeting_provider": "google_meet",
        "starts_at": stamp(meeting.starts_at),
        "ends_at": stamp(meeting.ends_at),
        "timezone": "Europe/Berlin",
        "status": meeting.status,
        "error_code": None,
        "error_message": None,
        "created_at": stamp(meeting.starts_at),
        "updated_at": stamp(meeting.ends_at),
        "transcript_status": None if said is None else "ready",
        "transcript_language": None if said is None else "en",
        "has_transcript": said is not None,
        "empty_transcript": said == [],
        "utterance_count": len(said or []),
        "speaker_count": len({each.name for each in said or []}),
        "actual_duration_ms": None if said is None else duration,
    }


def find(call: Call) -> Meeting:
    """Find the meeting of the path; unknown and foreign ones are 403."""
    meeting = call.tenant.meetings.get(call.path["id"])
    if meeting is None:
        raise forbidden()
    return meeting


def get_transcript(call: Call) -> Answer:
    """Read what was said, with e-mail addresses; restrictions are not enforced here."""
    meeting = find(call)
    if meeting.utterances is None:
        raise not_found("Transcript not available")
    utterances = [
        {
            "sequence": number,
            "speaker_id": f"speaker-{each.name.lower()}",
            "speaker_name": each.name,
            "speaker_email": each.email,
            "start_ms": each.start_ms,
            "end_ms": each.end_ms,
            "text": each.text,
            "language": "en",
        }
        for number, each in enumerate(meeting.utterances)
    ]
    about = {
        "id": meeting.transcript_id,
        "meeting_id": meeting.id,
        "provider": "sandbox",
        "model": "script",
        "language": "en",
        "status": "ready",
        "error_code": None,
        "error_message": None,
        "completed_at": stamp(meeting.ends_at),
    }
    return Answer(200, about | {"utterances": utterances})


def get_restrictions(call: Call) -> Answer:
    """Read what may be done with a meeting."""
    return Answer(200, restrictions.state(find(call)))


def update_restrictions(call: Call) -> Answer:
    """Set the complete scopes or review a candidate; the history only grows."""
    meeting, body = find(call), call.body()
    reason = body.get("reason")
    if not isinstance(reason, str) or not 1 <= len(reason) <= restrictions.LONGEST_REASON:
        raise invalid("reason must be 1 to 1000 characters")
    action = body.get("action")
    if action == "set":
        event = restrictions.owner_set(call, meeting, body, reason)
    elif action == "review_candidate":
        event = restrictions.reviewed(call, meeting, body, reason)
    else:
        raise invalid("action must be set or review_candidate")
    meeting.restrictions.append(event)
    call.happened("restriction recorded")
    return Answer(201, restrictions.state(meeting))
