"""The names of the official servers' tools, without loading them."""

from collections.abc import Mapping
from typing import Literal

Compat = Literal["typescript"]

COMPAT: Mapping[Compat, tuple[str, ...]] = {
    "typescript": (
        *("list_sessions", "search_sessions", "get_session", "create_session", "update_session"),
        *("list_participants", "get_responses", "get_summary", "generate_summary"),
        *("get_questions", "submit_questions", "chat_message"),
        *("list_templates", "list_telegram_groups", "install_method_spec"),
        *("list_projects", "get_project", "create_project", "update_project", "delete_project"),
        *("publish_sensemaking_topic", "create_unconference_topic"),
        *("list_meetings", "get_transcript"),
        *("get_meeting_restrictions", "update_meeting_restrictions"),
    ),
}
"""Each server's tools as we list them; those of the TypeScript one's version 0.17."""

READING = frozenset(
    {
        *("list_sessions", "search_sessions", "get_session"),
        *("list_participants", "get_responses", "get_summary", "get_questions"),
        *("list_templates", "list_telegram_groups"),
        *("list_projects", "get_project"),
        *("list_meetings", "get_transcript", "get_meeting_restrictions"),
    }
)
"""Those that change nothing."""

LOCKED_OUT = frozenset({"get_responses", "get_transcript", "chat_message", "submit_questions"})
"""Those that speak, or that show what was said and nothing else."""
