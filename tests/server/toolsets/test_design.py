"""draft_facilitation_prompt, apply_template_prompt, draft_welcome_message, get_edit_history."""

import json
from dataclasses import replace

import pytest

from tests.server.host import call
from tests.server.wire import Stage

DRAFT = "POST /sessions/{id}/regenerate-facilitation-prompt"
WELCOME = "POST /sessions/{id}/regenerate-welcome"
UPDATE = "PATCH /sessions/{id}"
LOST = "Harmonica's answer was lost; a draft is never saved, so asking again changes nothing"


async def test_draft_prompt(stage: Stage) -> None:
    """A proposal is shown whole with its recap, and the session keeps its prompt."""
    session = stage.session("tool library")
    before = session.prompt
    called = await call(stage, "draft_facilitation_prompt", session_id=session.id)
    assert called.data["saved"] is False
    assert called.data["prompt"].startswith("You facilitate a private conversation about A tool")
    assert "template_id" not in called.data
    assert f"The prompt for session {session.id} is a proposal and not saved" in called.text
    assert "No template: composed from the brief alone." in called.text
    for name in ("prompt", "recap"):
        assert f"{name}: {json.dumps(called.data[name], ensure_ascii=False)}" in called.text
    assert session.prompt == before
    assert stage.sandbox.effects == {"prompt proposed": 1}


async def test_draft_with_a_template(stage: Stage) -> None:
    """Another template is previewed by its exact title, with what it suggests besides."""
    session = stage.session("tool library")
    called = await call(
        stage, "draft_facilitation_prompt", session_id=session.id, template="two-ROUND estimate"
    )
    assert called.data["template_id"] == "delphi-panel-chain"
    assert called.data["suggested_cross_pollination"] is True
    assert "Template: delphi-panel-chain." in called.text
    assert "The template suggests cross-pollination on: update_session(" in called.text
    assert "template_id" not in session.settings


async def test_no_such_template(stage: Stage) -> None:
    """A title that is none's is refused before anything is composed, naming what there is."""
    session = stage.session("tool library")
    for tool in ("draft_facilitation_prompt", "apply_template_prompt"):
        called = await call(stage, tool, session_id=session.id, template="Retro")
        assert called.error.startswith(
            'There is no template with that id or name; there are retrospective "Retrospective"; '
        )
    assert stage.sent == ["GET /templates"] * 2


async def test_apply(stage: Stage) -> None:
    """The template's prompt is saved with recap and basis, and shown as it holds now."""
    session = stage.session("tool library")
    called = await call(
        stage, "apply_template_prompt", session_id=session.id, template="Retrospective"
    )
    assert called.data["saved"] is True
    assert "Ask first what went well" in called.data["prompt"]
    assert session.prompt == called.data["prompt"]
    assert session.settings["prompt_summary"] == called.data["recap"]
    assert session.settings["prompt_generated_from"] == {
        "topic": session.topic,
        "goal": session.goal,
        "critical": "",
        "context": "",
    }
    assert session.settings["template_id"] == "retrospective"
    assert session.revisions[-1].source == "template_switch"
    assert "is saved; it holds for conversations that begin from now on" in called.text
    assert json.dumps(called.data["prompt"], ensure_ascii=False) in called.text
    assert [sent for sent in stage.sent if not sent.startswith("GET ")] == [DRAFT, UPDATE]


async def test_apply_the_sessions_own_template(stage: Stage) -> None:
    """A session that was created with a template gets that template's prompt."""
    created = await call(
        stage, "create_session", topic="Light", goal="Lamps.", template="Retrospective"
    )
    session = stage.session("Light")
    assert "Ask first what went well" not in (session.prompt or "")
    assert "apply_template_prompt" in created.data["next_step"]
    called = await call(stage, "apply_template_prompt", session_id=created.data["join_url"])
    assert called.data["template_id"] == "retrospective"
    assert "Ask first what went well" in (session.prompt or "")


async def test_apply_without_a_recap(stage: Stage) -> None:
    """Where none is composed, Harmonica's own recap of the prompt is not emptied."""
    session = stage.session("tool library")
    stage.sandbox.faults.add(DRAFT, body={"facilitation_prompt": "Ask one thing."})
    called = await call(stage, "apply_template_prompt", session_id=session.id)
    assert called.data["recap"] == ""
    assert session.settings["prompt_summary"] == "Ask one thing."


async def test_apply_with_a_lost_draft(stage: Stage) -> None:
    """Where the draft's answer is lost, nothing is saved, which the error says."""
    session = stage.session("tool library")
    before = session.prompt
    stage.sandbox.faults.add(DRAFT, drop="after")
    called = await call(stage, "apply_template_prompt", session_id=session.id)
    assert called.error.startswith(LOST)
    assert session.prompt == before
    assert {sent for sent in stage.sent if not sent.startswith("GET ")} == {DRAFT}


