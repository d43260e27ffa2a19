"""A project's public page, and unconference topics."""

from typing import Annotated

from pydantic import Field

from harmonica_mcp.client.projects import SensemakingChanges
from harmonica_mcp.server.arguments import given
from harmonica_mcp.server.caller import Api, Reporter
from harmonica_mcp.server.compat.typescript.toolset import asked_by, instead_of, ours
from harmonica_mcp.server.confirming import Question
from harmonica_mcp.server.naming import ProjectRef, find_project
from harmonica_mcp.server.toolsets import publishing as own
from harmonica_mcp.server.toolsets.publishing import PublicPage, QuestionAndAnswer, TopicDrafted

_PUBLISH = ours(own.publishing, "publish_sensemaking_topic")
_DRAFT = ours(own.publishing, "create_unconference_topic")


async def _publishes(
    api: Api, project_id: str, enabled: bool | None, slug: str | None
) -> list[Question]:
    if enabled is None:
        page = await api.sensemaking.get(await find_project(api, project_id))
        # What is changed on a public page is published.
        enabled = page is not None and page.enabled
    return [*await asked_by(_PUBLISH)(api=api, project=project_id, enabled=enabled, slug=slug)]


@instead_of(_PUBLISH, asks=_publishes)
async def publish_sensemaking_topic(
    api: Api,
    progress: Reporter,
    project_id: ProjectRef,
    slug: Annotated[
        str | None, Field(description="Its address: lowercase-words-with-hyphens")
    ] = None,
    title: Annotated[str | None, Field(description="At most 200 characters")] = None,
    description: Annotated[str | None, Field(description="At most 500 characters")] = None,
    intro: Annotated[str | None, Field(description="At most 2,000 characters")] = None,
    faq: Annotated[list[QuestionAndAnswer] | None, Field(description="At most 10")] = None,
    theme: Annotated[str | None, Field(description="Category on the hub")] = None,
    enabled: Annotated[
        bool | None, Field(description="true publishes, false withdraws; as it is when left out")
    ] = None,
    reasoning_lens_enabled: Annotated[
        bool | None, Field(description="Show the reasoning lens")
    ] = None,
    knowledge_statements_enabled: Annotated[
        bool | None, Field(description="Take statements from knowledge")
    ] = None,
) -> PublicPage:
    """Set up, publish or withdraw a project's opinion page, drawn from what people said.

    Published, ANYONE can read it without an account: ask your user first. Publishing needs a slug.
    """
    changes = given(
        slug=slug,
        title=title,
        description=description,
        intro=intro,
        faq=faq and [entry.model_dump() for entry in faq],
        theme=theme,
        enabled=enabled,
        reasoningLensEnabled=reasoning_lens_enabled,
        knowledgeStatementsEnabled=knowledge_statements_enabled,
    )
    return await own.save_page(api, progress, project_id, SensemakingChanges(**changes))  # pyright: ignore[reportArgumentType]


@instead_of(_DRAFT)
async def create_unconference_topic(
    api: Api,
    project_id: ProjectRef,
    title: Annotated[str, Field(description="At most 240 characters")],
    body: Annotated[str | None, Field(description="At most 10,000 characters")] = None,
) -> TopicDrafted:
    """Draft a topic in an unconference project.

    Its text goes to the project's repository, which is often PUBLIC: ask your user first.
    """
    return await own.create_unconference_topic(api, project=project_id, title=title, body=body)
