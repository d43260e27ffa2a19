"""update_session: what was before, what is now."""

import json
from typing import Any

import pytest

from tests.server.host import call
from tests.server.wire import Called, Json, Stage

UPDATE = "PATCH /sessions/{id}"
CAFE = "Fennmill repair café"


async def update(stage: Stage, **more: Any) -> Called:
    """Change a session."""
    return await call(stage, "update_session", session_id=stage.session("Opening").id, **more)


def changes(called: Called) -> dict[str, Json]:
    """The changes by field."""
    return {change["field"]: change for change in called.data["changes"]}


async def test_update(stage: Stage) -> None:
    """Each changed field is told with what it was before; where that is unknown, without."""
    session = stage.session("Opening hours")
    before = session.topic
    async with stage.connect() as wire:
        called = await wire.call(
            "update_session", session_id=session.id, topic="New hours", cross_pollination=True
        )
    assert called.facts == {
        "id": session.id,
        "changes": [
            {"field": "topic", "before": before, "now": "New hours"},
            {"field": "cross_pollination", "now": "true"},
        ],
    }
    assert called.text == (
        f"Session {session.id} is changed:\n"
        f'- topic: "{before}" -> "New hours"\n'
        '- cross_pollination: "true"'
    )
    assert session.topic == "New hours"
    assert stage.sandbox.effects == {"session updated": 1}


async def test_update_nothing(stage: Stage) -> None:
    """A call without a change is refused."""
    async with stage.connect() as wire:
        called = await wire.call("update_session", session_id=stage.whole.id)
    assert called.error == "There is nothing to change."
    assert stage.sandbox.effects.total() == 0


async def test_update_with_a_blank(stage: Stage) -> None:
    """A blank topic, which Harmonica would take, is refused."""
    async with stage.connect() as wire:
        called = await wire.call("update_session", session_id=stage.whole.id, topic="  ")
    assert called.error == "topic must not be empty."
    assert stage.sandbox.effects.total() == 0


async def test_update_takes_no_topic_words(stage: Stage) -> None:
    """What changes something is not guessed from words of a topic; nothing is sent."""
    async with stage.connect() as wire:
        called = await wire.call("update_session", session_id="tool library", topic="New")
    assert "session_id must be a session's id" in called.error
    assert stage.sent == []


async def test_texts_are_shown_whole(stage: Stage) -> None:
    """Old and new of a long text stand in full in both forms."""
    session = stage.session("Opening")
    old, new = "Old. " * 1_000, "New. " * 1_000
    session.prompt = old
    called = await update(stage, prompt=new)
    assert changes(called)["prompt"] == {"field": "prompt", "before": old, "now": new}
    assert f"- prompt: {json.dumps(old)} -> {json.dumps(new)}" in called.text
    assert session.prompt == new


async def test_what_was_empty(stage: Stage) -> None:
    """A field that was empty before is told from one that cannot be read."""
    session = stage.session("Opening")
    session.context = None
    called = await update(stage, context="Saturdays.", summary_prompt="Short.")
    assert called.text.split("\n")[1:] == [
        '- context: "(empty)" -> "Saturdays."',
        '- summary_prompt: "Short."',
    ]
    assert "before" not in changes(called)["summary_prompt"]


async def test_every_field_arrives(stage: Stage) -> None:
    """Every field of the API is sent under its own name, and told as sent."""
    texts = {
        "topic": "T",
        "goal": "G",
        "context": "C",
        "critical": "K",
        "prompt": "P",
        "prompt_summary": "PS",
        "prompt_generated_from": {"topic": "T", "goal": "G", "critical": "K", "context": None},
        "summary_prompt": "SP",
        "results_visibility": "participants",
        "cross_pollination": False,
        "widgets_enabled": True,
        "welcome_message": "W",
        "meta_description": "M",
        "intro_video_url": "https://video.example/1",
        "platform_guidelines_override": "PG",
    }
    questions = [{"text": "Who?", "type": "Email", "required": True}]
    called = await update(
        stage,
        **texts,
        questions=questions,
        template="Retrospective",
        project=CAFE,
        telegram_groups=[CAFE],
    )
    [group] = stage.tenant.groups
    project = next(each.id for each in stage.tenant.projects.values() if each.title == CAFE)
    looked_up = {
        "questions": questions,
        "template_id": "retrospective",
        "project_id": project,
        "distribution": [{"channel": "telegram", "group_id": group}],
    }
    assert stage.sandbox.requests[-1].body == texts | looked_up
    assert changes(called).keys() == (texts | looked_up).keys()
    assert changes(called)["cross_pollination"]["now"] == "false"
    assert "next_step" not in called.data


