"""Meetings, their transcripts, and what may be done with them."""

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Tenant


@pytest.fixture
def restricted(tenant: Tenant) -> str:
    """The path of the meeting with restrictions."""
    found = (each.id for each in tenant.meetings.values() if each.restrictions)
    return f"/meetings/{next(found)}"


async def titles(api: httpx2.AsyncClient, **params: str) -> list[str]:
    """Give the meetings that a filter leaves."""
    data = (await api.get("/meetings", params=params)).json()["data"]
    return [each["title"].split()[0] for each in data]


async def test_meetings_are_filtered(api: httpx2.AsyncClient) -> None:
    """By state and by three times, newest first."""
    assert await titles(api) == ["Insurance", "Planning"]
    assert await titles(api, status="ready") == ["Insurance", "Planning"]
    assert await titles(api, status="recording") == []
    between = "2026-04-28T00:00:00+00:00"
    assert await titles(api, **{"from": between}) == ["Insurance"]
    assert await titles(api, to=between) == ["Planning"]
    assert await titles(api, updated_since=between) == ["Insurance"]
    assert (await api.get("/meetings", params={"from": "soon"})).status_code == 400


async def test_meetings_are_paged_by_cursor(api: httpx2.AsyncClient) -> None:
    """The cursor leads to the next page and is null on the last; a made-up one is a 400."""
    first = (await api.get("/meetings", params={"limit": "1"})).json()
    assert first["data"][0]["title"].startswith("Insurance")
    cursor = first["pagination"]["next_cursor"]
    second = (await api.get("/meetings", params={"limit": "1", "cursor": cursor})).json()
    assert second["data"][0]["title"].startswith("Planning")
    assert second["pagination"]["next_cursor"] is None
    for bad in ("x", "after-x"):
        assert (await api.get("/meetings", params={"cursor": bad})).status_code == 400


async def test_transcripts(api: httpx2.AsyncClient, restricted: str, tenant: Tenant) -> None:
    """A transcript has every utterance with speaker and address, restricted or not."""
    transcript = (await api.get(f"{restricted}/transcript")).json()
    assert transcript["status"] == "ready"
    assert len(transcript["utterances"]) == 3
    assert transcript["utterances"][0]["speaker_email"].endswith(".example")
    assert [each["sequence"] for each in transcript["utterances"]] == [0, 1, 2]
    meeting = tenant.meetings[restricted.rpartition("/")[2]]
    meeting.utterances = None
    assert (await api.get(f"{restricted}/transcript")).status_code == 404
    listed = (await api.get("/meetings")).json()["data"][0]
    assert (listed["has_transcript"], listed["transcript_status"]) == (False, None)
    meeting.utterances = []
    listed = (await api.get("/meetings")).json()["data"][0]
    assert (listed["has_transcript"], listed["empty_transcript"]) == (True, True)


async def test_unknown_meetings(api: httpx2.AsyncClient) -> None:
    """A meeting that is not the caller's is a 403."""
    assert (await api.get("/meetings/none/transcript")).status_code == 403


async def test_restrictions_are_what_was_set_and_what_is_flagged(
    api: httpx2.AsyncClient, restricted: str, tenant: Tenant
) -> None:
    """Effective is the owner's choice with the candidates still to be reviewed."""
    state = (await api.get(f"{restricted}/restrictions")).json()
    assert state["authoritative_scopes"] == ["external_export", "sharing"]
    assert state["candidate_scopes"] == ["synthesis"]
    assert state["effective_scopes"] == ["synthesis", "external_export", "sharing"]
    assert [each["sequence"] for each in state["history"]] == ["1", "2"]
    assert state["pending_candidates"] == state["history"][1:]
    other = next(each.id for each in tenant.meetings.values() if not each.restrictions)
    free = (await api.get(f"/meetings/{other}/restrictions")).json()
    assert free["effective_scopes"] == []


@pytest.mark.parametrize(
    ("decision", "scopes"),
    [
        ("confirm", ["synthesis", "external_export", "sharing"]),
        ("dismiss", ["external_export", "sharing"]),
    ],
)
async def test_a_candidate_is_reviewed_once(
    api: httpx2.AsyncClient, restricted: str, decision: str, scopes: list[str]
) -> None:
    """A decision settles it, as one more event in the history."""
    url = f"{restricted}/restrictions"
    [candidate] = (await api.get(url)).json()["pending_candidates"]
    body = {
        "action": "review_candidate",
        "candidate_event_id": candidate["id"],
        "decision": decision,
        "reason": "Looked at it.",
    }
    answer = await api.post(url, json=body)
    assert answer.status_code == 201
    assert answer.json()["effective_scopes"] == scopes
    assert answer.json()["pending_candidates"] == []
    assert answer.json()["history"][-1]["review_of_event_id"] == candidate["id"]
    assert (await api.post(url, json=body)).status_code == 404


async def test_setting_restrictions(
    api: httpx2.AsyncClient, restricted: str, tenant: Tenant, sandbox: Sandbox
) -> None:
    """The complete set replaces the former one, an empty set lifts it, history keeps both."""
    url = f"{restricted}/restrictions"
    body = {"action": "set", "scopes": ["sharing", "synthesis"], "reason": "Changed."}
    state = (await api.post(url, json=body)).json()
    assert state["authoritative_scopes"] == ["synthesis", "sharing"]
    lifted = (await api.post(url, json=body | {"scopes": []})).json()
    assert lifted["authoritative_scopes"] == []
    assert lifted["history"][-1]["actor_id"] == tenant.user_id
    assert len(lifted["history"]) == 4
    assert sandbox.effects == {"restriction recorded": 2}


@pytest.mark.parametrize(
    "body",
    [
        {"action": "set", "scopes": []},
        {"action": "set", "scopes": [], "reason": ""},
        {"action": "set", "scopes": [], "reason": "x" * 1001},
        {"action": "set", "reason": "x"},
        {"action": "set", "scopes": ["all"], "reason": "x"},
        {"action": "lift", "reason": "x"},
        {"action": "review_candidate", "reason": "x"},
    ],
)
async def test_restrictions_are_checked(
    api: httpx2.AsyncClient, restricted: str, body: object
) -> None:
    """A reason, a known action and known scopes are needed."""
    assert (await api.post(f"{restricted}/restrictions", json=body)).status_code == 400
