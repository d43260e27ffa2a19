"""Which tools are served: toolsets and tools by name. Knows the catalogue without loading it."""

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from harmonica_mcp.server.compat import names as official
from harmonica_mcp.server.compat.names import COMPAT, Compat

TOOLSETS: Mapping[str, tuple[str, ...]] = {
    "account": ("get_current_user",),
    "sessions": (
        "list_sessions",
        "get_session",
        "create_session",
        "update_session",
        "get_session_status",
        "wait_for_participants",
    ),
    "results": ("get_summary", "generate_summary", "get_session_brief", "get_responses"),
    "participation": (
        "get_session_questions",
        "submit_pre_session_answers",
        "send_chat_message",
        "submit_response",
        "seed_scratchpad",
    ),
    "helpers": ("list_templates", "list_telegram_groups"),
    "discovery": ("list_public_sessions",),
    "design": (
        "draft_facilitation_prompt",
        "apply_template_prompt",
        "draft_welcome_message",
        "get_edit_history",
    ),
    "knowledge": ("extract_knowledge", "preview_grounding", "ground_responses"),
    "context": (
        "list_context_sources",
        "add_context_source",
        "update_context_source",
        "remove_context_source",
        "refresh_context_source",
    ),
    "projects": (
        "list_projects",
        "get_project",
        "create_project",
        "update_project",
        "delete_project",
    ),
    "publishing": (
        "get_sensemaking_topic",
        "publish_sensemaking_topic",
        "create_unconference_topic",
    ),
    "templates": (
        "get_template",
        "create_template",
        "update_template",
        "delete_template",
        "install_method_spec",
    ),
    "telegram": ("register_telegram_group", "unregister_telegram_group"),
    "meetings": (
        "list_meetings",
        "get_transcript",
        "get_meeting_restrictions",
        "update_meeting_restrictions",
    ),
}
"""Every toolset with its tools, in the order in which they are listed."""

LOCKED_OUT = frozenset(
    {
        "get_responses",
        "get_session_brief",
        "get_transcript",
        "send_chat_message",
        "submit_pre_session_answers",
        "submit_response",
    }
)
"""Tools that speak, or that show what was said and nothing else: not served in lockdown."""

Confirm = Literal["ask", "host"]
Privacy = Literal["off", "names", "strict"]

MAX_CALL_SECONDS = 45.0
"""Hosts give a call up after 60 seconds, whether or not they asked for progress."""

READING = frozenset(
    {
        "get_current_user",
        *("list_sessions", "get_session", "get_session_status", "wait_for_participants"),
        *("get_summary", "get_session_brief", "get_responses"),
        "get_session_questions",
        *("list_templates", "list_telegram_groups"),
        "list_public_sessions",
        "get_edit_history",
        "preview_grounding",
        "list_context_sources",
        *("list_projects", "get_project"),
        "get_sensemaking_topic",
        "get_template",
        *("list_meetings", "get_transcript", "get_meeting_restrictions"),
    }
)
"""The tools that change nothing."""

DEFAULT = ("account", "sessions", "results", "participation", "helpers")
_TOOLS = tuple(name for names in TOOLSETS.values() for name in names)


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator chose.

    Args:
        toolsets: names, `default` or `all`; when empty, `default`, or nothing where `tools` names
            single tools.
        read_only: leave only tools that change nothing; wins over everything else.
        tools: single tools besides the toolsets.
        exclude_tools: tools to leave out.
        lockdown: show nothing that a single person said; wins over everything else, too.
        files_dirs: the directories below which local files may be read, over stdio only.
        max_call_seconds: after so long a call is answered, whatever it waits for.
        confirm: what stands for the user's word where the host cannot ask: nothing, or its own
            approval of calls.
        dry_run: show what would be sent instead of sending it.
        privacy: show participants under pseudonyms, or besides nothing of single ones.
        compat: the official server whose tools are served instead of toolsets and single tools.
        apps: offer the page that shows results.
        secrets: what replicas share to read each other's seals, newest first; none for one process.
    """

    toolsets: tuple[str, ...] = ()
    read_only: bool = False
    tools: tuple[str, ...] = ()
    exclude_tools: tuple[str, ...] = ()
    lockdown: bool = False
    files_dirs: tuple[Path, ...] = ()
    max_call_seconds: float = MAX_CALL_SECONDS
    confirm: Confirm = "ask"
    dry_run: bool = False
    privacy: Privacy = "off"
    apps: bool = True
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    compat: Compat | None = None

    def names(self) -> list[str]:
        """The tools to serve, in the catalogue's order."""
        if self.compat:
            return self._left(COMPAT[self.compat], official.LOCKED_OUT, official.READING)
        return self._left(self._chosen(), LOCKED_OUT, READING)

    def _chosen(self) -> list[str]:
        chosen = set(self.tools)
        for name in self.toolsets or (() if self.tools else ("default",)):
            sets = {"default": DEFAULT, "all": tuple(TOOLSETS)}.get(name, (name,))
            chosen.update(tool for member in sets for tool in TOOLSETS[member])
        return [name for name in _TOOLS if name in chosen]

    def _left(
        self, names: Iterable[str], locked_out: Collection[str], reading: Collection[str]
    ) -> list[str]:
        without = {*self.exclude_tools, *(locked_out if self.lockdown else ())}
        return [
            name
            for name in names
            if name not in without and (name in reading or not self.read_only)
        ]


def valid_toolsets(names: Iterable[str]) -> tuple[str, ...]:
    """The names themselves, when each is a toolset, `default` or `all`.

    Raises:
        ValueError: One is not; the text lists those that are.
    """
    return _valid(names, ("default", "all", *TOOLSETS), "toolset")


def valid_tools(names: Iterable[str], compat: Compat | None = None) -> tuple[str, ...]:
    """The names themselves, when each is a tool, of an official server where one is named.

    Raises:
        ValueError: One is not; the text lists those that are.
    """
    return _valid(names, COMPAT[compat] if compat else _TOOLS, "tool")


def _valid(names: Iterable[str], known: tuple[str, ...], noun: str) -> tuple[str, ...]:
    names = tuple(names)
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise ValueError(f"there is no such {noun}; {hint}the names are {', '.join(known)}")
    return names
