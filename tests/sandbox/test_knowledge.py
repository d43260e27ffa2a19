"""Typed knowledge, and quotes at a price."""

from collections.abc import Callable

import httpx2

from harmonica_mcp.sandbox import Sandbox, Session, Tenant


async def test_knowledge_rests_on_messages(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session]
) -> None:
    """Every piece names real messages, and actions in the first person have an owner."""
    session = seeded("tool library")
    said = [
        ("Ana", "We agreed on a small deposit."),
        ("Ben", "Who keeps the deposit?"),
    ]
    for name, content in said:
        body = {"content": content, "participant_id": name, "participant_name": name}
        await api.post(f"/sessions/{session.id}/chat", json=body)
    await api.post(f"/sessions/{session.id}/summary")
    answer = (await api.post(f"/sessions/{session.id}/knowledge")).json()
    assert answer["status"] == "generated"
    known = answer["knowledge"]
    ids = {each.id for thread in session.threads for each in thread.messages}
    pieces = [*known["decisions"], *known["actions"], *known["tensions"], *known["claims"]]
    assert all(set(each["evidence"]) <= ids for each in pieces)
    assert known["decisions"][0]["summary"] == "We agreed on a small deposit."
    assert known["gaps"] == [
        "Who pays when a borrowed drill breaks?",
        "Who keeps the deposit?",
    ]
    owners = {each["description"]: each.get("owner") for each in known["actions"]}
    assert owners["I can write the first version of the list."] == "Sefa"
    assert owners["We could begin with ten tools that people give us."] is None
    assert all(len(each["sides"]) == 2 for each in known["tensions"])
    assert known["metadata"]["version"] == 1
    assert session.knowledge == known


async def test_claims_have_categories(api: httpx2.AsyncClient) -> None:
    """A sentence is a question, a decision, an action, a tension or an observation."""
    made = (await api.post("/sessions", json={"topic": "One", "goal": "Two"})).json()
    content = "Is it late? We decided. Let's go. But it rains. It is dark."
    body = {"content": content, "participant_id": "p", "participant_name": "Ana"}
    await api.post(f"/sessions/{made['id']}/chat", json=body)
    await api.post(f"/sessions/{made['id']}/summary")
    known = (await api.post(f"/sessions/{made['id']}/knowledge")).json()["knowledge"]
    categories = [each["category"] for each in known["claims"]]
    assert categories == ["open-question", "decision", "action", "tension", "observation"]


async def test_knowledge_needs_a_summary_words_and_a_plan(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session], tenant: Tenant
) -> None:
    """Without summary 400, without words skipped, on a free plan 403."""
    url = f"/sessions/{seeded('Opening').id}"
    early = await api.post(f"{url}/knowledge")
    assert early.status_code == 400
    assert "no summary yet" in early.json()["error"]["message"]
    made = (await api.post("/sessions", json={"topic": "Quiet", "goal": "None"})).json()
    await api.post(f"/sessions/{made['id']}/summary")
    skipped = (await api.post(f"/sessions/{made['id']}/knowledge")).json()
    assert (skipped["status"], skipped["knowledge"]) == ("skipped", None)
    tenant.plan = "FREE"
    assert (await api.post(f"{url}/knowledge")).status_code == 403
    tenant.plan = "LTD"
    assert (await api.post(f"{url}/knowledge")).status_code == 400


async def test_grounding_is_paid_per_response(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session], tenant: Tenant, sandbox: Sandbox
) -> None:
    """The preview tells the price, the work charges it once, a repeat is free."""
    url = f"/sessions/{seeded('spring').id}/grounding"
    price = {"total": 3, "grounded": 0, "ungrounded": 3, "cost_cents": 30}
    assert (await api.get(url)).json() == price
    done = (await api.post(url)).json()
    assert done == {"grounded": 3, "attempted": 3, "charged_cents": 30, "balance_after": 470}
    assert (await api.get(url)).json() == price | {
        "grounded": 3,
        "ungrounded": 0,
        "cost_cents": 0,
    }
    again = (await api.post(url)).json()
    assert again == {"grounded": 0, "message": "All responses already grounded"}
    assert tenant.balance_cents == 470
    assert sandbox.effects == {"response grounded": 3, "cents charged": 30}


async def test_not_every_response_yields_a_quote(api: httpx2.AsyncClient) -> None:
    """A response of three words is attempted, not grounded and not charged."""
    made = (await api.post("/sessions", json={"topic": "One", "goal": "Two"})).json()
    url = f"/sessions/{made['id']}"
    for name, content in (("Ana", "Too short this."), ("Ben", "This one is long enough.")):
        body = {"content": content, "participant_id": name, "participant_name": name}
        await api.post(f"{url}/chat", json=body)
    done = (await api.post(f"{url}/grounding")).json()
    assert (done["grounded"], done["attempted"], done["charged_cents"]) == (1, 2, 10)


async def test_a_free_host_without_credit(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session], tenant: Tenant
) -> None:
    """402 names price and balance beside the error, and nothing was done; with credit it works."""
    tenant.plan, tenant.balance_cents = "FREE", 29
    url = f"/sessions/{seeded('spring').id}/grounding"
    refused = await api.post(url)
    assert refused.status_code == 402
    assert refused.json()["error"]["code"] == "payment_required"
    assert refused.json()["cost_cents"] == 30
    assert refused.json()["balance_cents"] == 29
    assert (await api.get(url)).json()["grounded"] == 0
    tenant.balance_cents = 30
    assert (await api.post(url)).json()["balance_after"] == 0


async def test_a_charge_that_fails(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session], tenant: Tenant
) -> None:
    """A paid host without credit keeps the quotes, and the charge is reported as failed."""
    tenant.balance_cents = 0
    done = (await api.post(f"/sessions/{seeded('spring').id}/grounding")).json()
    assert done["grounded"] == 3
    assert done["charged_cents"] == 0
    assert done["charge_failed"] is True
