"""create_session with a chain template of which Harmonica does not tell what became of it."""

import pytest

from tests.server.host import call
from tests.server.wire import Json, Stage

CREATE = "POST /sessions"
MADE: Json = {"id": "hst_1", "topic": "Light", "goal": "Lamps"}
CHAIN: Json = {
    "topic": "Light",
    "goal": "Lamps",
    "template": "Two-round estimate",
    "roster": [
        {"email": "ada@x.example", "roles": [{"step": 0, "role": "expert"}]},
        {"email": "ben@x.example", "roles": [{"step": 0, "role": "visitor"}]},
    ],
}
UNTOLD = (
    "Harmonica did not tell whether the template's chain runs: look in the web app before the "
    "link is shared."
)


async def test_a_lost_chain(stage: Stage) -> None:
    """After a lost answer the session is found; whether its chain runs is said to be unknown."""
    stage.sandbox.faults.add(CREATE, drop="after")
    called = await call(stage, "create_session", **CHAIN)
    assert called.data["recovered"] is True
    assert stage.sandbox.effects == {"session created": 1, "chain started": 1}
    assert called.data["next_step"].endswith(f" open it before it is shared. {UNTOLD}")
    assert UNTOLD in called.text


@pytest.mark.parametrize("more", [{}, {"prompt": "Ask slowly."}])
async def test_an_edition_without_chains(stage: Stage, more: dict[str, str]) -> None:
    """Where Harmonica says nothing of a chain, its template's prompt is not asked to be applied."""
    stage.sandbox.faults.add(CREATE, status=201, body=MADE)
    called = await call(stage, "create_session", **CHAIN, **more)
    assert "chain" not in called.data
    assert called.data["next_step"] == UNTOLD


async def test_a_chain_without_ids(stage: Stage) -> None:
    """A chain that runs is told as running also where Harmonica names neither it nor its step."""
    stage.sandbox.faults.add(CREATE, status=201, body=MADE | {"chain": {"status": "started"}})
    called = await call(stage, "create_session", **CHAIN)
    assert called.data["chain"] == {"runs": True, "status": "started"}
    assert "\nThe chain is started.\n" in called.text
