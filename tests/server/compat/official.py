"""The official TypeScript server's tools of version 0.17, and what skills call them with."""

from collections.abc import Callable

from tests.server import examples
from tests.server.wire import Json, Stage

ARGUMENTS: dict[str, tuple[str, str]] = {
    "list_sessions": ("", "status query limit"),
    "get_session": ("session_id", ""),
    "list_meetings": ("", "status from to updated_since limit offset cursor"),
    "get_transcript": ("meeting_id", ""),
    "get_meeting_restrictions": ("meeting_id", ""),
    "update_meeting_restrictions": (
        "meeting_id reason",
        "action scopes candidate_event_id decision",
    ),
    "list_participants": ("session_id", "since name min_messages sort"),
    "get_responses": ("session_id", "since name min_messages limit sort"),
    "get_summary": ("session_id", ""),
    "generate_summary": ("session_id", ""),
    "search_sessions": ("query", "status"),
    "get_questions": ("session_id", ""),
    "create_session": (
        "topic goal",
        (
            "context critical prompt template_id cross_pollination widgets_enabled "
            "results_visibility project_id distribution questions roster"
        ),
    ),
    "update_session": (
        "session_id",
        (
            "topic goal context critical prompt summary_prompt prompt_summary "
            "prompt_generated_from cross_pollination widgets_enabled results_visibility "
            "project_id welcome_message meta_description intro_video_url template_id "
            "platform_guidelines_override questions distribution"
        ),
    ),
    "list_telegram_groups": ("", ""),
    "list_templates": ("", ""),
    "chat_message": ("session_id content participant_id participant_name", ""),
    "submit_questions": ("session_id participant_id participant_name answers", ""),
    "install_method_spec": (
        "method_md",
        "dry_run template_id update_if_exists is_public registry force",
    ),
    "create_project": ("title", "description"),
    "list_projects": ("", "limit offset"),
    "get_project": ("project_id", ""),
    "update_project": ("project_id", "title description"),
    "delete_project": ("project_id", ""),
    "create_unconference_topic": ("project_id title", "body"),
    "publish_sensemaking_topic": (
        "project_id",
        (
            "slug title description intro faq theme enabled reasoning_lens_enabled "
            "knowledge_statements_enabled"
        ),
    ),
}
"""What each tool must be given, and what it can be given besides."""

MORE: dict[str, str] = {
    **dict.fromkeys(
        ("list_sessions", "search_sessions", "get_session", "list_participants", "get_responses"),
        "cursor",
    ),
    "get_summary": "max_tokens cursor",
    "generate_summary": "only_if_stale",
    "get_project": "cursor",
    "list_templates": "query cursor",
    "list_telegram_groups": "cursor",
    "get_transcript": "emails max_tokens cursor",
    **dict.fromkeys(
        ("create_session", "update_session", "install_method_spec", "delete_project"), "confirm"
    ),
}
"""What ours can be given that the official ones cannot."""

CAFE, DAY, OWN = "Fennmill repair café", "Neighbourhood day", "Two-round estimate"
GROUP = "-1004200000001"

SPEC = examples.SPEC.replace("single", "chain")


def project(stage: Stage, title: str = CAFE) -> str:
    """The id of a project."""
    return next(each.id for each in stage.tenant.projects.values() if each.title == title)


def meeting(stage: Stage, title: str = "Insurance") -> str:
    """The id of a meeting."""
    return next(each.id for each in stage.tenant.meetings.values() if title in each.title)


def _session(stage: Stage) -> Json:
    return {"session_id": stage.whole.id}


def _speaker(stage: Stage) -> Json:
    return {"participant_id": "agent-1", "participant_name": "Ada", **_session(stage)}


def _created(_: Stage) -> Json:
    """All that the companion skill gathers before it creates a session."""
    return {
        "topic": "Lamps in the workshop",
        "goal": "Decide where new lamps go.",
        "context": "The sewing bench is dark.",
        "critical": "Should the drill move?",
        "prompt": "Ask one question per message.",
        "cross_pollination": True,
        "widgets_enabled": False,
        "results_visibility": "participants",
        "distribution": [{"channel": "telegram", "group_id": GROUP}],
        "questions": [
            {"text": "Name", "required": True},
            {"text": "Email", "type": "Email"},
            {"text": "Bench", "type": "Options", "options": ["Sewing", "Bikes"]},
        ],
        "confirm": CAFE,
    }


EXAMPLES: dict[str, Callable[[Stage], Json]] = {
    "list_sessions": lambda _: {"status": "active", "query": "Fennmill", "limit": 10},
    "get_session": _session,
    "list_meetings": lambda _: {
        "status": "ready",
        "from": "2020-01-01T00:00:00Z",
        "to": "2100-01-01T00:00:00Z",
        "updated_since": "2020-01-01T00:00:00+01:00",
        "limit": 50,
        "offset": 0,
    },
    "get_transcript": lambda stage: {"meeting_id": meeting(stage)},
    "get_meeting_restrictions": lambda stage: {"meeting_id": meeting(stage)},
    "update_meeting_restrictions": lambda stage: {
        "meeting_id": meeting(stage),
        "action": "set",
        "scopes": ["sharing"],
        "reason": "A visitor asked.",
    },
    "list_participants": lambda stage: {"min_messages": 1, "sort": "newest", **_session(stage)},
    "get_responses": lambda stage: {"min_messages": 1, **_session(stage)},
    "get_summary": _session,
    "generate_summary": _session,
    "search_sessions": lambda _: {"query": "Fennmill", "status": "active"},
    "get_questions": _session,
    "create_session": _created,
    "update_session": lambda stage: {"goal": "Decide by June.", **_session(stage)},
    "list_telegram_groups": lambda _: {},
    "list_templates": lambda _: {},
    "chat_message": lambda stage: {"content": "More light would help.", **_speaker(stage)},
    "submit_questions": lambda stage: {
        "answers": [{"question_id": "0", "answer": "Ada"}],
        **_speaker(stage),
    },
    "install_method_spec": lambda _: {"method_md": SPEC},
    "create_project": lambda _: {"title": "Autumn day", "description": "All of it."},
    "list_projects": lambda _: {"limit": 100},
    "get_project": lambda stage: {"project_id": project(stage)},
    "update_project": lambda stage: {"project_id": project(stage), "title": "Café"},
    "delete_project": lambda stage: {"project_id": project(stage, DAY), "confirm": DAY},
    "create_unconference_topic": lambda stage: {
        "project_id": project(stage, DAY),
        "title": "Who keeps the keys?",
        "body": "Three of nine do.",
    },
    "publish_sensemaking_topic": lambda stage: {
        "project_id": project(stage),
        "slug": "fennmill",
        "enabled": True,
    },
}
"""Arguments with which each does its work, as skills give them."""