async def test_lists_are_replaced_whole(stage: Stage) -> None:
    """Questions and groups are replaced as whole lists, which both forms say with the old ones."""
    session = stage.session("Opening")
    await update(stage, questions=[{"text": "Who?"}, {"text": "Where?"}])
    called = await update(stage, questions=[{"text": "When?"}], telegram_groups=[CAFE])
    [question] = session.questions
    assert question.text == "When?"
    replaced = changes(called)
    assert replaced["questions"]["whole_list_replaced"] is True
    assert replaced["distribution"]["whole_list_replaced"] is True
    assert json.loads(replaced["questions"]["before"]) == ["Who?", "Where?"]
    assert "- questions (the whole list is replaced): " in called.text
    assert "- distribution (the whole list is replaced): " in called.text


async def test_lists_are_emptied(stage: Stage) -> None:
    """An empty list takes all questions and groups away."""
    session = stage.session("Opening")
    await update(stage, questions=[{"text": "Who?"}], telegram_groups=[CAFE])
    called = await update(stage, questions=[], telegram_groups=[])
    assert (session.questions, session.settings["distribution"]) == ([], [])
    assert changes(called)["questions"]["now"] == "(empty)"
    assert changes(called)["distribution"]["now"] == "(empty)"


async def test_clear(stage: Stage) -> None:
    """Named fields are emptied, and shown with what they were."""
    session = stage.session("Opening")
    before = session.critical
    called = await update(stage, clear=["critical", "project_id", "intro_video_url"])
    assert session.critical is None
    assert not any(session.id in each.session_ids for each in stage.tenant.projects.values())
    assert changes(called)["critical"] == {
        "field": "critical",
        "before": before,
        "now": "(empty)",
    }
    assert f'- critical: {json.dumps(before)} -> "(empty)"' in called.text
    assert '- project_id: "(empty)"' in called.text


async def test_set_and_clear(stage: Stage) -> None:
    """A field cannot be set and emptied at once; nothing is sent."""
    called = await update(
        stage, context="New", critical="New", clear=["critical", "context", "project_id"]
    )
    assert called.error == "context, critical cannot be set and cleared. Nothing was sent."
    assert stage.sent == []


async def test_clear_what_cannot_be(stage: Stage) -> None:
    """Only what Harmonica can empty can be emptied."""
    called = await update(stage, clear=["topic"])
    assert called.error.startswith("Invalid arguments: clear.0: Input should be 'context', ")
    assert stage.sent == []


async def test_another_template(stage: Stage) -> None:
    """A template without its prompt leaves the two out of step, which is said with what helps."""
    called = await update(stage, template="Retrospective")
    assert called.data["next_step"] == (
        "The prompt is still the old one: apply_template_prompt (toolset design) recomposes it."
    )
    assert called.text.endswith(called.data["next_step"])


@pytest.mark.parametrize(
    ("given", "noun"),
    [
        ({"template": "Retro"}, "template"),
        ({"project": "Fennmill"}, "project"),
        ({"telegram_groups": ["Fennmill"]}, "Telegram group"),
    ],
)
async def test_names_are_never_guessed(stage: Stage, given: Json, noun: str) -> None:
    """A name that is only near is refused with what there is, and nothing is changed."""
    called = await update(stage, topic="New", **given)
    assert called.error.startswith(f"There is no {noun} with that id or name; there are ")
    assert stage.sandbox.effects.total() == 0


async def test_a_lost_answer(stage: Stage) -> None:
    """A change is repeated by itself, to the same end, and what was before is still told."""
    session = stage.session("Opening")
    before = session.topic
    stage.sandbox.faults.add(UPDATE, drop="after")
    called = await update(stage, topic="New hours")
    assert changes(called)["topic"] == {"field": "topic", "before": before, "now": "New hours"}
    assert stage.sent.count(UPDATE) == 2


async def test_only_editors(stage: Stage) -> None:
    """Where the key may only look, nothing is changed."""
    stage.session("Opening").access = "viewer"
    called = await update(stage, topic="New hours")
    assert "this key has no access to it" in called.error
    assert stage.sandbox.effects.total() == 0
