"""Projects: sessions that belong together, their public page, and unconference topics."""

from typing import TypedDict, Unpack

from pydantic import Field

from harmonica_mcp.client import _check, errors
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model, Moment, Page
from harmonica_mcp.client._operation import MODEL, Operation, Retry
from harmonica_mcp.client._sending import Http

LIST_PROJECTS = Operation("GET", "/projects", Retry.READ)
CREATE_PROJECT = Operation("POST", "/projects", Retry.ONCE)
GET_PROJECT = Operation("GET", "/projects/{id}", Retry.READ)
UPDATE_PROJECT = Operation("PATCH", "/projects/{id}", Retry.IDEMPOTENT)
DELETE_PROJECT = Operation("DELETE", "/projects/{id}", Retry.IDEMPOTENT)
GET_SENSEMAKING = Operation("GET", "/projects/{id}/sensemaking", Retry.READ)
# Publishing computes the page's snapshot from all sessions of the project.
UPDATE_SENSEMAKING = Operation("PATCH", "/projects/{id}/sensemaking", Retry.IDEMPOTENT, MODEL)
CREATE_TOPIC = Operation("POST", "/projects/{id}/unconference/topics", Retry.ONCE)

MAX_TITLE = 200
MAX_DESCRIPTION = 2_000
MAX_TOPIC_TITLE = 240
MAX_TOPIC_BODY = 10_000


class ProjectItem(Model):
    """A project as lists show it."""

    id: str
    title: str = ""
    description: str | None = None
    status: str = Field(default="", description="active, draft, deleted, archived; an open set.")
    is_public: bool = False
    created_at: Moment = None


class Project(ProjectItem):
    """A project with the ids of its sessions."""

    session_ids: list[str] = Field(default_factory=list[str])


class CreatedProject(ProjectItem):
    """A new project."""

    recovered: bool = Field(default=False, description="Found again after its answer was lost.")


class ProjectChanges(TypedDict, total=False):
    """What can be changed; an empty or null description clears it."""

    title: str
    description: str | None


class QuestionAndAnswer(TypedDict):
    """An entry of the public page's FAQ."""

    q: str
    a: str


class Faq(Model):
    """An entry of the public page's FAQ, as read."""

    q: str = ""
    a: str = ""


class SensemakingTopic(Model):
    """A project's public opinion page."""

    workspace_id: str = ""
    enabled: bool = Field(default=False, description="Public to anyone without an account.")
    slug: str | None = None
    theme: str | None = None
    title: str | None = None
    description: str | None = None
    intro: str | None = None
    faq: list[Faq] | None = None
    group_count: int = 0
    statement_count: int = 0
    voter_count: int = 0
    computed_at: Moment = None
    gallery_status: str = ""
    reasoning_lens_enabled: bool = False
    created_at: Moment = None


class _Page(SensemakingTopic):
    # Without a default: an answer that does not say must not read as "not public".
    enabled: bool = Field()


class _Wrapped(Model):
    # The only operations of the API that wrap a single object.
    data: _Page | None = None


class SensemakingChanges(TypedDict, total=False):
    """What can be set of the public page; the two last names are camel case in the API."""

    slug: str | None
    title: str | None
    description: str | None
    intro: str | None
    faq: list[QuestionAndAnswer] | None
    theme: str | None
    enabled: bool
    reasoningLensEnabled: bool
    knowledgeStatementsEnabled: bool


class UnconferenceTopic(Model):
    """A draft topic of an unconference."""

    item_id: str = Field(alias="itemId")
    topic_id: str = Field(default="", alias="topicId")
    status: str = ""


