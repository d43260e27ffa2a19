"""Typed knowledge from a session, each piece with the messages it was drawn from."""

from collections.abc import Iterable

from . import words
from .answers import Answer, forbidden, invalid
from .call import Call
from .words import Saying, Theme

_MODEL = "sandbox-script"
_CLAIMS = 12


def extract_knowledge(call: Call) -> Answer:
    """Synthesise decisions, actions, tensions and claims; kept, but no operation reads it back."""
    session = call.session("editor")
    if not call.tenant.paid:
        raise forbidden("Session knowledge requires a Pro subscription")
    if not session.summary:
        raise invalid("Session has no summary yet — generate summary first")
    said = words.said_in(session)
    if not said:
        reason = "No participant messages"
        return Answer(200, {"status": "skipped", "knowledge": None, "reason": reason})
    made_at = int(call.now().timestamp() * 1000)
    session.knowledge = _knowledge(said) | {
        "metadata": {"generatedAt": made_at, "model": _MODEL, "version": 1}
    }
    call.happened("knowledge extracted")
    return Answer(200, {"status": "generated", "knowledge": session.knowledge})


def _knowledge(said: list[Saying]) -> dict[str, object]:
    themes = words.themes(said)
    return {
        "decisions": [_decision(each) for each in said if each.decides],
        "actions": [_action(each) for each in said if each.proposes],
        "tensions": [tension for theme in themes for tension in _tensions(theme)],
        "claims": [_claim(each) for each in said][:_CLAIMS],
        "gaps": [each.text for each in said if each.text.endswith("?")],
    }


def _decision(saying: Saying) -> dict[str, object]:
    label = words.snippet(saying.text, 6)
    return {"label": label, "summary": saying.text, "evidence": [saying.message_id]}


def _action(saying: Saying) -> dict[str, object]:
    action: dict[str, object] = {"description": saying.text, "evidence": [saying.message_id]}
    return action | ({"owner": saying.name} if saying.text.startswith(("I ", "I'")) else {})


def _tensions(theme: Theme) -> Iterable[dict[str, object]]:
    """Set an objection against what somebody else said on the same theme."""
    for doubt in theme.sayings:
        other = next((each for each in theme.sayings if each.name != doubt.name), None)
        if doubt.differs and other:
            yield {
                "summary": f"{doubt.name} and {other.name} see “{theme.word}” differently.",
                "sides": [doubt.quoted(), other.quoted()],
                "evidence": [doubt.message_id, other.message_id],
            }
            return


def _claim(saying: Saying) -> dict[str, object]:
    category = "observation"
    if saying.text.endswith("?"):
        category = "open-question"
    elif saying.decides:
        category = "decision"
    elif saying.proposes:
        category = "action"
    elif saying.differs:
        category = "tension"
    return {"category": category, "text": saying.text, "evidence": [saying.message_id]}
