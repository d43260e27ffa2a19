"""create_session: what a new session is told with, and what is refused."""

import pytest

from tests.server.wire import Json, Stage

NEW = {"topic": "Light in the workshop", "goal": "Decide where new lamps go."}


async def test_create(stage: Stage) -> None:
    """A new session is told with id, both links, what was set and what holds otherwise."""
    async with stage.connect() as wire:
        called = await wire.call("create_session", **NEW)
    session = stage.session("Light")
    join = f"https://sandbox.harmonica.example/chat?s={session.id}"
    assert called.data["id"] == session.id
    assert called.data["topic"] == NEW["topic"]
    assert called.data["join_url"] == join
    assert called.data["host_url"].startswith("https://sandbox.harmonica.example/sessions/")
    assert called.data["sent"] == ["topic", "goal"]
    assert called.data["recovered"] is False
    assert (
        called.data["defaults"][0] == "results_visibility: host (only the host sees what was said)"
    )
    for fact in (session.id, join, called.data["host_url"], *called.data["defaults"]):
        assert fact in called.text
    assert stage.sent == ["POST /sessions"]
    assert stage.sandbox.effects == {"session created": 1}


async def test_the_links_of_a_new_session_find_it(stage: Stage) -> None:
    """Both links that a new session comes with are understood by the other tools."""
    async with stage.connect() as wire:
        created = (await wire.call("create_session", **NEW)).data
        for link in (created["join_url"], created["host_url"]):
            called = await wire.call("get_session", session_id=link)
            assert called.data["id"] == created["id"]


async def test_create_with_everything(stage: Stage) -> None:
    """Every field arrives as it was given, names as ids, and none of them is called a default."""
    plain: Json = {
        "context": "Nine volunteers.",
        "critical": "No money.",
        "prompt": "Ask short questions.",
        "questions": [
            {"text": "Who are you?"},
            {"text": "Which bench?", "type": "Options", "required": True, "options": ["A", "B"]},
        ],
        "results_visibility": "participants",
        "cross_pollination": True,
        "widgets_enabled": False,
    }
    [group] = stage.tenant.groups
    project = next(iter(stage.tenant.projects))
    arrived: Json = {
        "template_id": "retrospective",
        "project_id": project,
        "distribution": [{"channel": "telegram", "group_id": group}],
        "roster": [
            {"email": "a@x.example", "displayName": "Ada", "rolesByStep": {"0": "expert"}},
            {"email": "b@x.example"},
        ],
    }
    roster = [
        {"email": "a@x.example", "name": "Ada", "roles": [{"step": 0, "role": "expert"}]},
        {"email": "b@x.example"},
    ]
    stage.sandbox.faults.add("POST /sessions", status=201, body=stage.whole.item())
    async with stage.connect() as wire:
        called = await wire.call(
            "create_session",
            **NEW,
            **plain,
            template="retrospective",
            project="fennmill repair café",
            telegram_groups=["Fennmill repair café"],
            roster=roster,
            confirm="Fennmill repair café",
        )
    assert stage.sandbox.requests[-1].body == {**NEW, **plain, **arrived}
    assert called.data["sent"] == [*NEW, *plain, *arrived]
    assert called.data["defaults"] == []
    assert "Not set" not in called.text


async def test_create_refuses_what_is_blank(stage: Stage) -> None:
    """A blank topic is refused before anything is sent."""
    async with stage.connect() as wire:
        called = await wire.call("create_session", topic=" \u00a0", goal="Lamps")
    assert called.error == "topic must not be empty."
    assert stage.sent == []


async def test_create_is_refused(stage: Stage) -> None:
    """What Harmonica itself refuses is told in its words."""
    refusal = {"error": {"code": "validation_error", "message": "goal is too vague"}}
    stage.sandbox.faults.add("POST /sessions", status=400, body=refusal)
    async with stage.connect() as wire:
        called = await wire.call("create_session", **NEW)
    assert called.error == "Harmonica refused the request: goal is too vague."


async def test_create_where_the_balance_is_low(stage: Stage) -> None:
    """A price that the balance does not cover is told with both; nothing was done."""
    refusal = {"error": {"code": "payment_required"}, "cost_cents": 30, "balance_cents": 5}
    stage.sandbox.faults.add("POST /sessions", status=402, body=refusal)
    async with stage.connect() as wire:
        called = await wire.call("create_session", **NEW)
    assert called.error == (
        "The session owner's Harmonica balance does not cover this; nothing was done or charged. "
        "It costs 30 cents; the balance is 5 cents."
    )


@pytest.mark.parametrize("link", [None, "http://[broken"])
async def test_create_with_an_odd_link(stage: Stage, link: str | None) -> None:
    """A session that was made is told also where its link is missing or broken."""
    made = stage.session("tool").item() | {"join_url": link}
    stage.sandbox.faults.add("POST /sessions", status=201, body=made)
    async with stage.connect() as wire:
        called = await wire.call("create_session", **NEW)
    assert called.data["id"] == made["id"]
    assert called.data.get("join_url") == link
    assert "host_url" not in called.data
