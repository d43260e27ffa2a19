"""Mishaps on purpose, and what they leave behind."""

import asyncio

import httpx2
import pytest

from harmonica_mcp.sandbox import AnswerLost, Sandbox

NO_ANSWERS: list[object] = []
NEW = {"topic": "Bees on the roof", "goal": "Find a place for hives."}
ANA = {"content": "I like bees.", "participant_id": "p1", "participant_name": "Ana"}


async def create(api: httpx2.AsyncClient) -> str:
    """Make a session and give its path."""
    return f"/sessions/{(await api.post('/sessions', json=NEW)).json()['id']}"


async def roles(api: httpx2.AsyncClient, url: str) -> list[str]:
    """Give who spoke in the only thread."""
    [ana] = (await api.get(f"{url}/responses")).json()["data"]
    return [each["role"] for each in ana["messages"]]


async def test_a_status_instead_of_work(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """A set answer is given as many times as asked, and nothing happens."""
    sandbox.faults.add(
        "POST /sessions",
        times=2,
        status=503,
        body="<h1>Busy</h1>",
        content_type="text/html",
        headers={"x-note": "1"},
    )
    for _ in "ab":
        answer = await api.post("/sessions", json=NEW)
        assert (answer.status_code, answer.text) == (503, "<h1>Busy</h1>")
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["x-note"] == "1"
    assert not sandbox.effects
    assert (await api.post("/sessions", json=NEW)).status_code == 201
    assert [each.status for each in sandbox.requests] == [503, 503, 201]


async def test_a_body_instead_of_work(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """A body alone is a 200; a status alone has no body."""
    sandbox.faults.add("*", body={"surprise": True})
    sandbox.faults.add("*", status=500)
    assert (await api.get("/me")).json() == {"surprise": True}
    assert (await api.get("/me")).content == b""


async def test_faults_wait_for_their_operation(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """Other operations pass by, and what is still to come can be cleared."""
    sandbox.faults.add("GET /sessions/{id}", status=502)
    assert (await api.get("/me")).status_code == 200
    assert (await api.get("/sessions/any")).status_code == 502
    sandbox.faults.add("*", status=502)
    sandbox.faults.clear()
    assert (await api.get("/me")).status_code == 200


async def test_dropped_before(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """The connection is cut and nothing has happened."""
    sandbox.faults.add("POST /sessions", drop="before")
    with pytest.raises(AnswerLost):
        await api.post("/sessions", json=NEW)
    assert not sandbox.effects
    assert sandbox.requests[-1].status is None


async def test_dropped_after(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """The session exists, only its answer is lost."""
    sandbox.faults.add("POST /sessions", drop="after")
    with pytest.raises(ConnectionError):
        await api.post("/sessions", json=NEW)
    assert sandbox.effects["session created"] == 1
    assert (await api.get("/sessions", params={"q": "bees"})).json()["pagination"]["total"] == 1


@pytest.mark.parametrize("path", ["chat", "chat/questions"])
async def test_no_reply(api: httpx2.AsyncClient, sandbox: Sandbox, path: str) -> None:
    """The participant's words are stored, the facilitator never answers, the answer is lost."""
    url = await create(api)
    sandbox.faults.add(f"POST /sessions/{{id}}/{path}", no_reply=True)
    with pytest.raises(AnswerLost):
        await api.post(f"{url}/{path}", json=ANA | {"answers": NO_ANSWERS})
    assert await roles(api, url) == ["user"]


async def test_a_late_reply(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """The words are there at once, the facilitator's answer comes by itself later."""
    url = await create(api)
    sandbox.faults.add("POST /sessions/{id}/chat", drop="after", late_reply=0.02)
    with pytest.raises(AnswerLost):
        await api.post(f"{url}/chat", json=ANA)
    assert await roles(api, url) == ["user"]
    await sandbox.settled()
    assert await roles(api, url) == ["user", "assistant"]


async def test_an_apology(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """A failing model is a 200 that apologizes, and the apology is in the thread."""
    url = await create(api)
    sandbox.faults.add("POST /sessions/{id}/chat", apology=True)
    message = (await api.post(f"{url}/chat", json=ANA)).json()["message"]
    start = "I apologize, but I encountered an error processing your request. Error: "
    assert message["content"].startswith(start)
    assert message["is_final"] is False
    assert await roles(api, url) == ["user", "assistant"]


async def test_an_empty_reply(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """A model that says nothing is a 200 with empty content."""
    url = await create(api)
    sandbox.faults.add("POST /sessions/{id}/chat", empty_reply=True)
    assert (await api.post(f"{url}/chat", json=ANA)).json()["message"]["content"] == ""
    assert sandbox.effects["reply stored"] == 1


async def test_who_hangs_up_is_served_all_the_same(
    api: httpx2.AsyncClient, sandbox: Sandbox
) -> None:
    """A request goes on after its client has given up, as at the real service."""
    sandbox.faults.add("POST /sessions", delay=0.2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await api.post("/sessions", json=NEW)
    assert not sandbox.effects
    await sandbox.settled()
    assert sandbox.effects["session created"] == 1
    assert sandbox.requests[0].status == 201


async def test_a_slow_answer(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """The effect comes before the wait, the answer after it."""
    sandbox.faults.add("POST /sessions", delay_after=0.2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await api.post("/sessions", json=NEW)
    assert sandbox.effects["session created"] == 1
    assert sandbox.requests[0].status is None


async def test_faults_do_not_help_without_a_key(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """A refused key uses up no mishap."""
    sandbox.faults.add("GET /me", status=503)
    refused = await api.get("/me", headers={"authorization": "Bearer x"})
    assert refused.status_code == 401
    assert (await api.get("/me")).status_code == 503
