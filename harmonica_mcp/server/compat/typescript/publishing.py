"""A project's public page, and unconference topics."""

from typing import Annotated, Any, cast

from pydantic import Field

from harmonica_mcp.server.caller import Api, Reporter
from harmonica_mcp.server.compat.typescript.derived import with_ours
from harmonica_mcp.server.compat.typescript.toolset import asked_by, instead_of, ours
from harmonica_mcp.server.confirming import Question
from harmonica_mcp.server.naming import find_project
from harmonica_mcp.server.toolsets import publishing as own
from harmonica_mcp.server.toolsets.publishing import PublicPage, TopicDrafted

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
@with_ours(
    own.publish_sensemaking_topic,
    "project_id slug title description intro faq theme enabled reasoning_lens_enabled "
    "knowledge_statements_enabled",
    project_id="project",
    reasoning_lens_enabled="reasoning_lens",
    knowledge_statements_enabled="knowledge_statements",
)
async def publish_sensemaking_topic(
    api: Api,
    progress: Reporter,
    *,
    enabled: Annotated[
        bool | None, Field(description="true publishes, false withdraws; as it is when left out")
    ] = None,
    **ours: Any,
) -> PublicPage:
    """Set up, publish or withdraw a project's opinion page, drawn from what people said.

    Published, ANYONE can read it without an account: ask your user first. Publishing needs a slug.
    """
    # Our own tool asks for it always; it sends nothing that is None.
    return await own.publish_sensemaking_topic(api, progress, enabled=cast("bool", enabled), **ours)


@instead_of(_DRAFT)
@with_ours(own.create_unconference_topic, "project_id title body", project_id="project")
async def create_unconference_topic(api: Api, **ours: Any) -> TopicDrafted:
    """Draft a topic in an unconference project.

    Its text goes to the project's repository, which is often PUBLIC: ask your user first.
    """
    return await own.create_unconference_topic(api, **ours)
