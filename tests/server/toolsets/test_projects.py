"""list_projects, get_project, create_project, update_project, delete_project."""

from collections import Counter
from dataclasses import replace

import pytest

from harmonica_mcp.sandbox.records import Project
from tests.server.host import call
from tests.server.wire import Stage

CAFE = "Fennmill repair café"
CREATE, DELETE = "POST /projects", "DELETE /projects/{id}"


def cafe(stage: Stage) -> Project:
    """A project with two sessions."""
    [project] = [each for each in stage.tenant.projects.values() if each.title == CAFE]
    return project


def many(stage: Stage, number: int) -> None:
    """Fill the tenant with further projects."""
    for n in range(number):
        stage.tenant.projects[f"p{n}"] = replace(cafe(stage), id=f"p{n}", title=f"Project {n}")


async def test_list(stage: Stage) -> None:
    """Projects stand in both forms with id, title and status."""
    called = await call(stage, "list_projects")
    assert called.text.startswith("2 projects:\n- ")
    for row in called.data["projects"]:
        project = stage.tenant.projects[row["id"]]
        assert (row["title"], row["status"]) == (project.title, "active")
        assert (
            f'- {row["id"]} "{row["title"]}" (active, created {row["created_at"]})' in called.text
        )
    assert called.data["left"] == 0


async def test_no_project(stage: Stage) -> None:
    """Where there is none, it says so."""
    stage.tenant.projects.clear()
    called = await call(stage, "list_projects")
    assert called.data == {"projects": [], "left": 0}
    assert called.text == "There is no project."


async def test_list_page_by_page(stage: Stage) -> None:
    """Pages say what is left; joined they hold each project once, however little is known."""
    many(stage, 28)
    first = await call(stage, "list_projects")
    last = await call(stage, "list_projects", cursor=first.data["next_cursor"])
    stage.sandbox.faults.add("GET /projects", body={"data": [{"id": "bare"}, {"id": "bare"}]})
    bare = await call(stage, "list_projects")
    seen = [row["id"] for page in (first, last) for row in page.data["projects"]]
    assert (first.data["left"], last.data["left"]) == (10, 0)
    assert first.text.endswith(f"10 more: call again with cursor {first.data['next_cursor']}.")
    assert sorted(seen) == sorted(stage.tenant.projects)
    assert bare.text == '1 project:\n- bare "" ()'


async def test_what_is_listed_again(stage: Stage) -> None:
    """Where Harmonica's order moves between two pages, nothing is shown twice."""
    many(stage, 28)
    first = await call(stage, "list_projects")
    again = first.data["projects"][-1]
    listed = {"data": [again], "pagination": {"total": 30, "limit": 20, "offset": 20}}
    stage.sandbox.faults.add("GET /projects", body=listed)
    second = await call(stage, "list_projects", cursor=first.data["next_cursor"])
    assert second.data["projects"] == []
    assert second.text.startswith("0 projects:\n9 more: call again with cursor ")


@pytest.mark.parametrize("by_id", [True, False])
async def test_get(stage: Stage, by_id: bool) -> None:
    """A project is shown by id or exact title, with the ids of its sessions."""
    project = cafe(stage)
    called = await call(stage, "get_project", project=project.id if by_id else CAFE.upper())
    assert called.data["session_ids"] == project.session_ids
    assert called.data["description"] == project.description
    assert called.text == (
        f'Project {project.id} "{CAFE}" (active) has no public page.\n'
        f'description: "{project.description}"\nSessions: {", ".join(project.session_ids)}.'
    )
    assert stage.sent == (
        ["GET /projects/{id}"] if by_id else ["GET /projects", "GET /projects/{id}"]
    )


async def test_get_a_public_one(stage: Stage) -> None:
    """That a project has a public page, and no session, is told."""
    project = cafe(stage)
    assert project.topic
    project.topic.enabled = True
    project.session_ids.clear()
    called = await call(stage, "get_project", project=CAFE)
    assert called.data["is_public"] is True
    assert "has a public page." in called.text
    assert called.text.endswith("Sessions: none.")


async def test_many_sessions(stage: Stage) -> None:
    """The sessions of a large project come page by page."""
    project = cafe(stage)
    project.session_ids = [f"hst_{number}" for number in range(130)]
    first = await call(stage, "get_project", project=CAFE)
    last = await call(stage, "get_project", project=CAFE, cursor=first.data["next_cursor"])
    assert (first.data["left"], last.data["left"]) == (30, 0)
    assert first.text.endswith(f"30 more: call again with cursor {first.data['next_cursor']}.")
    assert first.data["session_ids"] + last.data["session_ids"] == project.session_ids


