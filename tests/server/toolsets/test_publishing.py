"""get_sensemaking_topic, publish_sensemaking_topic, create_unconference_topic."""

import json
from typing import Any

import pytest

from harmonica_mcp.sandbox.records import Project, Topic
from tests.server.host import call
from tests.server.wire import Called, Json, Stage

CAFE, DAY = "Fennmill repair café", "Neighbourhood day"
UPDATE = "PATCH /projects/{id}/sensemaking"
DRAFT = "POST /projects/{id}/unconference/topics"


def project(stage: Stage, title: str = CAFE) -> Project:
    """A project by its title."""
    [found] = [each for each in stage.tenant.projects.values() if each.title == title]
    return found


async def publish(stage: Stage, **more: Any) -> Called:
    """Publish the page of a project with two sessions."""
    given: Json = {"project": CAFE, "enabled": True, "slug": "fennmill"}
    return await call(stage, "publish_sensemaking_topic", **given | more)


async def test_no_page(stage: Stage) -> None:
    """A project without a page is told as that."""
    called = await call(stage, "get_sensemaking_topic", project=DAY)
    found = project(stage, DAY)
    assert (called.data["exists"], called.data["published"]) == (False, False)
    assert called.text == f"Project {found.id} has no public page yet."


async def test_a_page_that_is_not_public(stage: Stage) -> None:
    """A page that was begun shows its texts, and that nobody sees it yet."""
    called = await call(stage, "get_sensemaking_topic", project=CAFE)
    assert (called.data["exists"], called.data["published"]) == (True, False)
    assert called.data["title"] == "How Fennmill repairs"
    assert called.text == (
        f"The page of project {project(stage).id} is not public; address: none yet, give a slug.\n"
        'title: "How Fennmill repairs"\n'
        "FAQ entries: 0. Opinions: 0 groups, 0 statements, 0 voters, computed never.\n"
        "Listing on Harmonica's hub: none."
    )


async def test_publish(stage: Stage) -> None:
    """A published page is told with its whole address and what it was computed from."""
    texts = {"title": "Repairs", "description": "D", "intro": "I", "theme": "dark"}
    faq = [{"q": "Who?", "a": "All."}]
    called = await publish(stage, **texts, faq=faq, reasoning_lens=True, knowledge_statements=False)
    topic = project(stage).topic
    assert topic
    assert topic.enabled
    assert topic.fields == {"slug": "fennmill", "faq": faq, **texts}
    assert topic.reasoning_lens
    data = called.data
    assert data["published"] is True
    assert data["public_url"] == "http://127.0.0.1/t/fennmill"
    assert (data["groups"], data["statements"], data["voters"]) == topic.counts
    assert data["faq"] == 1
    assert "is public to ANYONE; address: http://127.0.0.1/t/fennmill." in called.text
    assert f"computed {data['computed_at']}" in called.text
    for name, text in texts.items():
        assert f"{name}: {json.dumps(text)}" in called.text
    assert stage.sandbox.effects == {"topic published": 1, "topic updated": 1}
    shown = await call(stage, "get_sensemaking_topic", project=CAFE)
    assert shown.data == {name: value for name, value in data.items() if name != "state"}


async def test_a_page_of_one_opinion(stage: Stage) -> None:
    """A single group, statement and voter are told as such."""
    counts = {"group_count": 1, "statement_count": 1, "voter_count": 1}
    body = {"data": {"enabled": False, **counts}}
    stage.sandbox.faults.add("GET /projects/{id}/sensemaking", body=body)
    called = await call(stage, "get_sensemaking_topic", project=CAFE)
    assert "Opinions: 1 group, 1 statement, 1 voter, computed never." in called.text


async def test_withdraw(stage: Stage) -> None:
    """Withdrawing keeps the page and its address, and says that it is not public."""
    await publish(stage)
    called = await call(stage, "publish_sensemaking_topic", project=CAFE, enabled=False)
    topic = project(stage).topic
    assert topic
    assert not topic.enabled
    assert called.data["published"] is False
    assert "is not public; address: http://127.0.0.1/t/fennmill." in called.text


async def test_an_empty_faq(stage: Stage) -> None:
    """An empty list empties the FAQ; leaving it out keeps it."""
    await publish(stage, faq=[{"q": "Who?", "a": "All."}])
    kept = await publish(stage)
    emptied = await publish(stage, faq=[])
    assert (kept.data["faq"], emptied.data["faq"]) == (1, 0)


