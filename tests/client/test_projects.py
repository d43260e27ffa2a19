"""Projects, their public pages and topics, templates and Telegram groups."""

from typing import Any

import anyio
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import errors
from harmonica_mcp.sandbox import Sandbox
from tests.client.api import KEY, Reply, page, speaking_to

PROJECT = {"id": "p1", "title": "Tea", "status": "active", "is_public": False}
STEPS = {"steps": [{"id": "one", "title": "First", "completion_criteria": {"type": "all"}}]}


async def test_a_project_is_made_changed_and_deleted(harmonica: HarmonicaClient) -> None:
    """A project keeps title and description; deleted, it answers with itself, then not at all."""
    made = await harmonica.projects.create(" Tea ", "All about it.")
    assert (made.title, made.description, made.recovered) == ("Tea", "All about it.", False)
    changed = await harmonica.projects.update(made.id, description=None)
    assert (changed.title, changed.description) == ("Tea", None)
    assert (await harmonica.projects.get(made.id)).session_ids == []
    assert (await harmonica.projects.delete(made.id)).status == "deleted"
    with pytest.raises(errors.NotFound):
        await harmonica.projects.get(made.id)


async def test_projects_are_paged(harmonica: HarmonicaClient) -> None:
    """Projects come page by page, and a single one names its sessions."""
    first = await harmonica.projects.list(limit=1)
    assert first.next_offset == 1
    last = await harmonica.projects.list(limit=1, offset=1)
    assert last.next_offset is None
    assert len((await harmonica.projects.get(last.data[0].id)).session_ids) == 2


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_project_is_found_again_or_left_open(
    drop: Any, harmonica: HarmonicaClient, sandbox: Sandbox
) -> None:
    """After a lost answer the new project is found; an older one of its title is not taken."""
    older = await harmonica.projects.create("Tea")
    await anyio.sleep(60)
    sandbox.faults.add("POST /projects", drop=drop)
    if drop == "before":
        with pytest.raises(errors.Unsettled, match="no such new project"):
            await harmonica.projects.create("Tea")
    else:
        found = await harmonica.projects.create(" Tea ")
        assert found.recovered
        assert found.id != older.id
        assert sandbox.effects["project created"] == 2


async def test_a_deletion_whose_answer_was_lost_is_done(
    harmonica: HarmonicaClient, sandbox: Sandbox
) -> None:
    """Repeated, the deletion finds nothing any more: that is success, once."""
    project = (await harmonica.projects.create("Tea")).id
    template = (await harmonica.templates.create("Tea")).id
    group = (await harmonica.telegram.register("-77")).group_id
    for operation in (
        "DELETE /projects/{id}",
        "DELETE /templates/{id}",
        "DELETE /integrations/telegram/groups/{groupId}",
    ):
        sandbox.faults.add(operation, drop="after")
    assert (await harmonica.projects.delete(project)).status == "deleted"
    assert await harmonica.templates.delete(template)
    await harmonica.telegram.unregister(group)
    for effect in ("project deleted", "template deleted", "group removed"):
        assert sandbox.effects[effect] == 1


async def test_deleting_what_is_not_there_is_an_error(harmonica: HarmonicaClient) -> None:
    """Only a repeat may find nothing: the first sending of a deletion is told as it is."""
    with pytest.raises(errors.NotFound):
        await harmonica.telegram.unregister("-77")
    with pytest.raises(errors.NotFound):
        await harmonica.templates.delete("none")


@pytest.mark.usefixtures("clock")
async def test_a_refused_deletion_is_no_success() -> None:
    """After a 429 nothing was done, so "not there" stays an error."""
    gone = Reply(404, {"error": {"code": "not_found", "message": "Gone"}})
    client, _ = speaking_to(Reply(429), gone)
    with pytest.raises(errors.NotFound):
        await client.projects.delete("p1")


@pytest.mark.parametrize(
    ("title", "description"), [("", None), (" ", None), ("x" * 201, None), ("Tea", "x" * 2001)]
)
async def test_a_project_that_would_be_refused_is_not_sent(
    title: str, description: str | None
) -> None:
    """Blank and endless texts are refused before anything is sent."""
    client, api = speaking_to(Reply(201, PROJECT))
    with pytest.raises(errors.InvalidInput):
        await client.projects.create(title, description)
    with pytest.raises(errors.InvalidInput):
        await client.projects.update("p1", title=title, description=description)
    assert api.requests == []


