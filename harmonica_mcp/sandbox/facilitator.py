"""A scripted facilitator: asks, listens, offers a choice now and then, and finishes."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import words
from .state import Session, Thread

APOLOGY = (
    "I apologize, but I encountered an error processing your request. "
    "Error: 503 the language model is overloaded"
)
_JUDGED_FROM = 6
_TURNS_ASKED = 4
_WIDGET_EVERY = 4
_INSIGHT_PAUSE = timedelta(minutes=2)
_DONE = re.compile(
    r"\b(that'?s all|that is all|nothing (more|else)|i'?m done|all i have|no more to say)\b",
    re.IGNORECASE,
)
_FOLLOW_UPS = (
    "What makes this matter to you? An example from your own experience would help.",
    "What stands in the way of it today?",
    "If the group could try one small thing about it first, what should that be?",
    "Who else should have a say in this, and what might they see differently?",
)


@dataclass(frozen=True)
class Reply:
    """What the facilitator says, whether that ends the conversation, and a widget beside it."""

    content: str
    is_final: bool = False
    widget: dict[str, object] | None = None


def opening(session: Session, thread: Thread, answers: list[str]) -> Reply:
    """Greet a participant who has just joined, and ask the first question."""
    shared = f" Thank you for telling me: “{words.snippet(answers[0])}”." if answers else ""
    return Reply(
        f"Hello {thread.name}, good to have you here.{shared} Our topic is “{session.topic}”, "
        f"and the goal is this:\n\n> {session.goal}\n\nWhat is the first thing on your mind?"
    )


def reply(session: Session, thread: Thread, content: str, now: datetime) -> Reply:
    """Answer a participant's turn that is already stored in the thread.

    Ending is judged only once the thread holds six messages (observed.md §6, chat).
    """
    turns = len(thread.spoken())
    if len(thread.messages) >= _JUDGED_FROM and (turns >= _TURNS_ASKED or _DONE.search(content)):
        return Reply(_closing(thread), is_final=True)
    if insight := _insight(session, thread, now):
        return Reply(insight)
    heard = f"I hear you: “{words.snippet(content)}”."
    if session.settings.get("widgets_enabled") and turns % _WIDGET_EVERY == _WIDGET_EVERY // 2:
        return Reply(f"{heard} A quick choice, so that I weigh it right.", widget=_widget(thread))
    return Reply(f"{heard} {_FOLLOW_UPS[max(turns - 1, 0) % len(_FOLLOW_UPS)]}")


def _closing(thread: Thread) -> str:
    points = "\n".join(f"- {words.snippet(each.content, 24)}" for each in thread.spoken())
    return (
        f"Thank you, {thread.name}. This is what I take with me from our conversation:\n\n"
        f"{points}\n\nIt goes into the group's summary. You can still add to it here."
    )


def _insight(session: Session, thread: Thread, now: datetime) -> str | None:
    """Bring in the group, at most every two minutes and two turns of a thread."""
    if not session.settings.get("cross_pollination"):
        return None
    since = thread.insight_at or thread.joined_at
    fresh = [each for each in thread.spoken() if each.created_at > since]
    if now - since < _INSIGHT_PAUSE or len(fresh) < 2 or not (found := _mapped(session, thread)):
        return None
    thread.insight_at = now
    return (
        f"💡 Cross-pollination insight: others in this session keep coming back to "
        f"“{found[0].word}”. How does that fit with what you told me?"
    )


def _mapped(session: Session, thread: Thread) -> list[words.Theme]:
    """Give the first theme of the others, as far as the scratchpad has it."""
    mapped = set(session.scratchpad.processed)
    others = [each for each in session.threads if each is not thread]
    return words.themes((each for each in words.sayings(others) if each.message_id in mapped), 1)


def _widget(thread: Thread) -> dict[str, object]:
    """Offer a choice among the participant's own points, or a scale while there is only one."""
    points = list(dict.fromkeys(words.snippet(each.content, 8) for each in thread.spoken()))
    props: dict[str, object]
    if len(points) > 1:
        kind = "SingleSelect"
        props = {"label": "Which matters most to you?", "options": [*points, "Something else"]}
    else:
        kind = "RatingScale"
        props = {"label": "How pressing is this for you?", "min": 1, "max": 5}
        props |= {"minLabel": "Can wait", "maxLabel": "Very pressing"}
    return {"root": {"type": kind, "props": props, "children": []}}
