"""Toolset `publishing`: a project's public page, and unconference topics."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.projects import (
    CREATE_TOPIC,
    GET_PROJECT,
    GET_SENSEMAKING,
    LIST_PROJECTS,
    UPDATE_SENSEMAKING,
    SensemakingChanges,
    SensemakingTopic,
)
from harmonica_mcp.server.arguments import given
from harmonica_mcp.server.caller import Api, Reporter
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.guard import one_line, quote, quote_whole
from harmonica_mcp.server.naming import ProjectRef, find_project
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, iso, lines

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


def _host(api: HarmonicaClient) -> str:
    return api.pool.root.removesuffix("/api/v1")


class PublicPage(Result):
    """A project's public page."""

    project_id: str
    exists: bool
    published: bool
    public_url: str | None = Field(default=None, description="Where it is while published")
    title: str | None = None
    description: str | None = None
    intro: str | None = None
    theme: str | None = None
    faq: int = Field(description="Entries")
    groups: int
    statements: int
    voters: int
    computed_at: str | None = None
    gallery_status: str | None = None

    @classmethod
    def of(cls, api: HarmonicaClient, project: str, topic: SensemakingTopic | None) -> "PublicPage":
        """Show the page's state."""
        page = topic or SensemakingTopic(enabled=False)
        return cls(
            project_id=project,
            exists=topic is not None,
            published=page.enabled,
            public_url=f"{_host(api)}/t/{page.slug}" if page.slug else None,
            title=one_line(page.title) if page.title else None,
            description=page.description,
            intro=page.intro,
            theme=page.theme,
            faq=len(page.faq or []),
            groups=page.group_count,
            statements=page.statement_count,
            voters=page.voter_count,
            computed_at=iso(page.computed_at),
            gallery_status=page.gallery_status or None,
        )

    def text(self) -> str:
        """Say whether it is public, and where."""
        if not self.exists:
            return f"Project {self.project_id} has no public page yet."
        state = "is public to ANYONE" if self.published else "is not public"
        where = self.public_url or "none yet, give a slug"
        texts = {
            "title": self.title,
            "description": self.description,
            "intro": self.intro,
            "theme": self.theme,
        }
        return lines(
            f"The page of project {self.project_id} {state}; address: {where}.",
            *(f"{name}: {quote_whole(text)}" for name, text in texts.items() if text),
            f"FAQ entries: {self.faq}. Opinions: {count(self.groups, 'group')}, "
            f"{count(self.statements, 'statement')}, {count(self.voters, 'voter')}, computed "
            f"{self.computed_at or 'never'}.",
            f"Listing on Harmonica's hub: {self.gallery_status or 'none'}.",
        )


@publishing.tool("Get public page", [GET_SENSEMAKING], lookups=[LIST_PROJECTS], reads=True)
async def get_sensemaking_topic(api: Api, project: ProjectRef) -> PublicPage:
    """Show the state of a project's public opinion page."""
    found = await find_project(api, project)
    return PublicPage.of(api, found, await api.sensemaking.get(found))


async def _publishes(api: Api, project: str, enabled: bool, slug: str | None) -> list[Question]:
    if not enabled:
        return []
    found = await api.projects.get(await find_project(api, project))
    page = await api.sensemaking.get(found.id)
    address = slug or (page and page.slug)
    if not address:
        raise InvalidInput("Publishing needs a slug, the page's address. Nothing was done.")
    effect = (
        f"Anyone will be able to read a page of project {quote(found.title)} at "
        f"{_host(api)}/t/{one_line(address, 80)} without an account, drawn from what people said "
        f"in its {count(len(found.session_ids), 'session')}."
    )
    return [Question(Risk.PUBLISHES, effect)]


@publishing.tool(
    "Publish project page",
    [UPDATE_SENSEMAKING],
    lookups=[GET_SENSEMAKING, LIST_PROJECTS, GET_PROJECT],
    replaces=True,
    repeatable=True,
    risks=(Risk.PUBLISHES,),
    asks=_publishes,
)
async def publish_sensemaking_topic(
    api: Api,
    progress: Reporter,
    project: ProjectRef,
    enabled: Annotated[bool, Field(description="true publishes, false withdraws")],
    slug: Annotated[
        str | None, Field(description="Its address: lowercase-words-with-hyphens")
    ] = None,
    title: Annotated[str | None, Field(description="At most 200 characters")] = None,
    description: Annotated[str | None, Field(description="At most 500 characters")] = None,
    intro: Annotated[str | None, Field(description="At most 2,000 characters")] = None,
    theme: Annotated[str | None, Field(description="Category on the hub")] = None,
    faq: Annotated[list[QuestionAndAnswer] | None, Field(description="At most 10")] = None,
    reasoning_lens: Annotated[bool | None, Field(description="Show the reasoning lens")] = None,
    knowledge_statements: Annotated[
        bool | None, Field(description="Take statements from knowledge")
    ] = None,
) -> PublicPage:
    """Publish or withdraw a project's opinion page, drawn from what people said in its sessions.

    Published, ANYONE can read it without an account: ask your user first. Publishing needs a slug.
    """
    sent = given(
        enabled=enabled,
        slug=slug,
        title=title,
        description=description,
        intro=intro,
        theme=theme,
        faq=faq and [entry.model_dump() for entry in faq],
        reasoningLensEnabled=reasoning_lens,
        knowledgeStatementsEnabled=knowledge_statements,
    )
    found = await find_project(api, project)
    await progress.tell("Harmonica computes the page")
    page = await api.sensemaking.update(found, **SensemakingChanges(**sent))  # pyright: ignore[reportArgumentType]
    return PublicPage.of(api, found, page)


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


async def _mirrors(title: str) -> list[Question]:
    effect = (
        f"The topic {quote(title)} is written to the project's repository, which is often public."
    )
    return [Question(Risk.PUBLISHES, effect)]


@publishing.tool(
    "Create unconference topic",
    [CREATE_TOPIC],
    lookups=[LIST_PROJECTS],
    risks=(Risk.PUBLISHES,),
    asks=_mirrors,
)
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