async def test_changes_of_nothing_are_refused() -> None:
    """A change that names no field is sent nowhere."""
    client, api = speaking_to(Reply(200, PROJECT))
    for call in (
        client.projects.update("p1"),
        client.sensemaking.update("p1"),
        client.templates.update("t1", force=True),
    ):
        with pytest.raises(errors.InvalidInput, match="nothing to change"):
            await call
    assert api.requests == []


async def test_a_public_page_is_published_and_withdrawn(harmonica: HarmonicaClient) -> None:
    """The page is wrapped in `data`, its switches are camel case, its answers snake case."""
    project = (await harmonica.projects.create("Tea")).id
    assert await harmonica.sensemaking.get(project) is None
    published = await harmonica.sensemaking.update(
        project,
        slug="tea-time",
        faq=[{"q": "Why?", "a": "Thirst."}],
        enabled=True,
        reasoningLensEnabled=True,
    )
    assert published.enabled
    assert published.reasoning_lens_enabled
    assert published.faq is not None
    assert published.faq[0].q == "Why?"
    assert published.computed_at is not None
    assert await harmonica.sensemaking.get(project) == published
    assert not (await harmonica.sensemaking.update(project, enabled=False)).enabled


async def test_a_taken_address_is_a_conflict(harmonica: HarmonicaClient) -> None:
    """A slug belongs to one project; a bad one is refused with the reason."""
    first, second = [(await harmonica.projects.create(title)).id for title in ("A", "B")]
    await harmonica.sensemaking.update(first, slug="tea")
    with pytest.raises(errors.Conflict, match="already taken"):
        await harmonica.sensemaking.update(second, slug="tea")
    with pytest.raises(errors.ValidationFailed, match="hyphens"):
        await harmonica.sensemaking.update(second, slug="Tea Time")


async def test_a_page_that_does_not_say_whether_it_is_public_is_unexpected() -> None:
    """Nothing about being public is never read as "not public"."""
    client, _ = speaking_to(Reply(200, {"data": {"workspace_id": "p1", "slug": "tea"}}))
    with pytest.raises(errors.UnexpectedAnswer):
        await client.sensemaking.get("p1")


async def test_a_change_that_answers_with_no_page_is_unexpected() -> None:
    """A change cannot end with "no page": that answer is odd, not empty."""
    client, _ = speaking_to(Reply(200, {"data": None}))
    with pytest.raises(errors.UnexpectedAnswer):
        await client.sensemaking.update("p1", title="Tea")


async def test_a_topic_is_drafted(harmonica: HarmonicaClient, sandbox: Sandbox) -> None:
    """A topic of an unconference comes back with its ids, which the API writes in camel case."""
    project = next(p.id for p in sandbox.tenant(KEY).projects.values() if p.unconference)
    topic = await harmonica.projects.add_topic(project, "Kettles", "Which one?")
    assert topic.status == "draft"
    assert topic.item_id != topic.topic_id
    with pytest.raises(errors.InvalidInput):
        await harmonica.projects.add_topic(project, "x" * 241)
    with pytest.raises(errors.InvalidInput):
        await harmonica.projects.add_topic(project, "Kettles", "x" * 10_001)


async def test_a_lost_topic_stays_open(harmonica: HarmonicaClient, sandbox: Sandbox) -> None:
    """No operation lists topics, so the caller is told to look for it, and it is sent once."""
    project = next(p.id for p in sandbox.tenant(KEY).projects.values() if p.unconference)
    sandbox.faults.add("POST /projects/{id}/unconference/topics", drop="after")
    with pytest.raises(errors.Unsettled, match="topic may have been created") as caught:
        await harmonica.projects.add_topic(project, "Kettles")
    assert isinstance(caught.value.__cause__, errors.ConnectionLost)
    assert sandbox.effects["topic drafted"] == 1
    elsewhere = {"location": "https://elsewhere.example/"}
    sandbox.faults.add("POST /projects/{id}/unconference/topics", status=302, headers=elsewhere)
    with pytest.raises(errors.UnexpectedAnswer) as redirected:
        await harmonica.projects.add_topic(project, "Kettles")
    assert not redirected.value.may_have_happened


