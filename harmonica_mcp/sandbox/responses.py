"""What participants said, and the caller's own contribution without a facilitator."""

from datetime import UTC, datetime

from . import javascript, threads
from .answers import Answer
from .basics import moment, stamp
from .call import Call
from .conversations import content_of, require_active
from .state import Thread

_FILTERS = ("mode", "since", "name", "min_messages", "limit", "sort")


def get_responses(call: Call) -> Answer:
    """Read all threads; the filters are those that only the TypeScript client knows.

    `since` looks at when people joined, not at new messages; `mode=list` leaves messages out.
    """
    session = call.session()
    threads = _sorted(call, [each for each in session.threads if _wanted(call, each)])
    wide = any(name in call.query for name in _FILTERS)
    listed = call.query.get("mode") == "list"
    return Answer(200, {"data": [_participant(each, wide=wide, listed=listed) for each in threads]})


def _wanted(call: Call, thread: Thread) -> bool:
    turns = sum(message.role == "user" for message in thread.messages)
    name = call.query.get("name", "").casefold()
    return (
        turns >= javascript.integer(call.query.get("min_messages"), 0)
        and name in (thread.name or "").casefold()
        and thread.joined_at >= _since(call)
    )


def _since(call: Call) -> datetime:
    text = call.query.get("since")
    if not text:
        return datetime.min.replace(tzinfo=UTC)
    return moment(text, "since")


def _sorted(call: Call, threads: list[Thread]) -> list[Thread]:
    newest = call.query.get("sort") == "newest"
    ordered = sorted(threads, key=lambda each: each.joined_at, reverse=newest)
    limit = javascript.integer(call.query.get("limit"), len(ordered))
    return ordered[: max(limit, 0)]


def _participant(thread: Thread, *, wide: bool, listed: bool) -> dict[str, object]:
    shown: dict[str, object] = {
        "participant_id": thread.row_id,
        "participant_name": thread.name,
        "active": not thread.finished,
    }
    if not listed:
        shown["messages"] = [message.json() for message in thread.messages]
    if wide:
        times = [stamp(message.created_at) for message in thread.messages]
        shown["message_count"] = len(times)
        shown["first_message_at"] = times[0] if times else None
        shown["last_message_at"] = times[-1] if times else None
    return shown


def submit_response(call: Call) -> Answer:
    """Add words as the key's own user; 201 comes even for words that could not be stored."""
    session = call.session("editor", "You need editor access to submit responses")
    content = content_of(javascript.as_object(javascript.parse(call.raw)) or {})
    require_active(session)
    tenant, now = call.tenant, call.now()
    thread = session.thread_of(tenant.user_id) or threads.start(
        tenant, session, tenant.user_id, tenant.name, now
    )
    stored = threads.say(tenant, session, thread, "user", content, now)
    call.happened("response stored", stored)
    identity = thread.messages[-1].id if stored else tenant.ids.uuid()
    created = {"id": identity, "session_id": session.id, "content": content}
    return Answer(201, created | {"created_at": stamp(now)})
