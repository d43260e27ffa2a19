"""Account and sessions: who the key is, and making, finding and reading sessions."""

from . import javascript
from .answers import Answer, ServerFault, invalid
from .call import Call
from .state import Question, Session, stamp

VISIBILITIES = ("public", "participants", "host")
_DEFAULTS: dict[str, object] = {"results_visibility": "host", "distribution": []}
_STORED_AS_SENT = ("template_id", "roster")


def get_me(call: Call) -> Answer:
    """Tell who the key belongs to."""
    tenant = call.tenant
    used = tenant.last_used_at
    key = {
        "name": "sandbox key",
        "key_prefix": tenant.key_prefix,
        "created_at": stamp(tenant.created_at),
        "last_used_at": stamp(used) if used else None,
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


def create_session(call: Call) -> Answer:
    """Create a session and open it at once; a repeat makes a second one."""
    body = call.body()
    texts = {name: _required(body, name) for name in ("topic", "goal")}
    optional = [_optional(body, name) for name in ("context", "critical", "prompt")]
    questions = questions_from(body.get("questions") or [])
    settings = _settings(body)
    now = call.now()
    ids = call.tenant.ids
    identity = ids.uuid() if len(call.tenant.sessions) % 2 else ids.short("hst_")
    session = Session(identity, texts["topic"], texts["goal"], now, now)
    session.context, session.critical, session.prompt = optional
    session.questions = questions
    session.settings = settings
    session.prompt = session.prompt or composed_prompt(session)
    call.tenant.sessions[session.id] = session
    call.happened("session created")
    return Answer(201, session.item() | {"join_url": call.world.join_url(session)})


def _required(body: dict[str, object], name: str) -> str:
    text = _optional(body, name)
    if text is None:
        raise invalid(f"{name} is required")
    return text


def _optional(body: dict[str, object], name: str) -> str | None:
    value = body.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ServerFault
    return javascript.without_nul(javascript.trim(value)) or None


def _settings(body: dict[str, object]) -> dict[str, object]:
    flags: dict[str, object] = {
        name: javascript.boolean(body.get(name))
        for name in ("cross_pollination", "widgets_enabled")
    }
    as_sent = {name: body[name] for name in (*_DEFAULTS, *_STORED_AS_SENT) if body.get(name)}
    check_settings(as_sent)
    return _DEFAULTS | flags | as_sent


def check_settings(fields: dict[str, object]) -> None:
    """Refuse a visibility that does not exist and a channel that nothing delivers to."""
    if fields.get("results_visibility", "host") not in VISIBILITIES:
        raise invalid(f"results_visibility must be one of: {', '.join(VISIBILITIES)}")
    for target in javascript.as_list(fields.get("distribution")) or []:
        if (javascript.as_object(target) or {}).get("channel") != "telegram":
            raise invalid("Unsupported distribution channel. Allowed: telegram")


def questions_from(value: object) -> list[Question]:
    """Read a list of questions; ids are positions, and a question without text stays empty."""
    items = javascript.as_list(value)
    if items is None or None in items:
        raise ServerFault
    return [_question(str(position), item) for position, item in enumerate(items)]


def _question(identity: str, item: object) -> Question:
    fields = javascript.as_object(item) or {}
    options = javascript.as_list(fields.get("options")) or []
    return Question(
        identity,
        fields.get("text", ""),
        javascript.shown(fields.get("type", "Short field")),
        fields.get("required") is True,
        tuple(map(javascript.shown, options)),
    )


def composed_prompt(session: Session) -> str:
    """Write a facilitation prompt from the design fields, where the host gave none."""
    parts = [
        f"You facilitate a private conversation about {session.topic}.",
        f"The host's goal: {session.goal}",
        *([f"Background: {session.context}"] if session.context else []),
        *([f"Keep in mind: {session.critical}"] if session.critical else []),
        "Ask one open question at a time, take up what is said, and close with a short recap.",
    ]
    return "\n\n".join(parts)