async def test_a_taken_address(stage: Stage) -> None:
    """An address that another project has is refused; the error says what to do."""
    project(stage, DAY).topic = Topic(project(stage).created_at, fields={"slug": "fennmill"})
    called = await publish(stage)
    assert called.error == (
        "The name is already taken: This slug is already taken. Choose another one."
    )
    assert stage.sandbox.effects.total() == 0


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"slug": "Fenn Mill"}, "slug must be lowercase words separated by single hyphens."),
        ({"title": "x" * 201}, "title must be 200 characters or less."),
        ({"faq": [{"q": "q", "a": "a"}] * 11}, "faq takes at most 10 entries."),
    ],
)
async def test_what_cannot_be_published(stage: Stage, given: Json, why: str) -> None:
    """What Harmonica does not take is refused with its reason, and nothing becomes public."""
    called = await publish(stage, **given)
    assert called.error == f"Harmonica refused the request: {why}"
    assert stage.sandbox.effects.total() == 0


async def test_without_an_address(stage: Stage) -> None:
    """A page without an address is refused before anybody is asked; one that has it keeps it."""
    refused = await publish(stage, slug=None)
    assert refused.error == "Publishing needs a slug, the page's address. Nothing was done."
    assert UPDATE not in stage.sent
    await publish(stage, enabled=False)
    again = await publish(stage, slug=None)
    assert again.data["public_url"] == "http://127.0.0.1/t/fennmill"


async def test_a_lost_publication(stage: Stage) -> None:
    """Publishing is repeated by itself, to the same end."""
    stage.sandbox.faults.add(UPDATE, drop="after")
    called = await publish(stage)
    assert called.data["published"] is True
    assert stage.sent.count(UPDATE) == 2


async def test_an_answer_without_a_page(stage: Stage) -> None:
    """An answer that shows no page is no success."""
    stage.sandbox.faults.add(UPDATE, body={"data": None})
    called = await publish(stage)
    assert called.error.startswith(f"Harmonica sent no page to {UPDATE}")


async def test_only_editors(stage: Stage) -> None:
    """Where the key may only look, neither the page is shown nor anything published."""
    project(stage).access = "viewer"
    for called in (
        await publish(stage),
        await call(stage, "get_sensemaking_topic", project=CAFE),
    ):
        assert "this key has no access to it" in called.error


async def test_a_topic(stage: Stage) -> None:
    """A drafted topic is told with its ids and where its text goes."""
    called = await call(
        stage, "create_unconference_topic", project=DAY, title="Lending tools", body="How?"
    )
    found = project(stage, DAY)
    assert called.data["status"] == "draft"
    assert called.text == (
        f"Topic {called.data['topic_id']} (item {called.data['item_id']}) is drafted in project "
        f"{found.id}, status draft; its text is mirrored to the project's repository."
    )
    assert stage.sandbox.effects == {"topic drafted": 1}


async def test_a_topic_elsewhere(stage: Stage) -> None:
    """A project of another kind takes no topic; Harmonica says so."""
    called = await call(stage, "create_unconference_topic", project=CAFE, title="Lending")
    assert called.error == "Harmonica refused the request: Project is not an unconference."


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"title": ""}, "title must not be empty."),
        ({"title": "x" * 241}, "title has 241 characters; Harmonica takes 240."),
        ({"title": "T", "body": "x" * 10_001}, "body has 10,001 characters; Harmonica takes"),
    ],
)
async def test_a_topic_is_checked(stage: Stage, given: Json, why: str) -> None:
    """Title and text are checked before they are sent."""
    called = await call(stage, "create_unconference_topic", project=DAY, **given)
    assert called.error.startswith(why)
    assert DRAFT not in stage.sent


async def test_a_lost_topic(stage: Stage) -> None:
    """Topics cannot be listed, so a lost answer stays open and nothing is repeated."""
    stage.sandbox.faults.add(DRAFT, drop="after")
    called = await call(stage, "create_unconference_topic", project=DAY, title="Lending")
    assert "the topic may have been created, so look in the project" in called.error
    assert stage.sandbox.effects == {"topic drafted": 1}
