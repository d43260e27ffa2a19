"""Building the scratchpad in batches."""

from collections.abc import Callable

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Session


@pytest.fixture
def url(seeded: Callable[[str], Session]) -> str:
    """The scratchpad of the session with cross-pollination: twenty turns, five batches."""
    return f"/sessions/{seeded('tool library').id}/scratchpad"


async def run(api: httpx2.AsyncClient, url: str, mode: str) -> tuple[object, ...]:
    """Call once and give state, batches done and batches there were."""
    told = (await api.post(url, json={"mode": mode})).json()
    return told["status"], told["batches_processed"], told["batches_total"]


async def test_seeding_takes_several_calls(
    api: httpx2.AsyncClient, url: str, sandbox: Sandbox
) -> None:
    """Each call does two batches of what remains; every batch is kept."""
    assert await run(api, url, "status") == ("empty", 0, 5)
    assert await run(api, url, "seed") == ("partial", 2, 5)
    assert await run(api, url, "status") == ("exists", 0, 3)
    assert await run(api, url, "seed") == ("partial", 2, 3)
    last = (await api.post(url)).json()
    assert last["status"] == "completed"
    assert (last["batches_processed"], last["batches_total"]) == (1, 1)
    assert last["participants"] == 5
    assert last["themes"] > 3
    assert sandbox.effects == {"scratchpad batch": 5}


async def test_seeding_again_starts_afresh(api: httpx2.AsyncClient, url: str) -> None:
    """A seed after completion works through everything again, an update only through news."""
    for _ in range(3):
        await api.post(url)
    assert await run(api, url, "update") == ("completed", 0, 0)
    body = {"content": "A new idea.", "participant_id": "p", "participant_name": "Ana"}
    await api.post(url.replace("scratchpad", "chat"), json=body)
    assert await run(api, url, "update") == ("completed", 1, 1)
    assert await run(api, url, "seed") == ("partial", 2, 6)


async def test_nothing_to_map(api: httpx2.AsyncClient) -> None:
    """A session in which nobody spoke has no data."""
    body = {"topic": "Quiet", "goal": "None", "cross_pollination": True}
    made = (await api.post("/sessions", json=body)).json()
    assert (await api.post(f"/sessions/{made['id']}/scratchpad")).json() == {
        "status": "no_data",
        "themes": 0,
        "participants": 0,
        "batches_processed": 0,
        "batches_total": 0,
    }


async def test_cross_pollination_must_be_on(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session]
) -> None:
    """Switched off, even the status is a 400."""
    answer = await api.post(f"/sessions/{seeded('Opening').id}/scratchpad", json={"mode": "status"})
    assert answer.status_code == 400
    message = "Cross-pollination is not enabled for this session"
    assert answer.json()["error"]["message"] == message


async def test_unknown_modes(api: httpx2.AsyncClient, url: str) -> None:
    """A mode that does not exist is a 400."""
    assert (await api.post(url, json={"mode": "wipe"})).status_code == 400
