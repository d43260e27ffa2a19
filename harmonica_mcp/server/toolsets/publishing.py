"""Toolset `publishing`: a project's public page, and unconference topics."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harmonica_mcp.client.projects import (
    CREATE_TOPIC,
    GET_SENSEMAKING,
    LIST_PROJECTS,
    UPDATE_SENSEMAKING,
    SensemakingChanges,
    SensemakingTopic,
)
from harmonica_mcp.server.caller import Api, Reporter
from harmonica_mcp.server.guard import one_line, quote_whole
from harmonica_mcp.server.naming import ProjectRef, find_project
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, iso, lines

publishing = Toolset(
    "publishing",
    "a project's public page and unconference topics",
    [
        (
            "`publish_sensemaking_topic` and `create_unconference_topic` make things public: ask "
            "first."
        ),
    ],
)


class QuestionAndAnswer(BaseModel):
    """An entry of the page's FAQ."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(description="Question")
    a: str = Field(description="Answer")


class PublicPage(Result):
    """A project's public page."""

    project_id: str
    exists: bool
    published: bool
    public_path: str | None = Field(default=None, description="Below Harmonica's address")
    title: str | None = None
    description: str | None = None
    intro: str | None = None
    groups: int
    statements: int
    voters: int
    computed_at: str | None = None
    gallery_status: str | None = None

    @classmethod
    def of(cls, project: str, topic: SensemakingTopic | None) -> "PublicPage":
        """Show the page's state."""
        topic = topic or SensemakingTopic()
        return cls(
            project_id=project,
            exists=bool(topic.workspace_id),
            published=topic.enabled,
            public_path=f"/t/{topic.slug}" if topic.slug else None,
            title=one_line(topic.title) if topic.title else None,
            description=topic.description,
            intro=topic.intro,
            groups=topic.group_count,
            statements=topic.statement_count,
            voters=topic.voter_count,
            computed_at=iso(topic.computed_at),
            gallery_status=topic.gallery_status or None,
        )

    def text(self) -> str:
        """Say whether it is public, and where."""
        if not self.exists:
            return f"Project {self.project_id} has no public page yet."
        state = "is public to anyone" if self.published else "is not public"
        texts = (("title", self.title), ("description", self.description), ("intro", self.intro))
        return lines(
            f"The page of project {self.project_id} {state}; address {self.public_path or 'none'}.",
            *(f"{name}: {quote_whole(text)}" for name, text in texts if text),
            f"{self.groups} groups, {self.statements} statements, {self.voters} voters, computed "
            f"{self.computed_at or 'never'}; hub: {self.gallery_status or 'not listed'}.",
        )


@publishing.tool("Get public page", [GET_SENSEMAKING], lookups=[LIST_PROJECTS], reads=True)
async def get_sensemaking_topic(api: Api, project: ProjectRef) -> PublicPage:
    """Show the state of a project's public opinion page."""
    found = await find_project(api, project)
    return PublicPage.of(found, await api.sensemaking.get(found))


@publishing.tool(
    "Publish project page",
    [UPDATE_SENSEMAKING],
    lookups=[LIST_PROJECTS],
    replaces=True,
    repeatable=True,
)
async def publish_sensemaking_topic(
    api: Api,
    progress: Reporter,
    project: ProjectRef,
    enabled: Annotated[bool, Field(description="true publishes, false withdraws")],
    slug: Annotated[str | None, Field(description="Address: lowercase-words-with-hyphens")] = None,
    title: Annotated[str | None, Field(description="At most 200 characters")] = None,
    description: Annotated[str | None, Field(description="At most 500 characters")] = None,
    intro: Annotated[str | None, Field(description="At most 2,000 characters")] = None,
    theme: Annotated[str | None, Field(description="Theme")] = None,
    faq: Annotated[list[QuestionAndAnswer] | None, Field(description="At most 10")] = None,
    reasoning_lens: Annotated[bool | None, Field(description="Show the reasoning lens")] = None,
    knowledge_statements: Annotated[
        bool | None, Field(description="Take statements from knowledge")
    ] = None,
) -> PublicPage:
    """Publish or withdraw a project's opinion page, drawn from what people said in its sessions.

    Published, ANYONE can read it without an account. Ask your user first.
    """
    given = {
        "enabled": enabled,
        "slug": slug,
        "title": title,
        "description": description,
        "intro": intro,
        "theme": theme,
        "faq": faq and [entry.model_dump() for entry in faq],
        "reasoningLensEnabled": reasoning_lens,
        "knowledgeStatementsEnabled": knowledge_statements,
    }
    sent = {name: value for name, value in given.items() if value is not None}
    found = await find_project(api, project)
    await progress.tell("Harmonica computes the page")
    topic = await api.sensemaking.update(found, **SensemakingChanges(**sent))  # pyright: ignore[reportArgumentType]
    return PublicPage.of(found, topic)


class TopicDrafted(Result):
    """A drafted topic."""

    project_id: str
    topic_id: str
    item_id: str
    status: str

    def text(self) -> str:
        """Say what exists now."""
        return (
            f"Topic {self.topic_id} (item {self.item_id}) is drafted in project {self.project_id}, "
            f"status {self.status}; its text is mirrored to the project's repository."
        )


@publishing.tool("Create unconference topic", [CREATE_TOPIC], lookups=[LIST_PROJECTS])
async def create_unconference_topic(
    api: Api,
    project: ProjectRef,
    title: Annotated[str, Field(description="At most 240 characters")],
    body: Annotated[str | None, Field(description="At most 10,000 characters")] = None,
) -> TopicDrafted:
    """Draft a topic in an unconference project.

    Its text goes to the project's repository, which is often PUBLIC: ask your user first.
    """
    found = await find_project(api, project)
    topic = await api.projects.add_topic(found, title, body)
    return TopicDrafted(
        project_id=found, topic_id=topic.topic_id, item_id=topic.item_id, status=topic.status
    )
