"""Summaries and briefs, composed from what was really said."""

from collections.abc import Iterable

from . import words
from .answers import Answer, not_found
from .basics import stamp
from .call import Call
from .state import Session
from .words import Saying, Theme


def get_summary(call: Call) -> Answer:
    """Read the summary; null until one was made."""
    return Answer(200, _shape(call.session()))


def write_summary(call: Call) -> Answer:
    """Write the summary anew, and SESSION.md with it; this is what moves `updated_at`."""
    session = call.session("editor")
    session.updated_at = call.now()
    session.summary = compose(session)
    session.session_md = brief(session)
    call.happened("summary written")
    return Answer(200, _shape(session))


def get_brief(call: Call) -> Answer:
    """Read SESSION.md as raw Markdown; 404 until a summary has been made."""
    session = call.session()
    if session.session_md is None:
        raise not_found("SESSION.md not yet generated")
    headers = {"content-disposition": 'inline; filename="SESSION.md"'}
    return Answer(200, session.session_md, "text/markdown; charset=utf-8", headers)


def _shape(session: Session) -> dict[str, object]:
    when = stamp(session.updated_at) if session.summary else None
    return {"session_id": session.id, "summary": session.summary, "generated_at": when}


def compose(session: Session) -> str:
    """Write a summary in Markdown, with quotations only and nothing added to them."""
    said = words.said_in(session)
    found = words.themes(said)
    shared = [theme for theme in found if len(theme.names) > 1]
    instruction = session.settings.get("summary_prompt")
    return "\n\n".join(
        [
            *([f"_Written to the host's instruction: {instruction}_"] if instruction else []),
            _overview(session, said),
            f"### Themes\n\n{_themes(found)}",
            f"### Common ground\n\n{_shared(shared)}",
            f"### Differences and doubts\n\n{_quotes(each for each in said if each.differs)}",
            f"### Next steps people named\n\n{_quotes(each for each in said if each.proposes)}",
        ]
    )


def _overview(session: Session, said: list[Saying]) -> str:
    names = list(dict.fromkeys(saying.name for saying in said))
    if not names:
        return f"Nobody has spoken in “{session.topic}” yet."
    people = "person" if len(names) == 1 else "people"
    return f"{len(names)} {people} spoke in “{session.topic}”: {_listed(names)}."


def _themes(found: list[Theme]) -> str:
    parts = [f"**{theme.word.capitalize()}**\n\n{_quotes(theme.sayings)}" for theme in found]
    return "\n\n".join(parts) or "No theme has come up more than once."


def _shared(found: list[Theme]) -> str:
    lines = [f"- {_listed(list(each.names))} came back to “{each.word}”." for each in found]
    return "\n".join(lines) or "Nothing was brought up by more than one person."


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _quotes(said: Iterable[Saying], limit: int = 4) -> str:
    lines = [f"- {saying.quoted()}" for saying in said]
    return "\n".join(lines[:limit]) or "Nothing was said about this."


def brief(session: Session) -> str:
    """Lay out SESSION.md: a template without a model, in the order of api.md §2."""
    questions = [f"{number}. {each.text}" for number, each in enumerate(session.questions, 1)]
    optional = {
        "Context": session.context,
        "Critical Points": session.critical,
        "Questions": "\n".join(questions),
        "Summary": session.summary,
    }
    overview = "\n".join(
        [
            f"- **Goal:** {session.goal}",
            f"- **Status:** {session.status}",
            f"- **Participants:** {session.participant_count()}",
            f"- **Created:** {stamp(session.created_at)}",
            f"- **Last updated:** {stamp(session.updated_at)}",
        ]
    )
    sections = [f"## {title}\n\n{text}" for title, text in optional.items() if text]
    return "\n\n".join([f"# {session.topic}", f"## Overview\n\n{overview}", *sections]) + "\n"
