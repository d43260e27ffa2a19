"""Creating sessions, typed questions, projects and chains included."""

from . import chains, design, history, javascript, projects
from .answers import Answer, ServerFault, invalid
from .call import Call
from .state import Question, Session

VISIBILITIES = ("public", "participants", "host")
_DEFAULTS: dict[str, object] = {"results_visibility": "host", "distribution": []}
_STORED_AS_SENT = ("template_id", "roster")


def create_session(call: Call) -> Answer:
    """Create a session and open it at once; a repeat makes a second one."""
    body = call.body()
    texts = {name: _required(body, name) for name in ("topic", "goal")}
    optional = [_optional(body, name) for name in ("context", "critical", "prompt")]
    questions = questions_from(body.get("questions") or [])
    settings = _settings(body)
    wanted = body.get("project_id")
    project = projects.find(call, wanted, "editor") if wanted is not None else None
    now = call.now()
    ids = call.tenant.ids
    identity = ids.uuid() if len(call.tenant.sessions) % 2 else ids.short("hst_")
    session = Session(identity, texts["topic"], texts["goal"], now, now)
    session.context, session.critical, session.prompt = optional
    session.questions = questions
    session.settings = settings
    session.prompt = session.prompt or design.composed_prompt(session)
    call.tenant.sessions[session.id] = session
    if project:
        project.session_ids.append(session.id)
    history.note(call.tenant, session, session.full(), "create_session", now)
    call.happened("session created")
    made = session.item() | {"join_url": call.world.join_url(session)}
    return Answer(201, made | chains.outcome(call, session, body))


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