async def test_apply_with_a_lost_save(stage: Stage) -> None:
    """Saving is repeated by itself, to the same end; the draft is made once."""
    session = stage.session("tool library")
    stage.sandbox.faults.add(UPDATE, drop="after")
    called = await call(stage, "apply_template_prompt", session_id=session.id)
    assert called.data["saved"] is True
    assert session.prompt == called.data["prompt"]
    assert (stage.sent.count(DRAFT), stage.sent.count(UPDATE)) == (1, 2)


@pytest.mark.parametrize("status", [502, 500])
async def test_a_failing_draft(stage: Stage, status: int) -> None:
    """A failure of Harmonica's model is told and not repeated; its error may be a plain text."""
    session = stage.session("tool library")
    stage.sandbox.faults.add(DRAFT, status=status, body={"error": "The model is overloaded"})
    called = await call(stage, "draft_facilitation_prompt", session_id=session.id)
    assert called.error.startswith(LOST)
    assert stage.sent == [DRAFT]


async def test_welcome(stage: Stage) -> None:
    """Welcome and description are shown, with what saves them; nothing is saved."""
    session = stage.session("Opening hours")
    called = await call(stage, "draft_welcome_message", session_id=session.id)
    for name in ("welcome_message", "meta_description"):
        assert f"{name}: {json.dumps(called.data[name], ensure_ascii=False)}" in called.text
        assert name not in session.settings
    assert "not saved: update_session takes both" in called.text
    assert stage.sandbox.effects == {"welcome proposed": 1}


async def test_a_lost_welcome(stage: Stage) -> None:
    """A welcome whose answer is lost is not composed twice."""
    stage.sandbox.faults.add(WELCOME, drop="after")
    called = await call(
        stage, "draft_welcome_message", session_id=stage.session("Opening hours").id
    )
    assert called.error.startswith(LOST)
    assert stage.sandbox.effects == {"welcome proposed": 1}


async def test_history(stage: Stage) -> None:
    """Versions stand in both forms with field, origin and size, long ones by their beginnings."""
    session = stage.session("Opening hours")
    called = await call(stage, "get_edit_history", session_id="opening hours")
    rows = {row["field"]: row for row in called.data["revisions"]}
    prompt = rows["prompt"]
    assert rows.keys() == {"topic", "goal", "context", "critical", "prompt"}
    assert rows["goal"]["value"] == session.goal
    assert prompt["value"] == (session.prompt or "")[:200]
    assert prompt["characters"] == len(session.prompt or "")
    assert called.text.startswith(
        f"5 versions of session {session.id}; revision_id shows one whole, update_session brings "
        "it back.\n- "
    )
    assert (
        f"- {rows['goal']['id']} goal, create_session, {rows['goal']['created_at']}, "
        f'{len(session.goal)} characters: "{session.goal}"' in called.text
    )
    size = f"the first 200 of {prompt['characters']} characters: "
    assert size + json.dumps(prompt["value"], ensure_ascii=False) in called.text


async def test_one_version(stage: Stage) -> None:
    """One version by its id is shown whole, so that it can be brought back."""
    session = stage.session("Opening hours")
    [prompt] = [each for each in session.revisions if each.field == "prompt"]
    called = await call(
        stage, "get_edit_history", session_id=session.id, revision_id=prompt.id, field="prompt"
    )
    assert [row["value"] for row in called.data["revisions"]] == [prompt.value]
    assert json.dumps(prompt.value, ensure_ascii=False) in called.text


async def test_versions_of_one_field(stage: Stage) -> None:
    """A field narrows the list, also where the edition ignores it; an unknown one has none."""
    session = stage.session("Opening hours")
    everything = {"revisions": [each.json() for each in session.revisions]}
    stage.sandbox.faults.add("GET /sessions/{id}/edit-history", body=everything)
    called = await call(stage, "get_edit_history", session_id=session.id, field="goal")
    nothing = await call(stage, "get_edit_history", session_id=session.id, field="colour")
    assert [row["field"] for row in called.data["revisions"]] == ["goal"]
    assert nothing.text == f"No version of session {session.id} fits."


async def test_history_page_by_page(stage: Stage) -> None:
    """Pages say what is left; joined they hold each version once, whenever it was made."""
    session = stage.session("Opening hours")
    one = session.revisions[0]
    session.revisions = [replace(one, id=f"r{number}") for number in range(50)]
    bare = {"id": "r0", "field": "topic", "value": "x", "source": "manual_edit"}
    first = await call(stage, "get_edit_history", session_id=session.id)
    last = await call(
        stage, "get_edit_history", session_id=session.id, cursor=first.data["next_cursor"]
    )
    stage.sandbox.faults.add("GET /sessions/{id}/edit-history", body={"revisions": [bare]})
    undated = await call(stage, "get_edit_history", session_id=session.id)
    seen = [row["id"] for page in (first, last) for row in page.data["revisions"]]
    assert (first.data["left"], last.data["left"]) == (10, 0)
    assert first.text.endswith(f"10 more: call again with cursor {first.data['next_cursor']}.")
    assert sorted(seen) == sorted(each.id for each in session.revisions)
    assert undated.text.endswith('- r0 topic, manual_edit, at an unknown time, 1 character: "x"')
