"""Sessions with their conversations, and the tenant they belong to: in memory only."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from .basics import Ids, stamp
from .records import Access, Group, Meeting, Project, Revision, Source, Template, reaches

Role = Literal["user", "assistant"]

CONTEXT_TURN = "User shared the following context:"
BEGIN_TURN = "Let's begin."
PAID_PLANS = frozenset({"PRO", "LTD", "ENTERPRISE"})


@dataclass
class Message:
    """One turn of a conversation."""

    id: str
    role: Role
    content: str
    created_at: datetime

    def spoken(self) -> bool:
        """Tell a participant's own words from the turns that the service makes up for them."""
        if self.role != "user" or self.content == BEGIN_TURN:
            return False
        return not self.content.startswith(CONTEXT_TURN)

    def json(self) -> dict[str, object]:
        """Show it as the responses operation does."""
        return {
            "id": self.id,
            "role": self.role,
            "content": self.content,
            "created_at": stamp(self.created_at),
        }


@dataclass
class Thread:
    """One participant's private conversation; `row_id` is what responses call participant_id."""

    id: str
    row_id: str
    participant_id: str
    name: str | None
    joined_at: datetime
    messages: list[Message] = field(default_factory=list[Message])
    finished: bool = False
    grounded: bool = False
    insight_at: datetime | None = None

    def spoken(self) -> list[Message]:
        """Give the participant's own words, oldest first."""
        return [message for message in self.messages if message.spoken()]


@dataclass
class Question:
    """A pre-session question; type, required and options are never read back."""

    id: str
    text: object
    kind: str = "Short field"
    required: bool = False
    options: tuple[str, ...] = ()


@dataclass
class Scratchpad:
    """How far the map of a session's themes has been built; `processed` holds message ids."""

    processed: list[str] = field(default_factory=list[str])
    complete: bool = False


@dataclass
class Session:
    """A deliberation with everything the API keeps about it, write-only settings included."""

    id: str
    topic: str
    goal: str
    created_at: datetime
    updated_at: datetime
    critical: str | None = None
    context: str | None = None
    prompt: str | None = None
    status: Literal["active", "completed"] = "active"
    summary: str | None = None
    session_md: str | None = None
    access: Access = "owner"
    listed: bool = False
    questions: list[Question] = field(default_factory=list[Question])
    threads: list[Thread] = field(default_factory=list[Thread])
    settings: dict[str, object] = field(default_factory=dict[str, object])
    scratchpad: Scratchpad = field(default_factory=Scratchpad)
    revisions: list[Revision] = field(default_factory=list[Revision])
    sources: list[Source] = field(default_factory=list[Source])
    knowledge: dict[str, object] | None = None

    def participant_count(self) -> int:
        """Count as the service does: only threads with more than two messages."""
        return sum(len(thread.messages) > 2 for thread in self.threads)

    def allows(self, needed: Access) -> bool:
        """Tell whether the tenant's role on this session reaches the needed one."""
        return reaches(self.access, needed)

    def thread_of(self, participant_id: str) -> Thread | None:
        """Find the conversation of a participant id, compared exactly."""
        fitting = (each for each in self.threads if each.participant_id == participant_id)
        return next(fitting, None)

    def item(self) -> dict[str, object]:
        """Show it as an entry of a list."""
        return {
            "id": self.id,
            "topic": self.topic,
            "goal": self.goal,
            "status": self.status,
            "participant_count": self.participant_count(),
            "created_at": stamp(self.created_at),
            "updated_at": stamp(self.updated_at),
        }

    def full(self) -> dict[str, object]:
        """Show all that can be read; empty texts are reported as null."""
        texts = ("critical", "context", "prompt", "summary", "session_md")
        return self.item() | {name: getattr(self, name) or None for name in texts}


@dataclass
class Tenant:
    """One key's world: nobody else's sessions are in it.

    `plan` gates paid features (PRO, LTD and ENTERPRISE are paid), `balance_cents` pays for
    grounding; both may be set by tests.
    """

    digest: str
    key_prefix: str
    created_at: datetime
    ids: Ids
    plan: str = "PRO"
    balance_cents: int = 500
    name: str = "Sandbox Host"
    last_used_at: datetime | None = None
    sessions: dict[str, Session] = field(default_factory=dict[str, Session])
    projects: dict[str, Project] = field(default_factory=dict[str, Project])
    templates: dict[str, Template] = field(default_factory=dict[str, Template])
    groups: dict[str, Group] = field(default_factory=dict[str, Group])
    meetings: dict[str, Meeting] = field(default_factory=dict[str, Meeting])

    @property
    def user_id(self) -> str:
        """The account behind the key; note the `|`, which has to be quoted in paths."""
        return f"auth0|{self.digest[:24]}"

    @property
    def email(self) -> str:
        """An address that can never receive mail."""
        return f"host-{self.digest[:8]}@sandbox.example"

    @property
    def paid(self) -> bool:
        """Whether the plan includes the paid features."""
        return self.plan in PAID_PLANS