async def test_templates_are_listed_whole(harmonica: HarmonicaClient) -> None:
    """Public, own and chain templates come with all they hold."""
    listed = {each.id: each for each in await harmonica.templates.list()}
    chain = listed["delphi-panel-chain"]
    assert chain.template_type == "chain"
    assert chain.chain_config is not None
    assert chain.chain_config.steps[0].roles[0].weight == "elevated"
    assert chain.chain_config.steps[0].completion_criteria == {"type": "quorum", "count": 3}
    assert await harmonica.templates.get(chain.id) == chain
    assert listed["retrospective"].chain_config is None


async def test_a_template_is_made_changed_and_deleted(harmonica: HarmonicaClient) -> None:
    """What a template takes comes back, provenance filled in by the API."""
    made = await harmonica.templates.create(
        "Tea",
        template_type="chain",
        chain_config=STEPS,
        source_provenance={"spec_id": "tea", "spec_version": "1", "registry": "example"},
    )
    assert made.source_provenance is not None
    assert made.source_provenance.installed_at is not None
    assert (await harmonica.templates.update(made.id, title="Tea time")).title == "Tea time"
    assert await harmonica.templates.delete(made.id)
    with pytest.raises(errors.NotFound):
        await harmonica.templates.get(made.id)


@pytest.mark.parametrize("body", ['{"success": false}', "{}"])
async def test_a_deletion_that_the_api_does_not_confirm_is_told(body: str) -> None:
    """The API says in the body whether it deleted; saying nothing is no yes."""
    client, _ = speaking_to(Reply(200, body))
    assert not await client.templates.delete("t1")


@pytest.mark.parametrize("drop", ["before", "after"])
async def test_a_template_is_found_again_or_left_open(
    drop: Any, harmonica: HarmonicaClient, sandbox: Sandbox
) -> None:
    """After a lost answer the new template is found, in its workspace as well."""
    workspace = next(iter(sandbox.tenant(KEY).projects))
    await harmonica.templates.create("Tea", workspace_id=workspace)
    await anyio.sleep(60)
    sandbox.faults.add("POST /templates", drop=drop)
    if drop == "before":
        with pytest.raises(errors.Unsettled, match="no such new template"):
            await harmonica.templates.create("Tea", workspace_id=workspace)
    else:
        found = await harmonica.templates.create(" Tea ", workspace_id=workspace)
        assert found.recovered
        assert found.workspace_id == workspace
        assert sandbox.effects["template created"] == 2


async def test_a_template_without_a_title_is_refused() -> None:
    """A blank title is sent nowhere."""
    client, api = speaking_to(Reply(201, {"id": "t1"}))
    with pytest.raises(errors.InvalidInput):
        await client.templates.create(" ")
    assert api.requests == []


async def test_a_group_is_registered_replaced_and_forgotten(harmonica: HarmonicaClient) -> None:
    """Registering again replaces: what is left out is emptied, not kept."""
    await harmonica.telegram.register("-1002", group_name="Tea", topic_id=7)
    again = await harmonica.telegram.register("-1002")
    assert (again.group_name, again.topic_id) == (None, None)
    assert "-1002" in {group.group_id for group in await harmonica.telegram.list()}
    await harmonica.telegram.unregister("-1002")
    assert "-1002" not in {group.group_id for group in await harmonica.telegram.list()}


@pytest.mark.parametrize(("group", "topic"), [("", None), (" ", None), ("-1", 2**31)])
async def test_a_group_that_would_crash_the_api_is_refused(group: str, topic: int | None) -> None:
    """The API answers 500 to these, so they are refused here."""
    client, api = speaking_to(Reply(201, {"group_id": "-1"}))
    with pytest.raises(errors.InvalidInput):
        await client.telegram.register(group, topic_id=topic)
    assert api.requests == []


async def test_pages_know_their_end() -> None:
    """An empty page ends a list, even where the total says otherwise."""
    odd = {**page(), "pagination": {"total": 7, "limit": 5, "offset": 5}}
    client, _ = speaking_to(Reply(200, odd))
    assert (await client.projects.list(offset=5)).next_offset is None
