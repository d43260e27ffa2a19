"""Proposals for a session's design, and the versions of it."""

from collections.abc import Callable

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Session, Tenant


@pytest.fixture
def session(seeded: Callable[[str], Session]) -> Session:
    """The session about opening hours."""
    return seeded("Opening hours")


async def test_a_prompt_is_proposed_not_saved(
    api: httpx2.AsyncClient, session: Session, sandbox: Sandbox
) -> None:
    """The proposal follows the brief fields as they are now, and the session keeps its prompt."""
    url = f"/sessions/{session.id}"
    await api.patch(url, json={"goal": "Open twice a week.", "critical": None, "prompt": "Mine."})
    proposal = (await api.post(f"{url}/regenerate-facilitation-prompt")).json()
    assert "Open twice a week." in proposal["facilitation_prompt"]
    assert proposal["prompt_generated_from"] == {
        "topic": session.topic,
        "goal": "Open twice a week.",
        "critical": "",
        "context": session.context,
    }
    assert proposal["template_id"] is None
    assert proposal["cross_pollination_default"] is None
    assert session.prompt == "Mine."
    assert sandbox.effects["prompt proposed"] == 1


async def test_a_template_can_be_tried_on(api: httpx2.AsyncClient, session: Session) -> None:
    """The session's own template counts, and the query previews another one."""
    url = f"/sessions/{session.id}"
    await api.patch(url, json={"template_id": "delphi-panel-chain"})
    own = (await api.post(f"{url}/regenerate-facilitation-prompt")).json()
    assert own["template_id"] == "delphi-panel-chain"
    assert own["cross_pollination_default"] is True
    other = await api.post(f"{url}/regenerate-facilitation-prompt?templateId=retrospective")
    assert "what was hard" in other.json()["facilitation_prompt"]
    assert session.settings["template_id"] == "delphi-panel-chain"
    unknown = await api.post(f"{url}/regenerate-facilitation-prompt?templateId=none")
    assert unknown.status_code == 404


async def test_a_welcome_is_proposed(api: httpx2.AsyncClient, session: Session) -> None:
    """The welcome uses topic, goal, context and critical; the description stays short."""
    url = f"/sessions/{session.id}/regenerate-welcome"
    proposal = (await api.post(url)).json()
    assert session.critical
    assert session.critical in proposal["welcome_message"]
    assert proposal["meta_description"] == f"{session.topic}: {session.goal}"
    session.goal, session.critical, session.context = "x" * 300, None, None
    short = (await api.post(url)).json()
    assert len(short["meta_description"]) == 155
    assert "bear in mind" not in short["welcome_message"]


async def test_a_failing_model(api: httpx2.AsyncClient, session: Session, sandbox: Sandbox) -> None:
    """A model that fails here is a 502 whose error is a string."""
    operation = "POST /sessions/{id}/regenerate-welcome"
    sandbox.faults.add(operation, status=502, body={"error": "no answer"})
    answer = await api.post(f"/sessions/{session.id}/regenerate-welcome")
    assert (answer.status_code, answer.json()) == (502, {"error": "no answer"})


async def test_every_change_is_a_version(
    api: httpx2.AsyncClient, session: Session, tenant: Tenant
) -> None:
    """The history begins with creation, is newest first, and knows where a prompt came from."""
    url = f"/sessions/{session.id}"
    first = session.goal
    await api.patch(url, json={"goal": "Second.", "context": None})
    await api.patch(url, json={"prompt": "A", "prompt_generated_from": {}})
    await api.patch(url, json={"prompt": "B", "template_id": "retrospective"})
    await api.patch(url, json={"prompt": "C"})
    history = (await api.get(f"{url}/edit-history")).json()
    prompts = [each for each in history["revisions"] if each["field"] == "prompt"]
    assert [(each["value"], each["source"]) for each in prompts[:3]] == [
        ("C", "manual_edit"),
        ("B", "template_switch"),
        ("A", "brief_drift_cascade"),
    ]
    assert prompts[0]["created_by"] == tenant.user_id
    goals = (await api.get(f"{url}/edit-history?field=goal")).json()
    assert [each["value"] for each in goals["revisions"]] == ["Second.", first]
    assert goals["revisions"][1]["source"] == "create_session"
    assert goals["counts"]["goal"] == {
        "count": 2,
        "last_edited": "2026-05-04T09:30:00.123Z",
    }
    assert goals["counts"]["context"]["count"] == 1


async def test_design_is_for_editors(api: httpx2.AsyncClient, session: Session) -> None:
    """A viewer gets neither proposals nor history."""
    session.access = "viewer"
    url = f"/sessions/{session.id}"
    assert (await api.get(f"{url}/edit-history")).status_code == 403
    for name in ("regenerate-facilitation-prompt", "regenerate-welcome"):
        assert (await api.post(f"{url}/{name}")).status_code == 403
