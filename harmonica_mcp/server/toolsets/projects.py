"""Toolset `projects`: sessions that belong together."""

from typing import Annotated, Self

from pydantic import BaseModel, Field

from harmonica_mcp.client.projects import (
    CREATE_PROJECT,
    DELETE_PROJECT,
    GET_PROJECT,
    LIST_PROJECTS,
    UPDATE_PROJECT,
    Page,
    Project,
    ProjectChanges,
    ProjectItem,
)
from harmonica_mcp.server import paging
from harmonica_mcp.server.arguments import given
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.guard import one_line, quote, quote_whole
from harmonica_mcp.server.naming import ProjectRef, find_project
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, found_again, iso, lines

projects = Toolset("projects", "sessions that belong together")

_SESSIONS = 100
_Title = Annotated[str, Field(description="At most 200 characters")]
_Description = Annotated[str | None, Field(description="Markdown, at most 2,000 characters")]


class ProjectRow(BaseModel):
    """A project in a list."""

    id: str
    title: str
    status: str
    created_at: str | None = None

    @classmethod
    def of(cls, item: ProjectItem) -> "ProjectRow":
        """Choose what tells projects apart."""
        return cls(
            id=item.id,
            title=one_line(item.title),
            status=item.status,
            created_at=iso(item.created_at),
        )


class ProjectPage(Result):
    """A page of projects."""

    projects: list[ProjectRow]
    left: int
    next_cursor: str | None = None

    @classmethod
    def of(cls, page: Page[ProjectItem], begin: paging.Begin) -> Self:
        """Show a page, each project once."""
        return cls(
            projects=[ProjectRow.of(item) for item in begin.once(page)],
            left=paging.left(page),
            next_cursor=begin.following(page),
        )

    def next_page(self) -> str:
        """Which argument leads on."""
        return f"cursor {self.next_cursor}"

    def text(self) -> str:
        """List them."""
        if not self.projects and not self.left:
            return "There is no project."
        more = f"{self.left} more: call again with {self.next_page()}." if self.left else None
        rows = [f"- {p.id} {quote_whole(p.title)} ({p.status}{_born(p)})" for p in self.projects]
        return lines(f"{count(len(rows), 'project')}:", *rows, more)


def _born(project: ProjectRow) -> str:
    return f", created {project.created_at}" if project.created_at else ""


@projects.tool("List projects", [LIST_PROJECTS], reads=True)
async def list_projects(api: Api, cursor: paging.Cursor = None) -> ProjectPage:
    """List the projects that the key can reach."""
    begin = paging.Begin.of("list_projects", cursor)
    return ProjectPage.of(await api.projects.list(offset=begin.offset), begin)


class ProjectDetail(Result):
    """A project with the ids of its sessions."""

    id: str
    title: str
    description: str | None = None
    status: str
    is_public: bool
    session_ids: list[str]
    left: int = Field(description="Sessions after this page")
    next_cursor: str | None = None

    @classmethod
    def of(cls, project: Project, begin: int) -> "ProjectDetail":
        """Show a project and a page of its sessions."""
        page = paging.cut("get_project", project.session_ids, begin, _SESSIONS)
        return cls(
            id=project.id,
            title=one_line(project.title),
            description=project.description,
            status=project.status,
            is_public=project.is_public,
            session_ids=page.items,
            left=page.left,
            next_cursor=page.next_cursor,
        )

    def text(self) -> str:
        """Describe it."""
        public = "has a public page" if self.is_public else "has no public page"
        return lines(
            f"Project {self.id} {quote_whole(self.title)} ({self.status}) {public}.",
            f"description: {quote_whole(self.description)}" if self.description else None,
            f"Sessions: {', '.join(self.session_ids) or 'none'}.",
            paging.more(self.left, self.next_cursor),
        )


@projects.tool("Get project", [GET_PROJECT], lookups=[LIST_PROJECTS], reads=True)
async def get_project(api: Api, project: ProjectRef, cursor: paging.Cursor = None) -> ProjectDetail:
    """Show a project with the ids of its sessions; get_session shows each."""
    (begin,) = paging.decode("get_project", cursor)
    return ProjectDetail.of(await api.projects.get(await find_project(api, project)), begin)


class ProjectSaved(Result):
    """A project, and what was done to it."""

    id: str
    title: str
    description: str | None = None
    status: str
    done: str
    recovered: bool = Field(description="The answer was lost; the project was found again")

    @classmethod
    def of(cls, project: ProjectItem, done: str, *, recovered: bool = False) -> "ProjectSaved":
        """Show a project as it is now."""
        return cls(
            id=project.id,
            title=one_line(project.title),
            description=project.description,
            status=project.status,
            done=done,
            recovered=recovered,
        )

    def text(self) -> str:
        """Say what was done."""
        title = f" {quote_whole(self.title)}" if self.title else ""
        return lines(
            f"Project {self.id}{title} ({self.status}) is {self.done}.",
            f"description: {quote_whole(self.description)}" if self.description else None,
            found_again("create") if self.recovered else None,
        )


@projects.tool("Create project", [CREATE_PROJECT], lookups=[LIST_PROJECTS])
async def create_project(api: Api, title: _Title, description: _Description = None) -> ProjectSaved:
    """Create a project. Sessions join it by project=… of create_session or update_session."""
    made = await api.projects.create(title, description)
    return ProjectSaved.of(made, "created", recovered=made.recovered)


@projects.tool(
    "Update project", [UPDATE_PROJECT], lookups=[LIST_PROJECTS], replaces=True, repeatable=True
)
async def update_project(
    api: Api,
    project: ProjectRef,
    title: _Title | None = None,
    description: Annotated[str | None, Field(description="New one; empty clears it")] = None,
) -> ProjectSaved:
    """Change a project's title or description."""
    changes = ProjectChanges(**given(title=title, description=description))
    found = await find_project(api, project)
    return ProjectSaved.of(await api.projects.update(found, **changes), "changed")


async def _removes(api: Api, project: str) -> list[Question]:
    found = await api.projects.get(await find_project(api, project))
    kept = count(len(found.session_ids), "session")
    effect = (
        f"Project {quote(found.title)} is deleted for good. Its {kept} should stay, outside of any "
        "project; Harmonica's guides warn that they may go with it."
    )
    return [Question(Risk.REMOVES, effect, one_line(found.title) or found.id)]


@projects.tool(
    "Delete project",
    [DELETE_PROJECT],
    lookups=[LIST_PROJECTS, GET_PROJECT],
    replaces=True,
    repeatable=True,
    risks=(Risk.REMOVES,),
    asks=_removes,
)
async def delete_project(api: Api, project: ProjectRef) -> ProjectSaved:
    """Delete a project for good. Its sessions stay, outside of any project."""
    gone = await api.projects.delete(await find_project(api, project))
    return ProjectSaved.of(gone, "deleted; its sessions are kept")