class Projects:
    """`client.projects`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def list(self, *, limit: int = 20, offset: int = 0) -> Page[ProjectItem]:
        """The projects that the key can reach; `limit` is 1 to 100."""
        query = {"limit": limit, "offset": offset}
        return (await self._http.request(LIST_PROJECTS, query=query)).model(Page[ProjectItem])

    async def get(self, project_id: str) -> Project:
        """One project with the ids of its sessions."""
        return (await self._http.request(GET_PROJECT, {"id": project_id})).model(Project)

    async def create(self, title: str, description: str | None = None) -> CreatedProject:
        """Create a project.

        Takes a title of up to 200 and a description of up to 2,000 characters. Sent once; after a
        lost answer the newest project of this title is looked for.

        Raises:
            Unsettled: The answer was lost and the project not found: it may still come to be.
        """
        body = {"title": _title(title)}
        if description is not None:
            body["description"] = _check.at_most("description", description, MAX_DESCRIPTION)
        attempt = Attempt(self._http, CREATE_PROJECT)

        async def send() -> CreatedProject:
            return (await self._http.request(CREATE_PROJECT, json=body)).model(CreatedProject)

        async def look() -> CreatedProject | None:
            answer = await self._http.request(LIST_PROJECTS, query={"limit": 100})
            item = attempt.only_new(
                answer,
                [
                    item
                    for item in answer.model(Page[ProjectItem]).data
                    if item.title == _check.trimmed(title)
                ],
                "project",
                LIST_PROJECTS,
            )
            return CreatedProject(**dict(item), recovered=True) if item else None

        return await attempt.settle(send, look, attempt.unknown("project", LIST_PROJECTS))

    async def update(self, project_id: str, **changes: Unpack[ProjectChanges]) -> ProjectItem:
        """Change a project's title or description."""
        if not changes:
            raise errors.InvalidInput("There is nothing to change.")
        if "title" in changes:
            _title(changes["title"])
        if description := changes.get("description"):
            _check.at_most("description", description, MAX_DESCRIPTION)
        answer = await self._http.request(UPDATE_PROJECT, {"id": project_id}, json=changes)
        return answer.model(ProjectItem)

    async def delete(self, project_id: str) -> ProjectItem:
        """Delete a project; its sessions stay, outside of any project. It cannot be restored."""
        answer = await self._http.request(DELETE_PROJECT, {"id": project_id})
        if answer.status == 204:
            return ProjectItem(id=project_id, status="deleted")
        return answer.model(ProjectItem)

    async def add_topic(
        self, project_id: str, title: str, body: str | None = None
    ) -> UnconferenceTopic:
        """Draft a topic in an unconference project.

        It is mirrored to the project's connected, often public, repository: public text only. Takes
        a title of up to 240 and a body of up to 10,000 characters. Sent once; there is no operation
        that lists topics, so a lost answer stays open.

        Raises:
            Unsettled: The answer was lost: the topic may have been created.
        """
        sent = {"title": _check.at_most("title", _check.filled("title", title), MAX_TOPIC_TITLE)}
        if body is not None:
            sent["body"] = _check.at_most("body", body, MAX_TOPIC_BODY)
        attempt = Attempt(self._http, CREATE_TOPIC)

        async def send() -> UnconferenceTopic:
            answer = await self._http.request(CREATE_TOPIC, {"id": project_id}, json=sent)
            return answer.model(UnconferenceTopic)

        return await attempt.settle_blind(
            send,
            errors.Unsettled(
                "Harmonica's answer was lost, and topics cannot be listed through its API: the "
                "topic may have been created, so look in the project before repeating it.",
                check=str(CREATE_TOPIC),
            ),
        )


class Sensemaking:
    """`client.sensemaking`."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def get(self, project_id: str) -> SensemakingTopic | None:
        """The project's public page, None where there is none yet."""
        answer = await self._http.request(GET_SENSEMAKING, {"id": project_id})
        return answer.model(_Wrapped).data

    async def update(
        self, project_id: str, **changes: Unpack[SensemakingChanges]
    ) -> SensemakingTopic:
        """Set up, publish (`enabled=True`) or withdraw (`enabled=False`) the public page.

        Published, `/t/<slug>` is open to anyone, with a snapshot of the project's sessions.

        Raises:
            Conflict: The slug is taken.
        """
        if not changes:
            raise errors.InvalidInput("There is nothing to change.")
        answer = await self._http.request(UPDATE_SENSEMAKING, {"id": project_id}, json=changes)
        topic = answer.model(_Wrapped).data
        if topic is None:
            raise answer.unexpected("no page")
        return topic


def _title(title: str) -> str:
    return _check.at_most("title", _check.filled("title", title), MAX_TITLE)
