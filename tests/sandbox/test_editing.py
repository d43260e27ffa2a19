"""Changing a session's design."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx2
import pytest

from harmonica_mcp.sandbox import Session


@pytest.fixture
def session(seeded: Callable[[str], Session]) -> Session:
    """The session about opening hours."""
    return seeded("Opening hours")


async def test_update_changes_texts_but_not_the_time(
    api: httpx2.AsyncClient, session: Session, now: list[datetime]
) -> None:
    """PATCH answers with the whole session, and `updated_at` stays where it was."""
    before = (await api.get(f"/sessions/{session.id}")).json()
    now[0] += timedelta(hours=1)
    answer = await api.patch(f"/sessions/{session.id}", json={"topic": " ", "context": "New."})
    assert answer.status_code == 200
    assert answer.json() == before | {"topic": " ", "context": "New."}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("", None), (5, "5"), (["a"], '{"a"}'), ({"a": 1}, '{"a":1}'), (None, None)],
)
async def test_update_validates_nothing(
    api: httpx2.AsyncClient, session: Session, sent: object, kept: str | None
) -> None:
    """Whatever comes is written as text; null and empty read back as null."""
    answer = await api.patch(f"/sessions/{session.id}", json={"context": sent})
    assert answer.json()["context"] == kept


@pytest.mark.parametrize("body", [{}, {"status": "completed"}, {"active": False}, []])
async def test_update_without_known_fields(
    api: httpx2.AsyncClient, session: Session, body: object
) -> None:
    """Nothing to change is a 400 that lists what can be changed."""
    answer = await api.patch(f"/sessions/{session.id}", json=body)
    assert answer.status_code == 400
    message = answer.json()["error"]["message"]
    start = "No valid fields provided. Allowed fields: topic, goal, context, critical, prompt, "
    assert message.startswith(start + "project_id")


@pytest.mark.parametrize("body", [None, 1, "x", {"topic": None}, {"goal": "a\0"}])
async def test_update_stumbles(api: httpx2.AsyncClient, session: Session, body: object) -> None:
    """Bodies that are no object, null in required texts and NUL are a 500."""
    assert (await api.patch(f"/sessions/{session.id}", json=body)).status_code == 500


async def test_update_of_settings(api: httpx2.AsyncClient, session: Session) -> None:
    """Write-only settings are kept; questions and distribution replace the whole list."""
    target = {"channel": "telegram", "group_id": "-1"}
    sent = {
        "cross_pollination": "on",
        "summary_prompt": "Be brief.",
        "results_visibility": "participants",
        "welcome_message": "Hello",
        "distribution": [target],
        "questions": [{"text": "Why?"}],
    }
    answer = await api.patch(f"/sessions/{session.id}", json=sent)
    assert answer.status_code == 200
    assert "welcome_message" not in answer.json()
    assert session.settings["cross_pollination"] is True
    assert session.settings["distribution"] == [target]
    assert [each.text for each in session.questions] == ["Why?"]


async def test_a_new_prompt_rewrites_its_recap(api: httpx2.AsyncClient, session: Session) -> None:
    """The recap becomes the prompt's first 500 characters unless one is sent along."""
    await api.patch(f"/sessions/{session.id}", json={"prompt": "x" * 600})
    assert session.settings["prompt_summary"] == "x" * 500
    await api.patch(f"/sessions/{session.id}", json={"prompt": "y", "prompt_summary": "short"})
    assert session.settings["prompt_summary"] == "short"


async def test_update_refuses_unknown_visibility(api: httpx2.AsyncClient, session: Session) -> None:
    """A visibility that does not exist changes nothing."""
    answer = await api.patch(
        f"/sessions/{session.id}", json={"topic": "x", "results_visibility": "all"}
    )
    assert answer.status_code == 400
    assert session.topic.startswith("Opening hours")


async def test_update_needs_an_editor(api: httpx2.AsyncClient, session: Session) -> None:
    """A viewer may read, not change."""
    session.access = "viewer"
    assert (await api.get(f"/sessions/{session.id}")).status_code == 200
    answer = await api.patch(f"/sessions/{session.id}", json={"topic": "x"})
    assert answer.status_code == 403
