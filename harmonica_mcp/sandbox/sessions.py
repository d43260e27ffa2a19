"""Account and sessions: who the key is, and finding and reading sessions."""

from . import javascript
from .answers import Answer, ServerFault
from .basics import stamp, stamp_or_none
from .call import Call
from .state import Session


def get_me(call: Call) -> Answer:
    """Tell who the key belongs to."""
    tenant = call.tenant
    key = {
        "name": "sandbox key",
        "key_prefix": tenant.key_prefix,
        "created_at": stamp(tenant.created_at),
        "last_used_at": stamp_or_none(tenant.last_used_at),
    }
    me = {"id": tenant.user_id, "email": tenant.email, "name": tenant.name}
    return Answer(200, me | {"subscription_status": tenant.plan, "api_key": key})


def list_sessions(call: Call) -> Answer:
    """List sessions by `updated_at`, newest first, which is not an order of activity."""
    limit, offset = call.page()
    found = sorted(
        (each for each in call.tenant.sessions.values() if _wanted(call, each)),
        key=lambda each: each.updated_at,
        reverse=True,
    )
    shown = [session.item() for session in found[offset : offset + limit]]
    page = {"total": len(found), "limit": limit, "offset": offset}
    return Answer(200, {"data": shown, "pagination": page})


def _wanted(call: Call, session: Session) -> bool:
    status = call.query.get("status")
    fits = status not in ("active", "completed") or session.status == status
    return fits and searched(call, session) and _distributed(call, session)


def searched(call: Call, session: Session) -> bool:
    """Compare `q` with topic and goal; an empty one filters nothing."""
    query = call.query.get("q")
    texts = (session.topic, session.goal)
    return not query or any(javascript.matches(query, text) for text in texts)


def _distributed(call: Call, session: Session) -> bool:
    wanted = {
        name: call.query[f"distribution_{name}"]
        for name in ("channel", "group_id")
        if call.query.get(f"distribution_{name}")
    }
    if any('"' in value for value in wanted.values()):
        raise ServerFault
    targets = javascript.as_list(session.settings.get("distribution")) or []
    return not wanted or any(
        wanted.items() <= (javascript.as_object(target) or {}).items() for target in targets
    )


def get_session(call: Call) -> Answer:
    """Read a whole session; write-only settings, questions and the link are not part of it."""
    return Answer(200, call.session().full())


def get_questions(call: Call) -> Answer:
    """Read the pre-session questions: id, text and position only."""
    questions = [
        {"id": each.id, "text": each.text, "position": position}
        for position, each in enumerate(call.session().questions)
    ]
    return Answer(200, {"data": questions})
