"""Templates, and chains started from them."""

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Tenant

NEW = {"topic": "Bees on the roof", "goal": "Find a place for hives."}
SPEC = {"spec_id": "circle", "spec_version": "1.0.0", "registry": "sandbox"}
CHAIN = "delphi-panel-chain"
ROSTER = [
    {"email": "a@fennmill.example", "rolesByStep": {"0": "expert"}},
    {"email": "b@fennmill.example", "rolesByStep": {"0": "visitor"}},
]


def chain(count: int = 1, **fields: object) -> dict[str, object]:
    """Give a chain of so many steps."""
    return {"steps": [{"id": f"s{number}"} | fields for number in range(count)]}


async def install(api: httpx2.AsyncClient, **fields: object) -> dict[str, str]:
    """Make a template and give it."""
    answer = await api.post("/templates", json={"title": "Circle"} | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_templates_are_listed_whole(api: httpx2.AsyncClient, tenant: Tenant) -> None:
    """The list holds public and own templates with all texts, and no archived ones."""
    data = (await api.get("/templates")).json()["data"]
    assert [each["id"] for each in data] == ["retrospective", CHAIN]
    assert "what was hard" in data[0]["facilitation_prompt"]
    assert data[1]["chain_config"]["steps"][0]["id"] == "estimate"
    tenant.templates["retrospective"].archived_at = tenant.created_at
    data = (await api.get("/templates")).json()["data"]
    assert [each["id"] for each in data] == [CHAIN]
    assert (await api.get("/templates/retrospective")).json()["archived_at"] is not None


async def test_workspace_templates(api: httpx2.AsyncClient, tenant: Tenant) -> None:
    """A workspace's templates come on request only; a foreign workspace is a 403."""
    project = next(iter(tenant.projects))
    made = await install(api, workspace_id=project)
    assert made["id"] not in {each["id"] for each in (await api.get("/templates")).json()["data"]}
    listed = await api.get("/templates", params={"workspace_id": project})
    assert made["id"] in {each["id"] for each in listed.json()["data"]}
    assert (await api.get("/templates?workspace_id=other")).status_code == 403
    tenant.projects[project].access = "editor"
    body = {"title": "x", "workspace_id": project}
    assert (await api.post("/templates", json=body)).status_code == 403


async def test_a_template_is_made_changed_and_deleted(
    api: httpx2.AsyncClient, sandbox: Sandbox
) -> None:
    """One's own template can be edited and removed for good."""
    made = await install(api, description="", icon="circle", is_public=True)
    assert made["description"] is None
    assert made["template_type"] == "single"
    url = f"/templates/{made['id']}"
    changed = (await api.patch(url, json={"title": " Round ", "icon": None})).json()
    assert (changed["title"], changed["icon"], changed["is_public"]) == ("Round", None, True)
    assert (await api.delete(url)).json() == {"success": True}
    for answer in (await api.get(url), await api.patch(url, json={}), await api.delete(url)):
        assert answer.status_code == 404
    effects = {"template created": 1, "template updated": 1, "template deleted": 1}
    assert sandbox.effects == effects


async def test_public_templates_belong_to_nobody_here(api: httpx2.AsyncClient) -> None:
    """A template of the library can be read, not changed or deleted."""
    assert (await api.patch("/templates/retrospective", json={"title": "x"})).status_code == 403
    assert (await api.delete("/templates/retrospective")).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"title": " "},
        {"title": 5},
        {"title": "x", "icon": 5},
        {"title": "x", "is_public": "yes"},
        {"title": "x", "template_type": "loop"},
        {"title": "x", "template_type": "chain"},
        {"title": "x", "template_type": "chain", "chain_config": {"steps": []}},
        {"title": "x", "source_provenance": {"spec_id": "x"}},
    ],
)
async def test_templates_are_checked(api: httpx2.AsyncClient, body: object) -> None:
    """A title is needed, a chain needs steps, and provenance needs its three parts."""
    assert (await api.post("/templates", json=body)).status_code == 400


@pytest.mark.parametrize("body", [{}, {"force": True}, {"title": ""}])
async def test_updates_are_checked(api: httpx2.AsyncClient, body: object) -> None:
    """Nothing to change and an empty title are a 400."""
    made = await install(api)
    assert (await api.patch(f"/templates/{made['id']}", json=body)).status_code == 400


NOTHING: dict[str, object] = {}


@pytest.mark.parametrize(
    "config",
    [
        {"steps": [NOTHING]},
        {"steps": ["x"]},
        {"steps": [{"id": ""}]},
        {"steps": [{"id": "a"}, {"id": "a"}]},
        chain() | {"output_artifact": "map"},
        chain(title=5),
        chain(context_mode="some"),
        chain(assignment_strategy="lottery"),
        chain(individual_memory="yes"),
        chain(completion_criteria=NOTHING),
        chain(completion_criteria="quorum"),
        chain(roles="x"),
        chain(roles=[{"slug": "x"}]),
        chain(roles=[{"slug": "x", "label": "X", "weight": "heavy"}]),
    ],
)
async def test_chains_are_checked(api: httpx2.AsyncClient, config: dict[str, object]) -> None:
    """Steps need unique ids, known words and whole roles."""
    body = {"title": "x", "template_type": "chain", "chain_config": config}
    assert (await api.post("/templates", json=body)).status_code == 400


