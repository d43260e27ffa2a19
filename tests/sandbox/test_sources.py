"""Context sources of sessions and projects."""

from collections.abc import Callable

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Session, Tenant
from tests.sandbox.uploading import upload

PAGE = {"url": "https://fennmill.example/hours"}
SERVER = {"url": "https://tools.fennmill.example/sse", "title": "Tools"}


@pytest.fixture
def url(seeded: Callable[[str], Session]) -> str:
    """The sources of the session about the tool library: none yet."""
    return f"/sessions/{seeded('tool library').id}/context-sources"


@pytest.fixture
def project_url(tenant: Tenant) -> str:
    """The sources of the repair café's project."""
    project = next(each for each in tenant.projects.values() if "café" in each.title)
    return f"/projects/{project.id}/context-sources"


async def test_a_session_source_is_a_snapshot(
    api: httpx2.AsyncClient, url: str, seeded: Callable[[str], Session]
) -> None:
    """It holds the brief as it was, until it is refreshed."""
    spring = seeded("spring")
    made = (await api.post(f"{url}/session", json={"source_ref": spring.id})).json()
    assert (made["source_type"], made["title"], made["source_ref"]) == (
        "session",
        spring.topic,
        spring.id,
    )
    [source] = seeded("tool library").sources
    assert source.content == spring.session_md
    spring.session_md = "# New"
    refreshed = await api.post(f"{url}/{made['id']}/refresh")
    assert refreshed.status_code == 200
    assert source.content == "# New"
    spring.session_md = None
    assert (await api.post(f"{url}/{made['id']}/refresh")).status_code == 400


async def test_session_sources_are_checked(
    api: httpx2.AsyncClient, url: str, seeded: Callable[[str], Session]
) -> None:
    """A missing reference and one without brief are 400, an inaccessible one is 403."""
    for body, status in (
        ({}, 400),
        ({"source_ref": seeded("Opening").id}, 400),
        ({"source_ref": "unknown"}, 403),
    ):
        assert (await api.post(f"{url}/session", json=body)).status_code == status
    seeded("spring").access = "none"
    body = {"source_ref": seeded("spring").id}
    assert (await api.post(f"{url}/session", json=body)).status_code == 403


async def test_a_page_is_made_up(api: httpx2.AsyncClient, url: str) -> None:
    """Nothing is fetched: the snapshot says so, and the reference is the address."""
    made = (await api.post(f"{url}/url", json=PAGE)).json()
    assert made["source_ref"] == PAGE["url"]
    assert made["title"] == "fennmill.example/hours"
    assert (await api.post(f"{url}/{made['id']}/refresh")).json()["title"] == made["title"]


@pytest.mark.parametrize(
    "address",
    [
        None,
        5,
        "ftp://fennmill.example",
        "https://",
        "http://[broken",
        "http://localhost/x",
        "http://mill.local",
        "http://127.0.0.1",
        "http://[::1]/",
        "https://gone.invalid/x",
    ],
)
async def test_addresses_are_checked(api: httpx2.AsyncClient, url: str, address: object) -> None:
    """Only http(s) addresses of public hosts that answer are taken."""
    assert (await api.post(f"{url}/url", json={"url": address})).status_code == 400
    body = SERVER | {"url": address}
    assert (await api.post(f"{url}/mcp", json=body)).status_code == 400


async def test_public_numbers_are_addresses(api: httpx2.AsyncClient, url: str) -> None:
    """An IP address passes if it is a public one."""
    body = {"url": "https://1.1.1.1/x", "title": " Mine "}
    assert (await api.post(f"{url}/url", json=body)).json()["title"] == "Mine"


async def test_an_mcp_source_shows_its_bearer(api: httpx2.AsyncClient, url: str) -> None:
    """The service gives the bearer back in clear; clients have to redact it."""
    body = SERVER | {"bearer": "not-a-secret", "tool_allowlist": ["search"]}
    made = (await api.post(f"{url}/mcp", json=body)).json()
    config = made["mcp_config"]
    assert config["bearer"] == "not-a-secret"
    assert config["tool_allowlist"] == ["search"]
    assert config["cached_tools"] == ["search", "fetch"]
    assert config["status"] == "healthy"
    patch = {"mcp_config": {"status": "unhealthy", "consecutive_fails": 5}}
    changed = (await api.patch(f"{url}/{made['id']}", json=patch)).json()
    assert changed["mcp_config"] == config | patch["mcp_config"]
    refreshed = (await api.post(f"{url}/{made['id']}/refresh")).json()
    assert refreshed["mcp_config"] == config


async def test_mcp_sources_are_checked(api: httpx2.AsyncClient, url: str) -> None:
    """A title is needed, and tools that the server does not have are named."""
    assert (await api.post(f"{url}/mcp", json={"url": SERVER["url"]})).status_code == 400
    body = SERVER | {"tool_allowlist": ["search", "missing_tool"]}
    answer = await api.post(f"{url}/mcp", json=body)
    message = "MCP server doesn't expose allowlisted tools: missing_tool"
    assert answer.json()["error"]["message"] == message


