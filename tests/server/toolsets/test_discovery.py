"""list_public_sessions."""

from collections.abc import Callable
from typing import Any

import pytest

from harmonica_mcp.sandbox import Sandbox
from tests.server.conftest import MakeStage
from tests.server.host import call
from tests.server.wire import Stage

Instead = Callable[[Sandbox], Any]
LIST = "GET /sessions/public"
NOT_OFFERED = "This Harmonica does not offer a list of public sessions."


@pytest.fixture
def commons() -> Sandbox:
    """A Harmonica that offers public sessions."""
    return Sandbox(public_sessions=True)


@pytest.fixture
def instead(commons: Sandbox) -> Instead:
    """Puts that Harmonica in the place of the stage's own."""

    def app(_: Sandbox) -> Any:
        return commons.app

    return app


async def test_without_a_key(make_stage: MakeStage, commons: Sandbox, instead: Instead) -> None:
    """Where it is offered, nobody needs a key; each session is told with its join link."""
    stage = make_stage(key=None, app=instead)
    called = await call(stage, "list_public_sessions")
    [session] = called.data["sessions"]
    assert called.data["offered"] is True
    assert session["topic"] == "Opening hours of the Fennmill repair café"
    assert session["join_url"].endswith(f"/chat?s={session['id']}")
    assert called.text == (
        f'Public sessions:\n- {session["id"]} "{session["topic"]}"; goal "{session["goal"]}"; '
        f"join at {session['join_url']}"
    )
    [request] = commons.requests
    assert request.key_digest == ""


async def test_nothing_fits(make_stage: MakeStage, instead: Instead) -> None:
    """Where no public session fits, it says so, and not that the list is not offered."""
    stage = make_stage(app=instead)
    called = await call(stage, "list_public_sessions", query="submarine")
    assert called.data == {"offered": True, "sessions": [], "left": 0}
    assert called.text == "No public session fits."


async def test_the_next_page(make_stage: MakeStage, commons: Sandbox, instead: Instead) -> None:
    """A page says what is left; the next one begins there, and a session may lack its link."""
    rows = [{"id": f"hst_{n}", "topic": "Lamps", "goal": "Light"} for n in range(2)]
    pages = {"total": 3, "limit": 2}
    stage = make_stage(app=instead)
    # Its order has no tie-breaker: the first one comes again.
    for offset, data in ((0, rows[:1]), (1, rows)):
        body = {"data": data, "pagination": pages | {"offset": offset}}
        commons.faults.add(LIST, body=body)
    first = await call(stage, "list_public_sessions")
    last = await call(stage, "list_public_sessions", cursor=first.data["next_cursor"])
    assert (first.data["left"], last.data["left"]) == (2, 0)
    assert first.text.endswith(f"2 more: call again with cursor {first.data['next_cursor']}.")
    assert last.text == 'Public sessions:\n- hst_1 "Lamps"; goal "Light"'
    assert commons.requests[-1].query["offset"] == "1"


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_where_it_is_not_offered(stage: Stage, status: int) -> None:
    """Whatever an edition answers without a key, it is told plainly and is no error."""
    body = {"error": {"code": "unauthorized", "message": "Authentication required"}}
    stage.sandbox.faults.add(LIST, status=status, body=body)
    called = await call(stage, "list_public_sessions")
    assert called.data == {"offered": False, "sessions": [], "left": 0}
    assert called.text == NOT_OFFERED


async def test_the_hosted_service(make_stage: MakeStage) -> None:
    """The hosted service asks for a key that this call never sends."""
    stage = make_stage()
    called = await call(stage, "list_public_sessions")
    assert called.text == NOT_OFFERED
    assert [(each.operation, each.key_digest) for each in stage.sandbox.requests] == [(LIST, "")]
