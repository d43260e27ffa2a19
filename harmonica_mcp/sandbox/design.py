"""Proposals for a session's design: composed anew, and never saved by themselves."""

from . import words
from .answers import Answer, not_found
from .call import Call
from .state import Session

_BRIEF = ("topic", "goal", "critical", "context")
_RECAP_WORDS = 40
_META_LENGTH = 155


def propose_prompt(call: Call) -> Answer:
    """Compose the facilitation prompt from the brief fields and a template; save nothing.

    `templateId` previews another template than the session's own (api.md §4.2).
    """
    session = call.session("editor")
    wanted = call.query.get("templateId") or session.settings.get("template_id")
    template = call.tenant.templates.get(str(wanted)) if wanted else None
    if wanted and template is None:
        raise not_found("Template not found")
    method = template.texts.get("facilitation_prompt") if template else None
    prompt = composed_prompt(session) + (f"\n\nMethod:\n\n{method}" if method else "")
    call.happened("prompt proposed")
    proposal = {
        "facilitation_prompt": prompt,
        "prompt_summary": words.snippet(prompt, _RECAP_WORDS),
        "prompt_generated_from": {name: getattr(session, name) or "" for name in _BRIEF},
        "template_id": template.id if template else None,
        "cross_pollination_default": template.cross_pollination_default if template else None,
    }
    return Answer(200, proposal)


def propose_welcome(call: Call) -> Answer:
    """Compose a welcome and a short description for link previews; save nothing."""
    session = call.session("editor")
    call.happened("welcome proposed")
    proposal = {"welcome_message": _welcome(session), "meta_description": _meta(session)}
    return Answer(200, proposal)


def _welcome(session: Session) -> str:
    parts = [
        f"## {session.topic}",
        "Welcome, and thank you for taking a few minutes.",
        f"What we want to find out together: {session.goal}",
        *([session.context] if session.context else []),
        *([f"Please bear in mind: {session.critical}"] if session.critical else []),
    ]
    return "\n\n".join(parts)


def _meta(session: Session) -> str:
    text = f"{session.topic}: {session.goal}"
    return text if len(text) <= _META_LENGTH else text[: _META_LENGTH - 1] + "…"


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
