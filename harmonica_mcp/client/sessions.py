"""Sessions: find, read, create, change."""

from typing import Literal, NotRequired, TypedDict, Unpack

from pydantic import Field

from harmonica_mcp.client import _check, errors
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model, Moment, Page
from harmonica_mcp.client._operation import MODEL, Operation, Retry
from harmonica_mcp.client._sending import Http

LIST_SESSIONS = Operation("GET", "/sessions", Retry.READ)
CREATE_SESSION = Operation("POST", "/sessions", Retry.ONCE, MODEL)
GET_SESSION = Operation("GET", "/sessions/{id}", Retry.READ)
UPDATE_SESSION = Operation("PATCH", "/sessions/{id}", Retry.IDEMPOTENT)
# Withdrawn from the documents in August 2026: production answers 401 or 403.
LIST_PUBLIC_SESSIONS = Operation("GET", "/sessions/public", Retry.READ, public=True)
GET_QUESTIONS = Operation("GET", "/sessions/{id}/questions", Retry.READ)

Visibility = Literal["public", "participants", "host"]


class SessionItem(Model):
    """A session as lists show it."""

    id: str
    topic: str = ""
    goal: str = ""
    status: str = Field(default="", description="active or completed; no operation changes it.")
    participant_count: int = Field(default=0, description="Threads with more than two messages.")
    created_at: Moment = None
    updated_at: Moment = Field(default=None, description="Does not move on activity.")


class PublicSession(SessionItem):
    """An open session that anybody can join."""

    join_url: str | None = None


class Session(SessionItem):
    """A session with its texts; visibility, flags, template and project are write-only."""

    critical: str | None = None
    context: str | None = None
    prompt: str | None = None
    summary: str | None = None
    session_md: str | None = None


class ChainOutcome(Model):
    """What became of a chain template: only `started` and `resumed` mean that the chain runs."""

    status: str
    message: str | None = None
    reason: str | None = None
    chain_instance_id: str | None = Field(default=None, alias="chainInstanceId")
    step_id: str | None = Field(default=None, alias="stepId")


class CreatedSession(SessionItem):
    """A new session. Keep `join_url`: no other operation returns it."""

    join_url: str | None = None
    chain: ChainOutcome | None = None
    recovered: bool = Field(default=False, description="Found again after its answer was lost.")


class Question(Model):
    """A question that participants answer before they begin to talk."""

    id: str
    text: str = ""
    position: int = 0


class _Questions(Model):
    data: list[Question]


class NewQuestion(TypedDict):
    """A question to set; type, required and options are honoured by the hosted edition."""

    text: str
    type: NotRequired[Literal["Short field", "Email", "Options"]]
    required: NotRequired[bool]
    options: NotRequired[list[str]]


class Distribution(TypedDict):
    """Where the session is announced; only `telegram` delivers."""

    channel: str
    group_id: str


class RosterMember(TypedDict):
    """A person of a chain with roles; `rolesByStep` maps the step's number to a role's slug."""

    email: str
    displayName: NotRequired[str]
    auth0Sub: NotRequired[str]
    rolesByStep: NotRequired[dict[str, str]]


class PromptSource(TypedDict):
    """The brief fields that a facilitation prompt was composed from."""

    topic: str
    goal: str
    critical: NotRequired[str | None]
    context: NotRequired[str | None]


class NewSession(TypedDict, total=False):
    """What a new session can be given besides topic and goal."""

    context: str
    critical: str
    prompt: str
    template_id: str
    project_id: str
    questions: list[NewQuestion]
    cross_pollination: bool
    widgets_enabled: bool
    results_visibility: Visibility
    distribution: list[Distribution]
    roster: list[RosterMember]


class SessionChanges(TypedDict, total=False):
    """What can be changed; what is left out stays as it is, lists are replaced whole."""

    topic: str
    goal: str
    context: str | None
    critical: str | None
    prompt: str
    project_id: str | None
    summary_prompt: str | None
    prompt_summary: str | None
    prompt_generated_from: PromptSource | None
    cross_pollination: bool
    widgets_enabled: bool
    results_visibility: Visibility
    welcome_message: str | None
    meta_description: str | None
    intro_video_url: str | None
    template_id: str | None
    platform_guidelines_override: str | None
    questions: list[NewQuestion]
    distribution: list[Distribution]


