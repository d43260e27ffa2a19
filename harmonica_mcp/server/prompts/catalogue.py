"""Which prompts there are: their arguments, the tools they stand on, what they bring along."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

CHOSEN = frozenset({"session_id", "project_id", "template_id", "group"})
"""Arguments that name something of Harmonica's, which a person chooses by its title."""

_CHANNELS = ("e-mail", "chat message", "Telegram", "poster")


@dataclass(frozen=True, slots=True)
class Argument:
    """A text that a prompt takes."""

    name: str
    description: str
    required: bool | Literal["one"] = False
    """`one`: of all that say so at least one must be given."""
    needs: str | None = None
    """Offered only where this tool is served."""
    choices: tuple[str, ...] = ()
    """What to complete it with, where that is not asked of Harmonica."""


@dataclass(frozen=True, slots=True)
class Carried:
    """The answer of a reading tool that a prompt brings along: a round trip less."""

    tool: str
    argument: str = "session_id"
    """The prompt's argument that says of what."""
    name: str = "session_id"
    """What the tool calls it."""
    more: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt; its text is the Markdown file of the same name, and those of `parts` after it."""

    name: str
    title: str
    description: str
    arguments: tuple[Argument, ...]
    stands_on: tuple[str, ...]
    """It is offered where one of these tools is served."""
    carries: tuple[Carried, ...] = ()
    parts: tuple[str, ...] = ()


_SESSION = Argument("session_id", "Which session: id, link, or words of its topic", required=True)
_TEMPLATE = Argument("template_id", "Template to use: id or exact title", needs="list_templates")
_PROJECT = Argument("project_id", "Project it belongs to: id or exact title", needs="list_projects")
_GROUP = Argument(
    "group", "Telegram group to announce it in: id or exact name", needs="list_telegram_groups"
)
_LANGUAGE = Argument("language", "Language to write in")
_TOKENS = 2_000
"""What a text that is brought along takes of an agent's context."""

_STATUS = Carried("get_session_status")
_DETAILS = Carried("get_session")
_SUMMARY = Carried("get_summary", more={"max_tokens": _TOKENS})

PROMPTS = (
    Prompt(
        "design_session",
        "Design a session",
        "Find topic, goal and settings of a new session, one question at a time, then create it.",
        (
            Argument("intent", "What it is about or should change, as far as you know"),
            _TEMPLATE,
            _PROJECT,
            _LANGUAGE,
        ),
        ("create_session",),
        parts=("settings", "creating"),
    ),
    Prompt(
        "quick_session",
        "Set up a session quickly",
        "Get a whole session proposed in one message, then create it.",
        (
            Argument("topic", "What it is about", required=True),
            Argument("background", "What the proposal should take into account"),
            _TEMPLATE,
            _PROJECT,
            _GROUP,
        ),
        ("create_session",),
        parts=("settings", "creating"),
    ),
    Prompt(
        "check_session",
        "Check on a session",
        "See who joined, finished or stalled, what emerges, and what to do next.",
        (_SESSION,),
        ("get_session_status", "get_responses"),
        (_STATUS,),
    ),
    Prompt(
        "session_summary",
        "Read what came out of a session",
        "Get outcome, main points, agreement and disagreement; a missing summary is offered.",
        (_SESSION,),
        ("get_summary", "get_session_brief"),
        (_SUMMARY,),
    ),
    Prompt(
        "review_session",
        "Review a session's facilitation",
        "Find what the facilitator could do better, with evidence, and the change that would help.",
        (_SESSION,),
        ("get_responses",),
        (_STATUS,),
    ),
    Prompt(
        "edit_session",
        "Change a session",
        "Change single fields of a session, each shown before and after.",
        (_SESSION, Argument("change", "What should be different")),
        ("update_session",),
        (_DETAILS,),
    ),
    Prompt(
        "follow_up",
        "Follow up on a session",
        "Design the next session from what came out of this one.",
        (_SESSION, _TEMPLATE),
        ("create_session",),
        (_SUMMARY,),
        parts=("settings", "creating"),
    ),
    Prompt(
        "invite",
        "Write an invitation",
        "Get four lines that make people want to take part.",
        (
            _SESSION,
            Argument("channel", "Where it will be sent", choices=_CHANNELS),
            _LANGUAGE,
        ),
        ("get_session",),
        (_DETAILS,),
    ),
    Prompt(
        "take_part",
        "Take part in a session",
        "Talk with the facilitator in your own words, which are passed on unchanged.",
        (_SESSION, Argument("name", "The name under which you speak")),
        ("send_chat_message",),
        (Carried("get_session_questions"),),
    ),
    Prompt(
        "decisions_and_actions",
        "List decisions and actions",
        "List what a session or a project's sessions decided, who does what, and what is open.",
        (
            Argument("session_id", _SESSION.description, required="one"),
            Argument(
                "project_id",
                "Or which project: id or exact title",
                required="one",
                needs="get_project",
            ),
        ),
        ("get_summary", "extract_knowledge"),
        (_SUMMARY, Carried("get_project", "project_id", "project")),
    ),
)
"""All of them, in the order in which they are listed."""
