"""What a new tenant finds beside its sessions: projects, templates, a group and two meetings."""

from copy import deepcopy
from datetime import datetime, timedelta

from .records import Group, Meeting, Project, Restriction, Source, Template, Topic, Utterance
from .state import Tenant

_RETRO_METHOD = (
    "Ask first what went well, then what was hard, then what to change. Stay with one example "
    "until it is clear. Close with one thing this person would do differently."
)
_CHAIN: dict[str, object] = {
    "steps": [
        {
            "id": "estimate",
            "title": "First estimates",
            "facilitation_prompt": "Ask for an estimate and the reasons behind it.",
            "context_mode": "none",
            "assignment_strategy": "explicit",
            "roles": [
                {"slug": "expert", "label": "Bench expert", "weight": "elevated"},
                {"slug": "visitor", "label": "Visitor"},
            ],
            "completion_criteria": {"type": "quorum", "count": 3},
        },
        {
            "id": "revise",
            "title": "Second thoughts",
            "facilitation_prompt": "Show the range of estimates and ask what changes.",
            "context_mode": "previous_summary",
            "assignment_strategy": "all_participants",
            "completion_criteria": {"type": "all_submitted"},
        },
    ]
}
_PLANNING = (
    ("Okan", 0, "Shall we go through the list for the autumn day?"),
    ("Priya", 4000, "Yes. The second sewing machine arrives next week."),
    ("Edda", 9000, "Then I'd move the cake table to the door, the queue passes it there."),
    ("Okan", 15_000, "Agreed. I will print the numbered cards."),
)
_MONEY = (
    ("Edda", 0, "The insurance wants to know how many visitors we had."),
    ("Lev", 5000, "One visitor was hurt at the grinder. Please keep that out of the minutes."),
    ("Edda", 11_000, "Of course. I could send the number alone."),
)


def fill(made: Tenant, now: datetime) -> None:
    """Add the rest of the community to a tenant that has its sessions already."""
    _projects(made, now)
    for template in (_single(now), _chain(made, now)):
        made.templates[template.id] = template
    group = Group("-1004200000001", "Fennmill repair café", 7, now - timedelta(days=30))
    made.groups[group.group_id] = group
    _meetings(made, now)


def _projects(made: Tenant, now: datetime) -> None:
    spring, library, hours, _ = made.sessions.values()
    begun = now - timedelta(days=50)
    cafe = Project(made.ids.uuid(), "Fennmill repair café", "All about running the café.", begun)
    cafe.session_ids = [spring.id, hours.id]
    cafe.topic = Topic(begun, fields={"title": "How Fennmill repairs"})
    days = Project(made.ids.uuid(), "Neighbourhood day", None, begun + timedelta(days=9))
    days.unconference = True
    days.session_ids = [library.id]
    made.projects |= {cafe.id: cafe, days.id: days}
    brief = Source(made.ids.uuid(), hours.id, "session", spring.topic, 0, begun, begun, spring.id)
    brief.content, brief.mode = spring.session_md or "", "verbatim"
    hours.sources.append(brief)


def _single(now: datetime) -> Template:
    at = now - timedelta(days=55)
    template = Template("retrospective", "Retrospective", at, at, None, is_public=True)
    template.texts = {
        "description": "Looks back at something that is over, and forward to the next time.",
        "icon": "history",
        "facilitation_prompt": _RETRO_METHOD,
        "default_session_name": "Looking back",
        "default_goal": "Learn what to keep and what to change.",
    }
    return template


def _chain(made: Tenant, now: datetime) -> Template:
    at = now - timedelta(days=20)
    template = Template("delphi-panel-chain", "Two-round estimate", at, at, made.user_id)
    template.texts = {"description": "Experts estimate, see the range, and estimate again."}
    template.kind = "chain"
    template.chain_config = deepcopy(_CHAIN)
    template.cross_pollination_default = True
    return template


def _meetings(made: Tenant, now: datetime) -> None:
    planning = _meeting(made, "Planning the autumn repair day", now - timedelta(days=8), _PLANNING)
    money = _meeting(made, "Insurance and money", now - timedelta(days=4), _MONEY)
    set_by_owner = Restriction(
        id=made.ids.uuid(),
        sequence=1,
        meeting_id=money.id,
        event_type="restriction_set",
        scopes=("external_export", "sharing"),
        reason="Talk about a visitor who was hurt.",
        source="owner",
        actor_id=made.user_id,
        review_of_event_id=None,
        created_at=money.ends_at,
    )
    flagged = Restriction(
        id=made.ids.uuid(),
        sequence=2,
        meeting_id=money.id,
        event_type="candidate_flagged",
        scopes=("synthesis",),
        reason="Somebody asked to keep something out of the minutes.",
        source="transcript_signal",
        actor_id=None,
        review_of_event_id=None,
        created_at=money.ends_at,
    )
    money.restrictions += [set_by_owner, flagged]
    made.meetings |= {planning.id: planning, money.id: money}


def _meeting(
    made: Tenant, title: str, starts_at: datetime, lines: tuple[tuple[str, int, str], ...]
) -> Meeting:
    meeting = Meeting(made.ids.uuid(), title, starts_at, starts_at + timedelta(minutes=30))
    meeting.transcript_id = made.ids.uuid()
    meeting.utterances = [
        Utterance(name, f"{name.lower()}@fennmill.example", start, start + 3500, text)
        for name, start, text in lines
    ]
    return meeting