@pytest.mark.parametrize("tool", ["get_project", "update_project", "delete_project"])
async def test_a_deleted_project(stage: Stage, tool: str) -> None:
    """A deleted project is not there any more, neither by id nor by title."""
    project = cafe(stage)
    project.status = "deleted"
    more = {"title": "New"} if tool == "update_project" else {}
    by_id = await call(stage, tool, project=project.id, **more)
    by_title = await call(stage, tool, project=CAFE, **more)
    assert "Project not found" in by_id.error
    assert by_title.error.startswith("There is no project with that id or name; there are ")


async def test_create(stage: Stage) -> None:
    """A new project is told with its id, and how sessions join it stands in the description."""
    called = await call(stage, "create_project", title="  Autumn ", description="All of *it*.")
    project = stage.tenant.projects[called.data["id"]]
    assert (project.title, project.description) == ("Autumn", "All of *it*.")
    assert called.data["recovered"] is False
    assert called.text == (
        f'Project {project.id} "Autumn" (active) is created.\ndescription: "All of *it*."'
    )
    assert stage.sandbox.effects == {"project created": 1}


async def test_create_and_fill(stage: Stage) -> None:
    """A session is created in a project by the project's title, and moved there later."""
    made = await call(stage, "create_project", title="Autumn")
    project = stage.tenant.projects[made.data["id"]]
    session = await call(stage, "create_session", topic="Light", goal="Lamps", project="autumn")
    moved = stage.session("tool library")
    await call(stage, "update_session", session_id=moved.id, project="Autumn")
    assert project.session_ids == [session.data["id"], moved.id]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"title": " "}, "title must not be empty."),
        ({"title": "x" * 201}, "title has 201 characters; Harmonica takes 200."),
        ({"title": "A", "description": "x" * 2001}, "description has 2,001 characters; Harm"),
    ],
)
async def test_create_is_checked(stage: Stage, given: dict[str, str], why: str) -> None:
    """A title that is empty or too long is refused before it is sent."""
    called = await call(stage, "create_project", **given)
    assert called.error.startswith(why)
    assert stage.sent == []


async def test_a_lost_creation(stage: Stage) -> None:
    """After a lost answer the project is found: there is one, and it is said."""
    stage.sandbox.faults.add(CREATE, drop="after")
    called = await call(stage, "create_project", title="Autumn")
    assert called.data["recovered"] is True
    assert "do not create it again" in called.text
    assert stage.sandbox.effects == {"project created": 1}


async def test_a_creation_that_is_not_found(stage: Stage) -> None:
    """Where no project is found, it may still come to be: nothing is repeated."""
    stage.sandbox.faults.add(CREATE, drop="before")
    called = await call(stage, "create_project", title="Autumn")
    assert called.error.endswith("do not repeat it, check with list_projects.")
    assert stage.sent.count(CREATE) == 1


async def test_update(stage: Stage) -> None:
    """Title or description change, the other stays; an empty description clears it."""
    project = cafe(stage)
    renamed = await call(stage, "update_project", project=CAFE, title="Café")
    cleared = await call(stage, "update_project", project=project.id, description="")
    assert (project.title, project.description) == ("Café", None)
    assert renamed.data["description"] == "All about running the café."
    assert renamed.text.startswith(f'Project {project.id} "Café" (active) is changed.\n')
    assert cleared.text == f'Project {project.id} "Café" (active) is changed.'


async def test_update_nothing(stage: Stage) -> None:
    """An update of nothing is refused."""
    called = await call(stage, "update_project", project=CAFE)
    assert called.error == "There is nothing to change."


async def test_delete(stage: Stage) -> None:
    """A project is deleted; its sessions are kept, which is said."""
    project = cafe(stage)
    sessions = dict(stage.tenant.sessions)
    called = await call(stage, "delete_project", project=CAFE)
    assert project.status == called.data["status"] == "deleted"
    assert stage.tenant.sessions == sessions
    assert called.text.startswith(
        f'Project {project.id} "{CAFE}" (deleted) is deleted; its sessions are kept.'
    )


async def test_a_lost_deletion(stage: Stage) -> None:
    """A deletion whose answer was lost is done, though nothing more is known of the project."""
    project = cafe(stage)
    stage.sandbox.faults.add(DELETE, drop="after")
    called = await call(stage, "delete_project", project=project.id)
    assert called.data["status"] == "deleted"
    assert called.text == f"Project {project.id} (deleted) is deleted; its sessions are kept."
    assert stage.sandbox.effects == {"project deleted": 1}
    assert Counter(stage.sent)[DELETE] == 2


@pytest.mark.parametrize("tool", ["update_project", "delete_project"])
async def test_somebody_elses_project(stage: Stage, tool: str) -> None:
    """Where the key may only look, a change is refused and nothing happens."""
    project = cafe(stage)
    project.access = "viewer"
    more = {"title": "Mine"} if tool == "update_project" else {}
    called = await call(stage, tool, project=project.id, **more)
    assert "this key has no access to it" in called.error
    assert stage.sandbox.effects.total() == 0
