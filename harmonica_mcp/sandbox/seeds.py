"""What a new tenant finds: the sessions of a small community that does not exist."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import facilitator, history, results, seed_catalog, seed_words, threads
from .basics import Ids
from .design import composed_prompt
from .seed_words import Talk
from .state import BEGIN_TURN, CONTEXT_TURN, Question, Session, Tenant

_PAUSE = timedelta(seconds=45)


@dataclass(frozen=True)
class _Plan:
    """A session to be seeded: its design and who said what."""

    topic: str
    goal: str
    days_ago: int
    talks: tuple[Talk, ...]
    context: str | None = None
    critical: str | None = None
    questions: tuple[Question, ...] = ()
    cross_pollination: bool = False
    widgets_enabled: bool = False
    listed: bool = False


_OPENING_HOURS = _Plan(
    "Opening hours of the Fennmill repair café",
    "Find opening hours that visitors can reach and volunteers can keep.",
    3,
    seed_words.HOURS,
    context="The café opens on Saturdays from ten to one, in the old mill's workshop.",
    critical="There are nine volunteers, and three of them hold a key.",
    listed=True,
)
_SPRING_DAY = _Plan(
    "Looking back at the spring repair day",
    "Learn what to keep and what to change before the autumn day.",
    40,
    seed_words.SPRING_DAY,
    context="Eighty visitors came to the spring day, twice as many as the year before.",
)
_VOLUNTEERS = _Plan(
    "Welcoming new volunteers",
    "Agree how newcomers learn the benches in their first month.",
    2,
    seed_words.VOLUNTEERS,
    questions=(
        Question("0", "What should we call you?", required=True),
        Question("1", "At which address can we reach you?", kind="Email"),
        Question(
            "2", "Which bench do you like best?", "Options", options=("Sewing", "Bikes", "Wiring")
        ),
    ),
)
_TOOL_LIBRARY = _Plan(
    "A tool library for the neighbourhood",
    "Decide whether and how Fennmill lends tools to its neighbours.",
    6,
    seed_words.TOOL_LIBRARY,
    cross_pollination=True,
    widgets_enabled=True,
)


def tenant(digest: str, key_prefix: str, now: datetime) -> Tenant:
    """Make a tenant with its own copy of the community, dated back from now."""
    made = Tenant(digest, key_prefix, now - timedelta(days=60), Ids(digest))
    for plan in (_SPRING_DAY, _TOOL_LIBRARY, _OPENING_HOURS, _VOLUNTEERS):
        _session(made, plan, now)
    # Completed by hand: no operation of the API closes a session.
    completed = next(iter(made.sessions.values()))
    completed.status = "completed"
    completed.updated_at += timedelta(days=1)
    completed.summary = results.compose(completed)
    completed.session_md = results.brief(completed)
    seed_catalog.fill(made, now)
    return made


def _session(made: Tenant, plan: _Plan, now: datetime) -> Session:
    identity = made.ids.uuid() if len(made.sessions) % 2 else made.ids.short("hst_")
    at = now - timedelta(days=plan.days_ago)
    session = Session(identity, plan.topic, plan.goal, at, at, plan.critical, plan.context)
    session.prompt = composed_prompt(session)
    session.listed = plan.listed
    session.questions = list(plan.questions)
    session.settings = {
        "cross_pollination": plan.cross_pollination,
        "widgets_enabled": plan.widgets_enabled,
        "results_visibility": "host",
        "distribution": [],
    }
    made.sessions[session.id] = session
    history.note(made, session, session.full(), "create_session", at)
    for number, (name, turns) in enumerate(plan.talks):
        _talk(made, session, name, turns, at + timedelta(hours=number + 1))
    return session


def _talk(made: Tenant, session: Session, name: str, turns: Iterable[str], at: datetime) -> None:
    """Hold a conversation as the web app does: an empty context turn, then the opening."""
    thread = threads.start(made, session, f"web-{name.lower()}", name, at)
    threads.say(made, session, thread, "user", f"{CONTEXT_TURN}\n", at)
    threads.say(made, session, thread, "user", BEGIN_TURN, at)
    opening = facilitator.opening(session, thread, [])
    threads.say(made, session, thread, "assistant", opening.content, at + _PAUSE)
    for number, turn in enumerate(turns, 1):
        moment = at + number * 2 * _PAUSE
        threads.say(made, session, thread, "user", turn, moment)
        answer = facilitator.reply(session, thread, turn, moment)
        threads.say(made, session, thread, "assistant", answer.content, moment + _PAUSE)
        thread.finished = thread.finished or answer.is_final
