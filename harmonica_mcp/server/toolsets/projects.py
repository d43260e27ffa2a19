"""Toolset `projects`: sessions that belong together."""

from typing import Annotated

from pydantic import BaseModel, Field

from harmonica_mcp.client.projects import (
    CREATE_PROJECT,
    DELETE_PROJECT,
    GET_PROJECT,
    LIST_PROJECTS,
    UPDATE_PROJECT,
    ProjectChanges,
    ProjectItem,
)
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import one_line, quote, quote_whole
from harmonica_mcp.server.naming import ProjectRef, find_project
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, iso, lines

projects = Toolset("projects", "sessions that belong together")

_Title = Annotated[str, Field(description="At most 200 characters")]
_Description = Annotated[str | None, Field(description="Markdown, at most 2,000 characters")]


class ProjectRow(BaseModel):
    """A project in a list."""

    id: str
    title: str
    status: str
    created_at: str | None = None


class ProjectPage(Result):
    """A page of projects."""

    projects: list[ProjectRow]
    left: int
    next_cursor: str | None = None

    def text(self) -> str:
        """List them."""
        if not self.projects:
            return "There is no project."
        more = f"{self.left} more: call again with cursor {self.next_cursor}" if self.left else None
        rows = [f"- {p.id} {quote(p.title)} ({p.status})" for p in self.projects]
        return lines(f"{count(len(rows), 'project')}:", *rows, more)


@projects.tool("List projects", [LIST_PROJECTS], reads=True)
async def list_projects(api: Api, cursor: paging.Cursor = None) -> ProjectPage:
    """List the projects that the key can reach."""
    (offset,) = paging.decode(cursor)
    page = await api.projects.list(offset=offset)
    rows = {
        item.id: ProjectRow(
            id=item.id,
            title=one_line(item.title),
            status=item.status,
            created_at=iso(item.created_at),
        )
        for item in page.data
    }
    after = page.next_offset
    return ProjectPage(
        projects=list(rows.values()),
        left=page.pagination.total - after if after else 0,
        next_cursor=paging.encode(after) if after else None,
    )


class ProjectDetail(Result):
    """A project."""

    id: str
    title: str
    description: str | None = None
    status: str
    is_public: bool
    done: str | None = Field(default=None, description="What this call did")
    session_ids: list[str] | None = None

    @classmethod
    def of(
        cls, project: ProjectItem, done: str | None = None, session_ids: list[str] | None = None
    ) -> "ProjectDetail":
        """Show a project, and what was done to it."""
        return cls(
            id=project.id,
            title=one_line(project.title),
            description=project.description,
            status=project.status,
            is_public=project.is_public,
            done=done,
            session_ids=session_ids,
        )

    def text(self) -> str:
        """Describe it."""
        what = f" {self.done}" if self.done else ""
        return lines(
            f"Project {self.id} {quote(self.title)} ({self.status}){what}.",
            f"description: {quote_whole(self.description)}" if self.description else None,
            f"Sessions: {', '.join(self.session_ids) or 'none'}"
            if self.session_ids is not None
            else None,
        )


@projects.tool("Get project", [GET_PROJECT], lookups=[LIST_PROJECTS], reads=True)
async def get_project(api: Api, project: ProjectRef) -> ProjectDetail:
    """Show a project with the ids of its sessions; get_session shows each."""
    found = await api.projects.get(await find_project(api, project))
    return ProjectDetail.of(found, session_ids=found.session_ids)


@projects.tool("Create project", [CREATE_PROJECT], lookups=[LIST_PROJECTS])
async def create_project(
    api: Api, title: _Title, description: _Description = None
) -> ProjectDetail:
    """Create a project; sessions join it through their project_id."""
    made = await api.projects.create(title, description)
    again = " (its answer was lost; found again)" if made.recovered else ""
    return ProjectDetail.of(made, f"is created{again}")


@projects.tool(
    "Update project", [UPDATE_PROJECT], lookups=[LIST_PROJECTS], replaces=True, repeatable=True
)
async def update_project(
    api: Api,
    project: ProjectRef,
    title: _Title | None = None,
    description: Annotated[str | None, Field(description="New one; empty clears it")] = None,
) -> ProjectDetail:
    """Change a project's title or description."""
    changes = ProjectChanges()
    if title is not None:
        changes["title"] = title
    if description is not None:
        changes["description"] = description
    found = await find_project(api, project)
    return ProjectDetail.of(await api.projects.update(found, **changes), "is changed")


@projects.tool(
    "Delete project", [DELETE_PROJECT], lookups=[LIST_PROJECTS], replaces=True, repeatable=True
)
async def delete_project(api: Api, project: ProjectRef) -> ProjectDetail:
    """Delete a project for good. Its sessions stay, outside of any project. Ask your user first."""
    gone = await api.projects.delete(await find_project(api, project))
    return ProjectDetail.of(gone, "is deleted, its sessions are kept")