class Sessions:
    """`client.sessions`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def list(
        self,
        *,
        query: str | None = None,
        status: Literal["active", "completed"] | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> Page[SessionItem]:
        """The sessions that the key can reach, last updated first.

        Args:
            query: one contiguous piece of the topic or goal, in any case; `%` and `_` are
                wildcards.
            status: only these.
            limit: at most so many, 1 to 100.
            offset: skip so many.
        """
        sought = query and _check.sendable("query", query)
        parameters = {"q": sought, "status": status, "limit": limit, "offset": offset}
        answer = await self._http.request(LIST_SESSIONS, query=parameters)
        return answer.model(Page[SessionItem])

    async def list_public(
        self, *, query: str | None = None, limit: int = 20, offset: int = 0
    ) -> Page[PublicSession]:
        """Open public sessions, without a key, where the edition offers it.

        Raises:
            NotOffered: It does not (401, 403 or 404: whatever an edition answers without a key).
        """
        sought = query and _check.sendable("query", query)
        parameters = {"q": sought, "limit": limit, "offset": offset}
        answer = await self._http.request(LIST_PUBLIC_SESSIONS, query=parameters)
        return answer.model(Page[PublicSession])

    async def get(self, session_id: str) -> Session:
        """One session with its texts."""
        return (await self._http.request(GET_SESSION, {"id": session_id})).model(Session)

    async def create(self, topic: str, goal: str, **more: Unpack[NewSession]) -> CreatedSession:
        """Create a session and open it at once: there is no draft and no way to delete it.

        Takes up to two minutes when Harmonica composes the facilitation prompt. Sent once; after a
        lost answer the newest session of this topic and goal is looked for.

        Raises:
            Unsettled: The answer was lost and the session not found: it may still come to be.
            Ambiguous: Several sessions fit.
        """
        body = {"topic": _check.filled("topic", topic), "goal": _check.filled("goal", goal), **more}
        attempt = Attempt(self._http, CREATE_SESSION)

        async def send() -> CreatedSession:
            return (await self._http.request(CREATE_SESSION, json=body)).model(CreatedSession)

        return await attempt.settle(
            send,
            lambda: self._find_created(attempt, topic, goal),
            attempt.unknown("session", LIST_SESSIONS),
        )

    async def _find_created(self, attempt: Attempt, topic: str, goal: str) -> CreatedSession | None:
        topic, goal = _check.trimmed(topic), _check.trimmed(goal)
        # A backslash would escape the next character of the API's search.
        needle = max(topic.split("\\"), key=len)[:200]
        answer = await self._http.request(LIST_SESSIONS, query={"q": needle, "limit": 100})
        listed = answer.model(Page[SessionItem]).data
        fitting = [item for item in listed if (item.topic, item.goal) == (topic, goal)]
        found = attempt.only_new(answer, fitting, "session", LIST_SESSIONS)
        if found is None:
            return None
        # No read returns the join link; this is how the API itself forms it.
        link = f"{self._http.pool.root.removesuffix('/api/v1')}/chat?s={found.id}"
        return CreatedSession(**dict(found), join_url=link, recovered=True)

    async def update(self, session_id: str, **changes: Unpack[SessionChanges]) -> Session:
        """Change fields of a session; None clears a field where the API allows it.

        The API checks less here than when it creates, so blank topics and goals are refused here.
        """
        if not changes:
            raise errors.InvalidInput("There is nothing to change.")
        for name in changes.keys() & {"topic", "goal"}:
            _check.filled(name, str(changes.get(name) or ""))
        answer = await self._http.request(UPDATE_SESSION, {"id": session_id}, json=changes)
        return answer.model(Session)

    async def questions(self, session_id: str) -> "list[Question]":
        """The questions that participants answer before they begin; empty where there are none."""
        answer = await self._http.request(GET_QUESTIONS, {"id": session_id})
        return sorted(answer.model(_Questions).data, key=lambda question: question.position)
