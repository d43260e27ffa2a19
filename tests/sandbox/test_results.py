"""Summaries and briefs."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx2

from harmonica_mcp.sandbox import Sandbox, Session


async def test_no_summary_yet(api: httpx2.AsyncClient, seeded: Callable[[str], Session]) -> None:
    """Before the first summary it is null, and the brief is a 404 in the envelope."""
    url = f"/sessions/{seeded('Opening hours').id}"
    summary = (await api.get(f"{url}/summary")).json()
    assert summary["summary"] is None
    assert summary["generated_at"] is None
    brief = await api.get(f"{url}/session-md")
    assert brief.status_code == 404
    error = {"code": "not_found", "message": "SESSION.md not yet generated"}
    assert brief.json() == {"error": error}


async def test_a_summary_is_made_of_what_was_said(
    api: httpx2.AsyncClient,
    seeded: Callable[[str], Session],
    sandbox: Sandbox,
    now: list[datetime],
) -> None:
    """POST writes themes, common ground, differences and next steps, in people's own words."""
    session = seeded("tool library")
    now[0] += timedelta(minutes=5)
    made = (await api.post(f"/sessions/{session.id}/summary")).json()
    assert made["session_id"] == session.id
    assert made["generated_at"] == "2026-05-04T09:35:00.123Z"
    said = " ".join(message.content for thread in session.threads for message in thread.spoken())
    quotes = [
        line.split("“")[1].rstrip("”") for line in made["summary"].splitlines() if "“" in line
    ]
    assert len(quotes) > 10
    assert all(quote.split("”")[0].lower() in said.lower() for quote in quotes[1:])
    for heading in ("Themes", "Common ground", "Differences and doubts", "Next steps"):
        assert f"### {heading}" in made["summary"]
    assert (await api.get(f"/sessions/{session.id}/summary")).json() == made
    full = (await api.get(f"/sessions/{session.id}")).json()
    assert full["summary"] == made["summary"]
    assert full["updated_at"] == made["generated_at"]
    assert sandbox.effects == {"summary written": 1}


async def test_a_summary_of_silence(api: httpx2.AsyncClient) -> None:
    """Where nobody spoke the summary says so and invents nothing."""
    made = (await api.post("/sessions", json={"topic": "Empty", "goal": "None"})).json()
    url = f"/sessions/{made['id']}"
    await api.patch(url, json={"summary_prompt": "Be brief."})
    text = (await api.post(f"{url}/summary")).json()["summary"]
    assert "Nobody has spoken in “Empty” yet." in text
    assert "Be brief." in text
    assert "Nothing was said about this." in text


async def test_one_person(api: httpx2.AsyncClient) -> None:
    """A single voice is counted as one person."""
    made = (await api.post("/sessions", json={"topic": "One", "goal": "None"})).json()
    body = {"content": "Hello.", "participant_id": "p", "participant_name": "Ana"}
    await api.post(f"/sessions/{made['id']}/chat", json=body)
    text = (await api.post(f"/sessions/{made['id']}/summary")).json()["summary"]
    assert text.startswith("1 person spoke in “One”: Ana.")


async def test_the_brief(api: httpx2.AsyncClient, seeded: Callable[[str], Session]) -> None:
    """SESSION.md is raw Markdown with overview, context, critical points, questions, summary."""
    session = seeded("Welcoming")
    session.context, session.critical = "Nine volunteers.", "Be kind."
    await api.post(f"/sessions/{session.id}/summary")
    brief = await api.get(f"/sessions/{session.id}/session-md")
    assert brief.headers["content-type"] == "text/markdown; charset=utf-8"
    assert brief.headers["content-disposition"] == 'inline; filename="SESSION.md"'
    headings = [line for line in brief.text.splitlines() if line.startswith(("# ", "## "))]
    assert headings == [
        "# Welcoming new volunteers",
        *("## Overview", "## Context", "## Critical Points", "## Questions", "## Summary"),
    ]
    assert "1. What should we call you?" in brief.text
    assert (await api.get(f"/sessions/{session.id}")).json()["session_md"] == brief.text


async def test_summaries_need_an_editor(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session]
) -> None:
    """A viewer reads the summary but cannot make one."""
    session = seeded("spring")
    session.access = "viewer"
    assert (await api.get(f"/sessions/{session.id}/session-md")).status_code == 200
    assert (await api.post(f"/sessions/{session.id}/summary")).status_code == 403
