"""Privacy holds for the official tools as for ours."""

import pytest

from harmonica_mcp.server.app import HarmonicaServer
from harmonica_mcp.server.options import Privacy
from tests.server.compat.official import ARGUMENTS, EXAMPLES, meeting
from tests.server.guard.private import leaks, planting, staged, take_part_everywhere
from tests.server.wire import Called, Json, Stage

MODES: list[Privacy] = ["names", "strict"]


def full(served: HarmonicaServer, era: str, privacy: Privacy) -> Stage:
    """A stage where the planted person is everywhere."""
    stage = staged(served, era, privacy=privacy, app=planting)
    take_part_everywhere(stage)
    return stage


async def told(stage: Stage, tool: str, **arguments: object) -> Called:
    """Call a tool about the session that has everything."""
    async with stage.connect() as wire:
        return await wire.call(tool, session_id=stage.whole.id, **arguments)


@pytest.mark.parametrize("privacy", MODES)
@pytest.mark.parametrize("tool", ARGUMENTS)
async def test_each_tool(served: HarmonicaServer, era: str, tool: str, privacy: Privacy) -> None:
    """Neither text, structured content, `_meta` nor progress of a tool has what was planted."""
    stage = full(served, era, privacy)
    arguments = EXAMPLES[tool](stage)
    if "meeting_id" in arguments:
        # Scopes are codes, into which nothing can be planted that Harmonica would answer.
        arguments["meeting_id"] = meeting(stage, "Planning")
    async with stage.connect() as wire:
        called = await wire.call(tool, **arguments)
    assert not [*leaks(called.raw, wire.progress)], called.raw


async def test_somebody_by_pseudonym(served: HarmonicaServer, era: str) -> None:
    """Who stands under a pseudonym is found by it, in both tools that take names."""
    stage = full(served, era, "names")
    [first, *_] = (await told(stage, "list_participants")).data["participants"]
    assert first["name"].startswith("Participant ")
    for tool in ("list_participants", "get_responses"):
        [only] = (await told(stage, tool, name=first["name"])).data["participants"]
        assert only["name"] == first["name"]


async def test_strict_lists_nobody(served: HarmonicaServer, era: str) -> None:
    """Where privacy is strict people are counted, and no filter tells one from another."""
    stage = full(served, era, "strict")
    called = await told(stage, "list_participants")
    number = len(stage.whole.threads)
    assert called.facts == {"session_id": stage.whole.id, "participants": [], "total": number}
    assert called.text == f"Session {stage.whole.id}: {number} participants."
    filters: list[Json] = [{"name": "Ada"}, {"min_messages": 1}, {"since": "2026-01-01"}]
    for each in filters:
        error = (await told(stage, "list_participants", **each)).error
        assert error.startswith("Privacy is strict here")


async def test_strict_reads_all_as_one(served: HarmonicaServer, era: str) -> None:
    """Where privacy is strict `limit` chooses nobody: what all said stands under one name."""
    stage = full(served, era, "strict")
    called = await told(stage, "get_responses", limit=1, sort="newest")
    assert {each["name"] for each in called.data["participants"]} <= {"Everybody"}


async def test_no_prompts(served: HarmonicaServer, era: str) -> None:
    """Our prompts speak of our tools' arguments, so the official list comes without."""
    stage = staged(served, era)
    async with stage.connect() as wire:
        assert (await wire.result("prompts/list"))["prompts"] == []
