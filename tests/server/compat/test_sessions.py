"""Finding, reading, creating and changing sessions by the official names."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.server.asking import Room
from tests.server.compat.official import CAFE, GROUP, OWN, project
from tests.server.host import call
from tests.server.wire import ENVELOPE, Stage


async def test_a_session_with_its_texts(stage: Stage) -> None:
    """get_session shows context, critical question, prompt and summary, in a fence."""
    called = await call(stage, "get_session", session_id=stage.whole.id)
    session = stage.whole
    words = called.data["texts_words"]
    assert f"## Facilitation prompt\n\n{session.prompt}" in words
    assert f"## Summary\n\n{session.summary}" in words
    assert '"## Summary"' in called.fenced
    assert called.data["topic"] == session.topic
    assert "next_cursor" not in called.data


async def test_long_texts_come_in_pages(stage: Stage) -> None:
    """Together the pages hold every word, each within the budget."""
    session = stage.whole
    session.prompt = "\n".join(f"Ask about lamp {number}." for number in range(3_000))
    words, arguments, pages = "", {"session_id": session.id}, 0
    while True:
        called = await call(stage, "get_session", **arguments)
        assert len(called.text.encode()) <= 24_000
        words += called.data["texts_words"]
        pages += 1
        if "next_cursor" not in called.data:
            break
        arguments["cursor"] = called.data["next_cursor"]
        assert f"More: call get_session with cursor {arguments['cursor']}." in called.text
    assert session.prompt in words
    assert pages > 2


async def test_a_long_goal_stands_among_the_texts(stage: Stage) -> None:
    """What the head of a session cuts of topic and goal stands whole in its texts."""
    session = stage.whole
    session.goal = "goal " * 100 + "end"
    called = await call(stage, "get_session", session_id=session.id)
    assert called.data["goal"].endswith("… (cut, 503 characters)")
    assert called.data["texts_words"].startswith(f"## Goal\n\n{session.goal}\n\n## ")
    assert "## Topic" not in called.data["texts_words"]


async def test_a_session_without_texts(stage: Stage) -> None:
    """A session that has none of these texts has no fence."""
    session = stage.whole
    session.prompt = session.context = session.critical = session.summary = None
    called = await call(stage, "get_session", session_id=session.id)
    assert "texts_words" not in called.data
    assert "<<<words" not in called.text


async def test_searching_goes_on(stage: Stage) -> None:
    """A search shows twenty sessions to a page."""
    for number in range(25):
        topic = f"Lamp {number}"
        await call(stage, "create_session", topic=topic, goal="Find a place.")
    first = await call(stage, "search_sessions", query="Lamp")
    cursor = first.data["next_cursor"]
    second = await call(stage, "search_sessions", query="Lamp", cursor=cursor)
    shown = [each["id"] for page in (first, second) for each in page.data["sessions"]]
    assert (len(first.data["sessions"]), len(set(shown))) == (20, 25)


async def test_the_default_visibility_is_told(stage: Stage) -> None:
    """What widens the API's default by itself stands in the answer, in both forms."""
    called = await call(stage, "create_session", topic="Lamps", goal="Find places.")
    told = (
        "results_visibility=participants (this tool's default: whoever takes part sees the "
        "results; host keeps them to the host)"
    )
    assert called.data["sent"] == ["topic", "goal", told]
    assert told in called.text
    created = stage.tenant.sessions[called.data["id"]]
    assert created.settings["results_visibility"] == "participants"


async def test_a_visibility_that_was_chosen(stage: Stage) -> None:
    """What the agent chose is sent, and not called a default."""
    called = await call(
        stage, "create_session", topic="Lamps", goal="Places.", results_visibility="host"
    )
    assert called.data["sent"] == ["topic", "goal", "results_visibility"]
    assert stage.tenant.sessions[called.data["id"]].settings["results_visibility"] == "host"


async def test_a_template_and_a_project(stage: Stage) -> None:
    """Template and project are taken by id; that the template's prompt is not in use is said."""
    called = await call(
        stage,
        "create_session",
        topic="Lamps",
        goal="Places.",
        template_id="retrospective",
        project_id=project(stage),
    )
    assert "give one with update_session" in called.data["next_step"]
    [cafe] = [each for each in stage.tenant.projects.values() if each.title == CAFE]
    assert called.data["id"] in cafe.session_ids


