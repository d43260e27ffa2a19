"""Projects, public pages and meetings by the official names."""

from typing import Any

import pytest

from tests.server.asking import Room
from tests.server.compat.official import CAFE, DAY, meeting, project
from tests.server.host import call
from tests.server.wire import Json, Stage


async def test_projects_page_by_offset(stage: Stage) -> None:
    """The next page begins at an offset, as the official tool takes it."""
    first = await call(stage, "list_projects", limit=1)
    assert first.data["next_offset"] == 1
    assert "1 more: call again with offset 1." in first.text
    second = await call(stage, "list_projects", limit=1, offset=1)
    titles = {each["title"] for page in (first, second) for each in page.data["projects"]}
    assert titles == {CAFE, DAY}
    assert "next_offset" not in second.data


async def test_deleting_is_confirmed(era: str) -> None:
    """A project goes only when its name is confirmed where the host cannot ask."""
    room = Room(era, agrees=None, compat="typescript")
    refused = await room.call("delete_project", project_id=DAY)
    assert f'call again with confirm="{DAY}"' in refused.error
    assert room.writes == []
    assert (await room.call("delete_project", project_id=DAY, confirm=DAY)).data["done"]


@pytest.mark.parametrize("change", [{"enabled": True, "slug": "fennmill"}, {"intro": "Hello."}])
async def test_publishing_needs_a_person(era: str, change: Json) -> None:
    """Publishing, and changing what is public already, is asked; without a yes nothing is sent."""
    room = Room(era, agrees=False, compat="typescript")
    [cafe] = [each for each in room.tenant.projects.values() if each.title == CAFE]
    assert cafe.topic
    cafe.topic.enabled = "intro" in change
    cafe.topic.fields["slug"] = "fennmill"
    called = await room.call("publish_sensemaking_topic", project_id=cafe.id, **change)
    assert called.data["state"] == "not_sent"
    assert "without an account" in room.asked[0]
    assert room.writes == []


async def test_settings_of_a_page_that_is_not_public(era: str) -> None:
    """Without `enabled` a page that is not public is only prepared, and nobody is asked."""
    room = Room(era, agrees=False, compat="typescript")
    arguments: dict[str, Any] = {
        "faq": [{"q": "Why?", "a": "Because."}],
        "reasoning_lens_enabled": True,
        "knowledge_statements_enabled": True,
    }
    called = await room.call("publish_sensemaking_topic", project_id=DAY, **arguments)
    assert (called.data["published"], called.data["faq"]) == (False, 1)
    assert room.asked == []


async def test_a_draft_topic_needs_a_person(era: str) -> None:
    """A topic that goes to a public repository is asked about, too."""
    room = Room(era, agrees=False, compat="typescript")
    await room.call("create_unconference_topic", project_id=DAY, title="Keys")
    assert len(room.asked) == 1
    assert room.writes == []


async def test_meetings_by_offset(stage: Stage) -> None:
    """Meetings page by offset or by cursor."""
    first = await call(stage, "list_meetings", limit=1)
    by_offset = await call(stage, "list_meetings", limit=1, offset=1)
    by_cursor = await call(stage, "list_meetings", limit=1, cursor=first.data["next_cursor"])
    assert by_offset.data == by_cursor.data
    assert first.data["meetings"] != by_offset.data["meetings"]


@pytest.mark.parametrize("name", ["from", "to", "updated_since"])
async def test_times_name_their_zone(stage: Stage, name: str) -> None:
    """A time without a zone is refused under the argument's own name."""
    called = await call(stage, "list_meetings", **{name: "2026-01-01T00:00:00"})
    assert called.error == f"{name} needs an offset, such as Z or +01:00."


async def test_meetings_of_a_span(stage: Stage) -> None:
    """`from` and `to` choose by the beginning."""
    called = await call(stage, "list_meetings", **{"from": "2100-01-01T00:00:00Z"})
    assert called.data["meetings"] == []


@pytest.mark.parametrize(
    ("arguments", "forbidden"),
    [
        ({"action": "set", "scopes": []}, ["synthesis"]),
        ({"scopes": ["sharing"]}, ["sharing", "synthesis"]),
        ({"action": "review_candidate", "decision": "dismiss"}, ["external_export", "sharing"]),
        ({"decision": "dismiss"}, ["external_export", "sharing"]),
    ],
)
async def test_restrictions(stage: Stage, arguments: Json, forbidden: list[str]) -> None:
    """Both actions work, named or told by their arguments."""
    identity = meeting(stage)
    if "decision" in arguments:
        state = await call(stage, "get_meeting_restrictions", meeting_id=identity)
        [candidate] = state.data["candidates"]
        arguments |= {"candidate_event_id": candidate["candidate_event_id"]}
    called = await call(
        stage, "update_meeting_restrictions", meeting_id=identity, reason="Asked.", **arguments
    )
    assert sorted(called.data["forbidden"]) == forbidden


@pytest.mark.parametrize(
    "arguments", [{"action": "set"}, {"action": "review_candidate", "scopes": ["sharing"]}]
)
async def test_an_action_without_its_arguments(stage: Stage, arguments: Json) -> None:
    """An action that its arguments do not fit is refused; nothing is sent."""
    called = await call(
        stage,
        "update_meeting_restrictions",
        meeting_id=meeting(stage),
        reason="Asked.",
        **arguments,
    )
    assert called.error == (
        "To set give scopes; to review give candidate_event_id with decision. Nothing was done."
    )
    assert stage.sent == []


async def test_a_project_by_its_id(stage: Stage) -> None:
    """A project is found by id, its sessions beside it."""
    called = await call(stage, "get_project", project_id=project(stage))
    assert called.data["title"] == CAFE
    assert len(called.data["session_ids"]) == 2
