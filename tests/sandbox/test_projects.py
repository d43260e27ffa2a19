"""Projects, and the sessions in them."""

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Tenant

NEW = {"topic": "Bees on the roof", "goal": "Find a place for hives."}


@pytest.fixture
async def url(api: httpx2.AsyncClient) -> str:
    """The path of a new project."""
    made = await api.post("/projects", json={"title": " Bees ", "description": "Hives."})
    assert made.status_code == 201
    return f"/projects/{made.json()['id']}"


async def test_a_project_and_its_sessions(api: httpx2.AsyncClient, url: str) -> None:
    """Sessions join at creation or later, can be in several, and leave all at once."""
    project = (await api.get(url)).json()
    assert (project["title"], project["status"]) == ("Bees", "active")
    assert project["session_ids"] == []
    body = NEW | {"project_id": project["id"]}
    session = (await api.post("/sessions", json=body)).json()["id"]
    assert (await api.get(url)).json()["session_ids"] == [session]
    other = (await api.post("/projects", json={"title": "Other"})).json()["id"]
    for _ in "ab":
        await api.patch(f"/sessions/{session}", json={"project_id": other})
    assert (await api.get(url)).json()["session_ids"] == [session]
    assert (await api.get(f"/projects/{other}")).json()["session_ids"] == [session]
    await api.patch(f"/sessions/{session}", json={"project_id": None})
    assert (await api.get(url)).json()["session_ids"] == []
    assert (await api.get(f"/projects/{other}")).json()["session_ids"] == []


@pytest.mark.parametrize("project_id", ["unknown", 5])
async def test_foreign_projects_take_no_sessions(
    api: httpx2.AsyncClient, sandbox: Sandbox, project_id: object
) -> None:
    """A project that is not there is a 403, and no session is made."""
    answer = await api.post("/sessions", json=NEW | {"project_id": project_id})
    assert answer.status_code == 403
    assert not sandbox.effects


async def test_update(api: httpx2.AsyncClient, url: str) -> None:
    """Title and description change alone; empty or null clears the description."""
    renamed = (await api.patch(url, json={"title": "New"})).json()
    assert (renamed["title"], renamed["description"]) == ("New", "Hives.")
    for empty in ("", None):
        await api.patch(url, json={"description": "Again."})
        cleared = (await api.patch(url, json={"description": empty})).json()
        assert (cleared["title"], cleared["description"]) == ("New", None)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "draft"},
        {"title": " "},
        {"title": 5},
        {"title": "x" * 201},
        {"description": "x" * 2001},
    ],
)
async def test_update_refuses(api: httpx2.AsyncClient, url: str, body: object) -> None:
    """Nothing to change, blank titles and long texts are a 400."""
    assert (await api.patch(url, json=body)).status_code == 400


async def test_create_needs_a_title(api: httpx2.AsyncClient) -> None:
    """A project without title is a 400."""
    answer = await api.post("/projects", json={"description": "x"})
    assert answer.json()["error"]["message"] == "title is required"


async def test_delete_is_soft(api: httpx2.AsyncClient, url: str, tenant: Tenant) -> None:
    """The answer is the deleted project; it leaves the list, then is 404; sessions stay."""
    body = NEW | {"project_id": url.rpartition("/")[2]}
    session = (await api.post("/sessions", json=body)).json()["id"]
    before = (await api.get("/projects")).json()
    deleted = await api.delete(url)
    assert (deleted.status_code, deleted.json()["status"]) == (200, "deleted")
    after = (await api.get("/projects")).json()
    assert after["pagination"]["total"] == before["pagination"]["total"] - 1
    for answer in (await api.get(url), await api.delete(url)):
        assert answer.status_code == 404
    assert (await api.get(f"/sessions/{session}")).status_code == 200
    assert tenant.projects[body["project_id"]].session_ids == []


async def test_list_pages(api: httpx2.AsyncClient, url: str) -> None:
    """Projects are paged like sessions, newest first."""
    page = (await api.get("/projects", params={"limit": 1})).json()
    assert page["pagination"] == {"total": 3, "limit": 1, "offset": 0}
    assert url.endswith(page["data"][0]["id"])


async def test_roles_on_projects(api: httpx2.AsyncClient, url: str, tenant: Tenant) -> None:
    """A viewer reads, an editor changes, only an owner deletes."""
    project = tenant.projects[url.rpartition("/")[2]]
    project.access = "viewer"
    assert (await api.get(url)).status_code == 200
    assert (await api.patch(url, json={"title": "x"})).status_code == 403
    project.access = "editor"
    assert (await api.patch(url, json={"title": "x"})).status_code == 200
    assert (await api.delete(url)).status_code == 403