async def test_changing_a_source(
    api: httpx2.AsyncClient, url: str, seeded: Callable[[str], Session]
) -> None:
    """Title and position change, and one item's curation at a time."""
    ids = [(await api.post(f"{url}/url", json=PAGE)).json()["id"] for _ in "ab"]
    changed = await api.patch(f"{url}/{ids[1]}", json={"title": " First ", "position": -1})
    assert (changed.json()["title"], changed.json()["position"]) == ("First", -1)
    rows = (await api.get(url)).json()["sources"]
    assert [each["id"] for each in rows] == ids[::-1]
    source = seeded("tool library").sources[1]
    for status, kept in (("pinned", {"i": "pinned"}), ("kept", {})):
        curation = {"curation": {"itemId": "i", "status": status}}
        assert (await api.patch(f"{url}/{ids[1]}", json=curation)).status_code == 200
        assert source.curation == kept


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "x"},
        {"title": " "},
        {"title": 5},
        {"position": "1"},
        {"position": True},
        {"mcp_config": {}},
        {"mcp_config": 5},
        {"curation": {"itemId": "i", "status": "liked"}},
        {"curation": "x"},
    ],
)
async def test_changes_are_checked(api: httpx2.AsyncClient, url: str, body: object) -> None:
    """Nothing to change, wrong types and foreign settings are a 400."""
    made = (await api.post(f"{url}/url", json=PAGE)).json()
    assert (await api.patch(f"{url}/{made['id']}", json=body)).status_code == 400


async def test_removing_a_source(api: httpx2.AsyncClient, url: str, sandbox: Sandbox) -> None:
    """204 once; after that removing, changing and refreshing are 404."""
    made = (await api.post(f"{url}/url", json=PAGE)).json()
    one = f"{url}/{made['id']}"
    gone = await api.delete(one)
    assert (gone.status_code, gone.content) == (204, b"")
    for answer in (
        await api.delete(one),
        await api.patch(one, json={"title": "x"}),
        await api.post(f"{one}/refresh"),
    ):
        assert answer.status_code == 404
    assert sandbox.effects == {"source added": 1, "source removed": 1}


async def test_files_cannot_be_refreshed(api: httpx2.AsyncClient, url: str) -> None:
    """A file has to be uploaded again: 422 with a code of its own."""
    made = (await upload(api, url, "a.txt", b"x")).json()
    answer = await api.post(f"{url}/{made['id']}/refresh")
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "unprocessable"


async def test_twenty_is_the_cap(api: httpx2.AsyncClient, url: str, project_url: str) -> None:
    """The twenty-first source is refused, in sessions and in projects."""
    for each, path, body in ((url, "url", PAGE), (project_url, "mcp", SERVER)):
        for _ in range(20):
            assert (await api.post(f"{each}/{path}", json=body)).status_code == 201
        full = await api.post(f"{each}/{path}", json=body)
        assert full.status_code == 422
        assert full.json()["error"]["code"] == "validation_error"
        assert "Source cap reached (20 per" in full.json()["error"]["message"]


async def test_writing_needs_a_paid_plan(
    api: httpx2.AsyncClient, url: str, project_url: str, tenant: Tenant
) -> None:
    """A free tenant reads sources but cannot add, change, remove or refresh them."""
    made = (await api.post(f"{url}/url", json=PAGE)).json()
    tenant.plan = "FREE"
    assert len((await api.get(url)).json()["sources"]) == 1
    one = f"{url}/{made['id']}"
    for answer in (
        await upload(api, project_url, "a.txt", b"x"),
        await api.post(f"{url}/session", json={}),
        await api.post(f"{url}/url", json={}),
        await api.post(f"{url}/mcp", json={}),
        await api.patch(one, json={}),
        await api.delete(one),
        await api.post(f"{one}/refresh"),
    ):
        assert answer.status_code == 403
        message = "Context sources require a Pro subscription"
        assert answer.json()["error"]["message"] == message


async def test_project_sources(
    api: httpx2.AsyncClient, project_url: str, seeded: Callable[[str], Session]
) -> None:
    """A project has its own sources, and shows those of its sessions to read."""
    made = await upload(api, project_url, "a.txt", b"x")
    assert made.json()["session_id"] is None
    assert made.json()["workspace_id"] in project_url
    listed = (await api.get(project_url)).json()
    assert [each["id"] for each in listed["sources"]] == [made.json()["id"]]
    [inherited] = listed["inheritedSources"]
    assert inherited["session_topic"] == seeded("Opening").topic
    assert inherited["session_id"] == seeded("Opening").id
    body = {"source_ref": seeded("spring").id, "title": "Spring"}
    added = await api.post(f"{project_url}/session", json=body)
    assert (added.status_code, added.json()["title"]) == (201, "Spring")
    one = f"{project_url}/{made.json()['id']}"
    assert (await api.patch(one, json={"position": 3})).json()["position"] == 3
    assert (await api.delete(one)).status_code == 204


async def test_projects_take_no_addresses(api: httpx2.AsyncClient, project_url: str) -> None:
    """Pages are for sessions only; a project has no such route for POST."""
    answer = await api.post(f"{project_url}/url", json=PAGE)
    assert answer.status_code == 405
