"""What a tenant owns beside its sessions."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from .basics import stamp, stamp_or_none

Access = Literal["none", "viewer", "editor", "owner", "admin"]
Origin = Literal[
    "manual_edit", "brief_drift_cascade", "template_switch", "stall_review_apply", "create_session"
]
_RANKS: tuple[Access, ...] = ("none", "viewer", "editor", "owner", "admin")


def reaches(held: Access, needed: Access) -> bool:
    """Tell whether a role is at least the needed one."""
    return _RANKS.index(held) >= _RANKS.index(needed)


@dataclass(frozen=True)
class Revision:
    """One version of a design field."""

    id: str
    field: str
    value: str
    source: Origin
    created_at: datetime
    created_by: str | None

    def json(self) -> dict[str, object]:
        """Show it as the edit history does."""
        return {**vars(self), "created_at": stamp(self.created_at)}


@dataclass
class Source:
    """Background that the facilitator reads; `home` is a session's or a project's id."""

    id: str
    home: str
    kind: Literal["file", "session", "url", "mcp"]
    title: str
    position: int
    created_at: datetime
    updated_at: datetime
    ref: str | None = None
    content: str = ""
    mode: Literal["verbatim", "chunked"] | None = None
    mcp_config: dict[str, object] | None = None
    curation: dict[str, str] = field(default_factory=dict[str, str])

    def json(self, home_field: str = "session_id") -> dict[str, object]:
        """Show the row; the bearer of an MCP source comes back in clear, as at the service."""
        return {
            "id": self.id,
            "session_id": None,
            home_field: self.home,
            "source_type": self.kind,
            "title": self.title,
            "position": self.position,
            "content_mode": self.mode,
            "source_ref": self.ref,
            "mcp_config": self.mcp_config,
            "token_estimate": len(self.content) // 4 if self.mode == "verbatim" else None,
            "created_at": stamp(self.created_at),
            "updated_at": stamp(self.updated_at),
        }


@dataclass
class Topic:
    """A project's public opinion page; `fields` are its texts."""

    created_at: datetime
    enabled: bool = False
    fields: dict[str, object] = field(default_factory=dict[str, object])
    reasoning_lens: bool = False
    counts: tuple[int, int, int] = (0, 0, 0)
    computed_at: datetime | None = None

    def json(self, project_id: str) -> dict[str, object]:
        """Show it as the sensemaking operations do."""
        texts = ("slug", "theme", "title", "description", "intro", "faq")
        counted = ("group_count", "statement_count", "voter_count")
        return {
            "workspace_id": project_id,
            "enabled": self.enabled,
            **{name: self.fields.get(name) for name in texts},
            **dict(zip(counted, self.counts, strict=True)),
            "computed_at": stamp_or_none(self.computed_at),
            "gallery_status": "none",
            "reasoning_lens_enabled": self.reasoning_lens,
            "created_at": stamp(self.created_at),
        }


@dataclass
class Project:
    """A workspace that groups sessions."""

    id: str
    title: str
    description: str | None
    created_at: datetime
    status: Literal["active", "draft", "deleted"] = "active"
    access: Access = "owner"
    unconference: bool = False
    chain_template: str | None = None
    session_ids: list[str] = field(default_factory=list[str])
    sources: list[Source] = field(default_factory=list[Source])
    topic: Topic | None = None

    def json(self) -> dict[str, object]:
        """Show it as an entry of a list."""
        return {
            "id": self.id,
            "title": self.title,
            "description": self.description,
            "status": self.status,
            "is_public": bool(self.topic and self.topic.enabled),
            "created_at": stamp(self.created_at),
        }


@dataclass
class Template:
    """A method to start sessions from; `texts` are its optional text fields."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime
    created_by: str | None
    texts: dict[str, str | None] = field(default_factory=dict[str, str | None])
    kind: Literal["single", "chain"] = "single"
    chain_config: dict[str, object] | None = None
    cross_pollination_default: bool = False
    is_public: bool = False
    workspace_id: str | None = None
    archived_at: datetime | None = None
    provenance: dict[str, object] | None = None

    def json(self) -> dict[str, object]:
        """Show the whole template; lists do so too."""
        return {
            "id": self.id,
            "title": self.title,
            **{name: self.texts.get(name) for name in TEMPLATE_TEXTS},
            "template_type": self.kind,
            "chain_config": self.chain_config,
            "cross_pollination_default": self.cross_pollination_default,
            "is_public": self.is_public,
            "workspace_id": self.workspace_id,
            "created_by": self.created_by,
            "archived_at": stamp_or_none(self.archived_at),
            "source_provenance": self.provenance,
            "created_at": stamp(self.created_at),
            "updated_at": stamp(self.updated_at),
        }


TEMPLATE_TEXTS = (
    "description",
    "icon",
    "facilitation_prompt",
    "default_session_name",
    "default_goal",
    "default_critical",
    "default_context",
)


@dataclass
class Group:
    """A Telegram group that sessions can be announced in."""

    group_id: str
    group_name: object
    topic_id: int | None
    created_at: datetime

    def json(self) -> dict[str, object]:
        """Show it as the integration does."""
        return {**vars(self), "created_at": stamp(self.created_at)}


@dataclass(frozen=True)
class Restriction:
    """One event in a meeting's append-only history of restrictions."""

    id: str
    sequence: int
    meeting_id: str
    event_type: Literal[
        "restriction_set", "candidate_flagged", "candidate_confirmed", "candidate_dismissed"
    ]
    scopes: tuple[str, ...]
    reason: str
    source: Literal["owner", "policy", "transcript_signal"]
    actor_id: str | None
    review_of_event_id: str | None
    created_at: datetime

    def json(self) -> dict[str, object]:
        """Show it as the restriction state does; its sequence is a string."""
        return {
            **vars(self),
            "sequence": str(self.sequence),
            "scopes": list(self.scopes),
            "dedupe_key": None,
            "created_at": stamp(self.created_at),
        }


@dataclass(frozen=True)
class Utterance:
    """What one person said in a meeting, with the milliseconds from its start."""

    name: str
    email: str | None
    start_ms: int
    end_ms: int
    text: str


@dataclass
class Meeting:
    """A calendar meeting; its transcript is ready unless `utterances` is None."""

    id: str
    title: str
    starts_at: datetime
    ends_at: datetime
    status: str = "ready"
    transcript_id: str = ""
    utterances: list[Utterance] | None = None
    restrictions: list[Restriction] = field(default_factory=list[Restriction])