async def test_a_roster(stage: Stage) -> None:
    """A roster in the API's own form starts a chain; the keys of the roles are step numbers."""
    people = [
        {"email": "ada@example.org", "displayName": "Ada", "rolesByStep": {"0": "expert"}},
        {"email": "bo@example.org", "rolesByStep": {"0": "visitor"}},
        {"email": "cy@example.org", "auth0Sub": "auth0|3"},
    ]
    arguments: dict[str, Any] = {"topic": "Lamps", "goal": "How many?", "template_id": OWN}
    called = await call(stage, "create_session", **arguments, roster=people, confirm="3 e-mails")
    assert called.data["chain"]["runs"] is True


async def test_roles_must_be_numbered(stage: Stage) -> None:
    """A step that is no number is refused by name; nothing is sent."""
    people = [{"email": "ada@example.org", "rolesByStep": {"first": "expert"}}]
    called = await call(stage, "create_session", topic="Lamps", goal="Many?", roster=people)
    assert called.error.startswith("Invalid arguments: roster.0.rolesByStep.first")
    assert stage.sent == []


@pytest.mark.parametrize("tool", ["create_session", "update_session"])
async def test_only_telegram_delivers(stage: Stage, tool: str) -> None:
    """A channel that does not deliver is refused; nothing is changed."""
    arguments = {"create_session": {"topic": "Lamps", "goal": "Places."}}
    called = await call(
        stage,
        tool,
        **arguments.get(tool, {"session_id": stage.whole.id}),
        distribution=[{"channel": "pigeon", "group_id": GROUP}],
    )
    assert called.error == (
        'The channel "pigeon" does not deliver: telegram is the only one that does. Nothing was '
        "sent."
    )
    assert stage.sandbox.effects.total() == 0


async def test_null_clears(stage: Stage) -> None:
    """A null detaches or clears where the official tool does; what is left out stays."""
    session = stage.whole
    await call(stage, "update_session", session_id=session.id, template_id="retrospective")
    await call(
        stage, "update_session", session_id=session.id, intro_video_url="https://example.org/v"
    )
    called = await call(stage, "update_session", session_id=session.id, intro_video_url=None)
    assert called.data["changes"] == [{"field": "intro_video_url", "now": "(empty)"}]
    called = await call(
        stage,
        "update_session",
        session_id=session.id,
        project_id=None,
        template_id=None,
        platform_guidelines_override=None,
    )
    fields = [change["field"] for change in called.data["changes"]]
    assert sorted(fields) == ["platform_guidelines_override", "project_id", "template_id"]
    assert "web app" in called.data["next_step"]


async def test_nothing_to_change(stage: Stage) -> None:
    """Without a field there is nothing to change, and nothing is changed."""
    called = await call(stage, "update_session", session_id=stage.whole.id)
    assert called.error == "There is nothing to change."
    assert stage.sandbox.effects.total() == 0


@pytest.mark.parametrize("era", [ENVELOPE])
async def test_widening_is_asked(era: str) -> None:
    """Showing others what people said needs a person, by the official name as by ours."""
    for agrees, writes in ((False, 0), (True, 1)):
        room = Room(era, agrees=agrees, compat="typescript")
        session = room.session("tool library")
        await room.call("update_session", session_id=session.id, results_visibility="public")
        assert len(room.writes) == writes
        [question] = room.asked
        assert "becomes visible to anyone" in question


async def test_announcing_is_asked(era: str) -> None:
    """An announcement in a group is confirmed, by name where the host cannot ask."""
    room = Room(era, agrees=None, compat="typescript")
    arguments: dict[str, Any] = {
        "topic": "Lamps",
        "goal": "Places.",
        "distribution": [{"channel": "telegram", "group_id": GROUP}],
    }
    refused = await room.call("create_session", **arguments)
    assert f'call again with confirm="{CAFE}"' in refused.error
    assert room.writes == []
    assert (await room.call("create_session", **arguments, confirm=CAFE)).data["id"]


async def test_a_dry_run(stage: Stage) -> None:
    """A dry run shows the request with the default visibility, and sends nothing."""
    stage.server.callers = replace(stage.server.callers, dry_run=True)
    async with stage.connect() as wire:
        called = await wire.call("create_session", topic="Lamps", goal="Places.")
    assert called.data["state"] == "dry_run"
    assert json.loads(called.data["request"]["body"])["results_visibility"] == "participants"
    assert stage.sandbox.effects.total() == 0


async def test_lockdown(stage: Stage) -> None:
    """In lockdown a session's summary comes without what single people said."""
    stage.server.callers = replace(stage.server.callers, lockdown=True)
    session = stage.whole
    session.summary = "Most agree. “My drill is in the cellar,” said one."
    called = await call(stage, "get_session", session_id=session.id)
    assert "Most agree." in called.text
    assert "cellar" not in called.text
