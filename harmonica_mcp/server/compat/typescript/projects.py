"""Sessions that belong together."""

from typing import Annotated, Any

from pydantic import Field

from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.compat.typescript.derived import with_ours
from harmonica_mcp.server.compat.typescript.toolset import asked_by, instead_of, ours
from harmonica_mcp.server.confirming import Question
from harmonica_mcp.server.toolsets import projects as own
from harmonica_mcp.server.toolsets.projects import ProjectDetail, ProjectPage, ProjectSaved

_OURS = own.projects


class OffsetPage(ProjectPage):
    """A page of projects, of which the next begins at a number."""

    next_offset: int | None = None

    def next_page(self) -> str:
        """Which argument leads on."""
        return f"offset {self.next_offset}"


@instead_of(ours(_OURS, "list_projects"))
async def list_projects(
    api: Api,
    limit: Annotated[int, Field(description="Projects per page", ge=1, le=100)] = 20,
    offset: Annotated[int, Field(description="Skip so many", ge=0)] = 0,
) -> OffsetPage:
    """List the projects that the key can reach."""
    page = await api.projects.list(limit=limit, offset=offset)
    shown = OffsetPage.of(page, paging.Begin("list_projects", offset))
    return shown.model_copy(update={"next_offset": page.next_offset, "next_cursor": None})


@instead_of(ours(_OURS, "get_project"))
@with_ours(own.get_project, "project_id cursor", project_id="project")
async def get_project(api: Api, **ours: Any) -> ProjectDetail:
    """Show a project with the ids of its sessions; get_session shows each."""
    return await own.get_project(api, **ours)


@instead_of(ours(_OURS, "create_project"))
@with_ours(own.create_project, "title description")
async def create_project(api: Api, **ours: Any) -> ProjectSaved:
    """Create a project. Sessions join it by project_id of create_session or update_session."""
    return await own.create_project(api, **ours)


@instead_of(ours(_OURS, "update_project"))
@with_ours(own.update_project, "project_id title description", project_id="project")
async def update_project(api: Api, **ours: Any) -> ProjectSaved:
    """Change a project's title or description."""
    return await own.update_project(api, **ours)


async def _removes(api: Api, project_id: str) -> list[Question]:
    return [*await asked_by(ours(_OURS, "delete_project"))(api=api, project=project_id)]


@instead_of(ours(_OURS, "delete_project"), asks=_removes)
@with_ours(own.delete_project, "project_id", project_id="project")
async def delete_project(api: Api, **ours: Any) -> ProjectSaved:
    """Delete a project for good. Its sessions stay, outside of any project."""
    return await own.delete_project(api, **ours)
