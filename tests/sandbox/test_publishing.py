"""Public opinion pages and unconference drafts."""

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Tenant

PAGES = "https://sandbox.harmonica.example"


def project(tenant: Tenant, part: str) -> str:
    """Give the path of a seeded project."""
    return f"/projects/{next(each.id for each in tenant.projects.values() if part in each.title)}"


@pytest.fixture
def url(tenant: Tenant) -> str:
    """The topic of the repair café's project."""
    return f"{project(tenant, 'café')}/sensemaking"


async def test_publish_and_withdraw(api: httpx2.AsyncClient, url: str, sandbox: Sandbox) -> None:
    """Publishing makes a page for anyone, with counts of what was said; withdrawing ends it."""
    draft = (await api.get(url)).json()["data"]
    assert (draft["enabled"], draft["slug"], draft["computed_at"]) == (False, None, None)
    faq = [{"q": "Who?", "a": "All."}]
    sent = {"slug": "fennmill-repairs", "faq": faq, "intro": "<b>Hi</b>", "enabled": True}
    topic = (await api.patch(url, json=sent)).json()["data"]
    assert topic["enabled"] is True
    assert topic["title"] == "How Fennmill repairs"
    assert topic["faq"] == faq
    assert topic["voter_count"] == 5
    assert topic["statement_count"] > 20
    assert topic["group_count"] == 5
    assert topic["computed_at"] == "2026-05-04T09:30:00.123Z"
    page = await api.get(f"{PAGES}/t/fennmill-repairs", headers={"authorization": ""})
    assert (page.status_code, "&lt;b&gt;Hi" in page.text) == (200, True)
    owner = (await api.get(url.removesuffix("/sensemaking"))).json()
    assert owner["is_public"] is True
    toggles = {"enabled": False, "reasoningLensEnabled": True, "knowledgeStatementsEnabled": True}
    withdrawn = (await api.patch(url, json=toggles)).json()["data"]
    assert (withdrawn["enabled"], withdrawn["reasoning_lens_enabled"]) == (False, True)
    assert (await api.get(f"{PAGES}/t/fennmill-repairs")).status_code == 404
    assert sandbox.effects == {"topic published": 1, "topic updated": 2}


async def test_a_slug_is_taken_once(api: httpx2.AsyncClient, url: str, tenant: Tenant) -> None:
    """Another project, of another tenant too, gets 409; one's own may be sent again."""
    other = f"{project(tenant, 'Neighbourhood')}/sensemaking"
    assert (await api.get(other)).json() == {"data": None}
    for _ in "ab":
        assert (await api.patch(url, json={"slug": "mine"})).status_code == 200
    taken = await api.patch(other, json={"slug": "mine"})
    assert taken.status_code == 409
    assert (await api.get(other)).json() == {"data": None}
    await api.patch(url, json={"slug": None})
    assert (await api.patch(other, json={"slug": "mine"})).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"enabled": True},
        {"enabled": "yes"},
        {"slug": "Two Words"},
        {"slug": "a--b"},
        {"slug": 5},
        {"title": "x" * 201},
        {"description": 5},
        {"intro": "x" * 2001},
        {"faq": "x"},
        {"faq": ["x"]},
        {"faq": [{"q": "only"}]},
        {"faq": [{"q": "q", "a": "a"}] * 11},
    ],
)
async def test_topics_are_checked(api: httpx2.AsyncClient, url: str, body: object) -> None:
    """A bad slug, publishing without one, and texts beyond their limits are a 400."""
    assert (await api.patch(url, json=body)).status_code == 400


async def test_texts_can_be_cleared(api: httpx2.AsyncClient, url: str) -> None:
    """Null clears a text and the questions; an empty list of questions is one."""
    topic = (await api.patch(url, json={"title": None, "faq": None})).json()["data"]
    assert (topic["title"], topic["faq"]) == (None, None)
    assert (await api.patch(url, json={"faq": []})).json()["data"]["faq"] == []


async def test_unconference_drafts(
    api: httpx2.AsyncClient, tenant: Tenant, sandbox: Sandbox
) -> None:
    """Only a project of that kind takes drafts."""
    body = {"title": " Mending clothes ", "body": "Bring your socks."}
    day = f"{project(tenant, 'Neighbourhood')}/unconference/topics"
    answer = await api.post(day, json=body)
    assert answer.status_code == 201
    assert set(answer.json()) == {"itemId", "topicId", "status"}
    assert answer.json()["status"] == "draft"
    other = f"{project(tenant, 'café')}/unconference/topics"
    assert (await api.post(other, json=body)).status_code == 400
    assert sandbox.effects == {"topic drafted": 1}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": " "},
        {"title": 5},
        {"title": "x" * 241},
        {"title": "x", "body": 5},
        {"title": "x", "body": "y" * 10_001},
    ],
)
async def test_drafts_are_checked(api: httpx2.AsyncClient, tenant: Tenant, body: object) -> None:
    """A draft needs a title of at most 240 characters and a body of at most 10,000."""
    day = f"{project(tenant, 'Neighbourhood')}/unconference/topics"
    assert (await api.post(day, json=body)).status_code == 400