async def test_a_whole_chain_is_kept(api: httpx2.AsyncClient) -> None:
    """A chain with roles and criteria comes back as it was sent."""
    config = (await api.get(f"/templates/{CHAIN}")).json()["chain_config"]
    made = await install(api, template_type="chain", chain_config=config)
    assert made["chain_config"] == config


async def test_free_plans_have_short_chains(api: httpx2.AsyncClient, tenant: Tenant) -> None:
    """Three steps are free, a fourth needs a paid plan."""
    body = {"title": "x", "template_type": "chain", "chain_config": chain(4)}
    assert (await api.post("/templates", json=body)).status_code == 201
    tenant.plan = "FREE"
    assert (await api.post("/templates", json=body)).status_code == 403
    body["chain_config"] = chain(3)
    assert (await api.post("/templates", json=body)).status_code == 201


async def test_reinstalling_over_local_edits(api: httpx2.AsyncClient, tenant: Tenant) -> None:
    """The server stamps an install; after an edit of the chain a new one needs force."""
    fields = {"template_type": "chain", "chain_config": chain(), "source_provenance": SPEC}
    made = (await api.post("/templates", json={"title": "Circle"} | fields)).json()
    assert len(made["source_provenance"]["install_hash"]) == 64
    assert made["source_provenance"]["installed_by"] == tenant.user_id
    url = f"/templates/{made['id']}"
    assert (await api.patch(url, json=fields)).status_code == 200
    edited = (await api.patch(url, json={"chain_config": chain(2)})).json()
    assert edited["source_provenance"]["spec_id"] == "circle"
    assert (await api.patch(url, json=fields)).status_code == 400
    forced = (await api.patch(url, json=fields | {"force": True})).json()
    assert len(forced["chain_config"]["steps"]) == 1


async def test_a_chain_becomes_single(api: httpx2.AsyncClient) -> None:
    """A template can be converted both ways; a single one has no steps."""
    made = await install(api)
    url = f"/templates/{made['id']}"
    to_chain = {"template_type": "chain", "chain_config": chain()}
    assert (await api.patch(url, json=to_chain)).json()["template_type"] == "chain"
    single = (await api.patch(url, json={"template_type": "single"})).json()
    assert (single["template_type"], single["chain_config"]) == ("single", None)


async def start(api: httpx2.AsyncClient, **fields: object) -> dict[str, object] | None:
    """Create a session and give what its answer says about a chain."""
    made = await api.post("/sessions", json=NEW | fields)
    assert made.status_code == 201, made.text
    return made.json().get("chain")


async def test_a_chain_starts_with_a_whole_roster(
    api: httpx2.AsyncClient, sandbox: Sandbox, tenant: Tenant
) -> None:
    """It makes a project, and a session in that project picks the same chain up."""
    told = await start(api, template_id=CHAIN, roster=ROSTER)
    assert told
    assert (told["status"], told["stepId"]) == ("started", "estimate")
    assert sandbox.effects["chain started"] == 1
    project = tenant.projects[str(told["chainInstanceId"])]
    assert len(project.session_ids) == 1
    again = await start(api, template_id=CHAIN, roster=ROSTER, project_id=project.id)
    assert again == told | {"status": "resumed"}


@pytest.mark.parametrize("roster", [None, [], ROSTER[:1], [{"email": "a@fennmill.example"}], "x"])
async def test_a_chain_waits_for_its_roster(
    api: httpx2.AsyncClient, sandbox: Sandbox, roster: object
) -> None:
    """With an unfilled role there is a plain session, and the answer says what is missing."""
    told = await start(api, template_id=CHAIN, roster=roster)
    assert told
    assert told["status"] == "roster_incomplete"
    assert "visitor in step 0" in str(told["message"])
    assert sandbox.effects["session created"] == 1
    assert sandbox.effects["chain started"] == 0


async def test_other_ends_of_a_chain(api: httpx2.AsyncClient, tenant: Tenant) -> None:
    """No chain, an unsupported strategy, too many steps and too many projects each say so."""
    assert await start(api, template_id="unknown") is None
    assert await start(api, template_id="retrospective") is None
    noop = await start(api, template_id="retrospective", roster=ROSTER)
    assert noop == {"status": "noop", "reason": "not_a_chain"}
    fields = {"template_type": "chain", "chain_config": chain(assignment_strategy="host_assigned")}
    hosted = await install(api, **fields)
    assert await start(api, template_id=hosted["id"]) == {"status": "unsupported"}
    long = await install(api, template_type="chain", chain_config=chain(4))
    short = await install(api, template_type="chain", chain_config=chain())
    tenant.plan = "FREE"
    told = await start(api, template_id=long["id"])
    assert told
    assert told["status"] == "step_cap_exceeded"
    for number in range(3):
        await api.post("/projects", json={"title": f"Project {number}"})
    told = await start(api, template_id=short["id"])
    assert told
    assert told["status"] == "project_cap_exceeded"
    tenant.projects.clear()
    told = await start(api, template_id=short["id"])
    assert told
    assert told["status"] == "started"
