"""Projects: workspaces that group sessions."""

from . import javascript
from .answers import Answer, forbidden, invalid, not_found
from .call import Call
from .records import Access, Project, reaches

LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 2000


def find(call: Call, identity: object, needed: Access = "viewer") -> Project:
    """Find a project: unknown, foreign or insufficient is 403, soft-deleted is 404."""
    project = call.tenant.projects.get(identity) if isinstance(identity, str) else None
    if project is None or not reaches(project.access, needed):
        raise forbidden("You don't have access to this project")
    if project.status == "deleted":
        raise not_found("Project not found")
    return project


def of_path(call: Call, needed: Access = "viewer") -> Project:
    """Find the project that the path names."""
    return find(call, call.path["id"], needed)


def create_project(call: Call) -> Answer:
    """Make a project; a repeat makes a second one."""
    fields = _fields(call.body())
    title = fields.get("title")
    if title is None:
        raise invalid("title is required")
    project = Project(call.tenant.ids.uuid(), title, fields.get("description"), call.now())
    call.tenant.projects[project.id] = project
    call.happened("project created")
    return Answer(201, project.json())


def list_projects(call: Call) -> Answer:
    """List the projects that are not deleted, newest first."""
    limit, offset = call.page()
    found = [each for each in call.tenant.projects.values() if each.status != "deleted"]
    found.sort(key=lambda each: each.created_at, reverse=True)
    shown = [each.json() for each in found[offset : offset + limit]]
    page = {"total": len(found), "limit": limit, "offset": offset}
    return Answer(200, {"data": shown, "pagination": page})


def get_project(call: Call) -> Answer:
    """Read a project with the ids of its sessions."""
    project = of_path(call)
    return Answer(200, project.json() | {"session_ids": list(project.session_ids)})


def update_project(call: Call) -> Answer:
    """Change title or description; an empty or null description clears it."""
    project = of_path(call, "editor")
    fields = _fields(call.body())
    if not fields:
        raise invalid("At least one of title, description must be provided")
    project.title = fields.get("title") or project.title
    project.description = fields.get("description", project.description)
    call.happened("project updated")
    return Answer(200, project.json())


def delete_project(call: Call) -> Answer:
    """Mark a project as deleted; its sessions are kept, without a group."""
    project = of_path(call, "owner")
    project.status = "deleted"
    project.session_ids.clear()
    call.happened("project deleted")
    return Answer(200, project.json())


def _fields(body: dict[str, object]) -> dict[str, str | None]:
    fields: dict[str, str | None] = {}
    if body.get("title") is not None:
        fields["title"] = _text(body["title"], "title", LONGEST_TITLE)
        if not fields["title"]:
            raise invalid("title is required")
    if "description" in body:
        value = body["description"]
        text = None if value is None else _text(value, "description", LONGEST_DESCRIPTION)
        fields["description"] = text or None
    return fields


def _text(value: object, name: str, longest: int) -> str:
    if not isinstance(value, str):
        raise invalid(f"{name} must be a string")
    text = javascript.trim(value)
    if len(text) > longest:
        raise invalid(f"{name} must be {longest} characters or less")
    return text
