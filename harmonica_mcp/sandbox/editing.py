"""Changing a session's design, with less care than creating one takes (observed.md §6)."""

from . import history, javascript, projects
from .answers import Answer, ServerFault, invalid
from .call import Call
from .creating import check_settings, questions_from
from .state import Session

_CLEARABLE = ("context", "critical")
_TEXTS = ("topic", "goal", *_CLEARABLE, "prompt")
_STORED = (
    "summary_prompt",
    "prompt_summary",
    "prompt_generated_from",
    "cross_pollination",
    "widgets_enabled",
    "results_visibility",
    "welcome_message",
    "meta_description",
    "intro_video_url",
    "template_id",
    "platform_guidelines_override",
    "distribution",
)
_ALLOWED = (*_TEXTS, "project_id", "questions", *_STORED)
_FLAGS = ("cross_pollination", "widgets_enabled")
_RECAP_LENGTH = 500


def update_session(call: Call) -> Answer:
    """Change the known fields of a body; unknown ones are dropped, `updated_at` stays."""
    session = call.session("editor")
    body = _body(call.raw)
    changes = {name: body[name] for name in _ALLOWED if name in body}
    if not changes:
        raise invalid(f"No valid fields provided. Allowed fields: {', '.join(_ALLOWED)}")
    texts = {name: _text(name, changes[name]) for name in _TEXTS if name in changes}
    check_settings(changes)
    settings = {name: _setting(name, changes[name]) for name in _STORED if name in changes}
    # All that can fail comes before the first change.
    questions = questions_from(changes["questions"]) if "questions" in changes else None
    if "project_id" in changes:
        _move(call, session, changes["project_id"])
    session.questions = session.questions if questions is None else questions
    for name, text in texts.items():
        setattr(session, name, text)
    settings = _recap(texts) | settings
    session.settings |= settings
    source = history.origin(changes)
    history.note(call.tenant, session, texts | settings, source, call.now())
    call.happened("session updated")
    return Answer(200, session.full())


def _move(call: Call, session: Session, wanted: object) -> None:
    """Attach to one more project, or with null detach from all."""
    target = projects.find(call, wanted, "editor") if wanted is not None else None
    if target is None:
        for project in call.tenant.projects.values():
            if session.id in project.session_ids:
                project.session_ids.remove(session.id)
    elif session.id not in target.session_ids:
        target.session_ids.append(session.id)


def _body(raw: bytes) -> dict[str, object]:
    value = javascript.parse(raw)
    if javascript.as_list(value) is not None:
        return {}
    fields = javascript.as_object(value)
    if fields is None:
        raise ServerFault
    return fields


def _text(name: str, value: object) -> str | None:
    """Take anything as text, untrimmed; null clears where the column may be empty."""
    if value is None:
        if name not in _CLEARABLE:
            raise ServerFault
        return None
    return javascript.without_nul(javascript.text_of(value))


def _setting(name: str, value: object) -> object:
    return javascript.boolean(value) if name in _FLAGS else value


def _recap(texts: dict[str, str | None]) -> dict[str, object]:
    prompt = texts.get("prompt")
    return {} if prompt is None else {"prompt_summary": prompt[:_RECAP_LENGTH]}
