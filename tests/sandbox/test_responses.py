"""Reading what people said, and adding to it without a facilitator."""

from collections.abc import Callable
from datetime import timedelta

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Session, Tenant


@pytest.fixture
def session(seeded: Callable[[str], Session]) -> Session:
    """The session about opening hours: Mira finished, Tomasz talks, Wilma has only joined."""
    return seeded("Opening hours")


@pytest.fixture
def url(session: Session) -> str:
    """Its responses."""
    return f"/sessions/{session.id}/responses"


async def names(api: httpx2.AsyncClient, url: str, **params: str) -> list[str]:
    """Give the participants that a filter leaves."""
    data = (await api.get(url, params=params)).json()["data"]
    return [each["participant_name"] for each in data]


async def test_whole_threads(api: httpx2.AsyncClient, url: str) -> None:
    """Without filters there are four fields per participant, and all messages."""
    data = (await api.get(url)).json()["data"]
    assert [each["active"] for each in data] == [False, True, True]
    assert set(data[0]) == {"participant_id", "participant_name", "active", "messages"}
    assert set(data[0]["messages"][0]) == {"id", "role", "content", "created_at"}
    assert data[0]["messages"][0]["content"] == "User shared the following context:\n"
    assert data[0]["messages"][1]["content"] == "Let's begin."


async def test_list_mode_leaves_messages_out(
    api: httpx2.AsyncClient, url: str, session: Session
) -> None:
    """A list tells how many messages there are, and when the first and last were."""
    session.threads[2].messages.clear()
    data = (await api.get(url, params={"mode": "list"})).json()["data"]
    assert all("messages" not in each for each in data)
    assert [each["message_count"] for each in data] == [11, 7, 0]
    assert data[0]["first_message_at"] < data[0]["last_message_at"]
    assert data[2]["first_message_at"] is None
    assert data[2]["last_message_at"] is None


async def test_filters(api: httpx2.AsyncClient, url: str, session: Session) -> None:
    """Name, turns, limit, order and joining time each leave out what they should."""
    assert await names(api, url, name="MI") == ["Mira"]
    assert await names(api, url, min_messages="3") == ["Mira", "Tomasz"]
    assert await names(api, url, limit="2") == ["Mira", "Tomasz"]
    assert await names(api, url, sort="newest", limit="1") == ["Wilma"]
    joined = session.threads[0].joined_at + timedelta(seconds=1)
    assert await names(api, url, since=joined.isoformat()) == ["Tomasz", "Wilma"]
    assert await names(api, url, since="2020-01-01") == ["Mira", "Tomasz", "Wilma"]
    assert await names(api, url, since="") == ["Mira", "Tomasz", "Wilma"]


async def test_a_bad_date_is_refused(api: httpx2.AsyncClient, url: str) -> None:
    """A joining time that is no date is a 400."""
    assert (await api.get(url, params={"since": "yesterday"})).status_code == 400


async def test_nameless_participants(api: httpx2.AsyncClient, url: str, session: Session) -> None:
    """A participant without a name reads as null and fits no name."""
    session.threads[0].name = None
    assert (await names(api, url))[0] is None
    assert await names(api, url, name="mira") == []


async def test_own_words_without_an_answer(
    api: httpx2.AsyncClient, url: str, sandbox: Sandbox, tenant: Tenant
) -> None:
    """The key's user has one thread per session, and nobody answers in it."""
    for content in (" First. ", "Second."):
        answer = await api.post(url, json={"content": content, "participant_id": "x"})
        assert answer.status_code == 201
        assert answer.json()["content"] == content.strip()
    mine = (await api.get(url, params={"name": tenant.name})).json()["data"]
    assert [each["content"] for each in mine[0]["messages"]] == ["First.", "Second."]
    assert mine[0]["messages"][1]["id"] == answer.json()["id"]
    assert sandbox.effects == {"response stored": 2}


async def test_201_does_not_prove_storage(
    api: httpx2.AsyncClient, url: str, sandbox: Sandbox
) -> None:
    """Words with NUL are accepted and lost."""
    assert (await api.post(url, json={"content": "a\0"})).status_code == 201
    assert sandbox.effects["response stored"] == 0


@pytest.mark.parametrize("body", ["null", "[]", "1", "{}", '{"content": " "}', '{"content": null}'])
async def test_blank_words_are_refused(api: httpx2.AsyncClient, url: str, body: str) -> None:
    """Here even a body of null is a 400."""
    answer = await api.post(url, content=body)
    assert answer.status_code == 400
    message = "content is required and must be a non-empty string"
    assert answer.json()["error"]["message"] == message


async def test_responses_need_an_editor_and_an_active_session(
    api: httpx2.AsyncClient, url: str, session: Session
) -> None:
    """Viewers and completed sessions are refused, each with its own sentence."""
    session.status = "completed"
    answer = await api.post(url, json={"content": "x"})
    assert answer.json()["error"]["message"] == "Session is not active"
    session.access = "viewer"
    answer = await api.post(url, json={"content": "x"})
    assert answer.status_code == 403
    message = "You need editor access to submit responses"
    assert answer.json()["error"]["message"] == message
