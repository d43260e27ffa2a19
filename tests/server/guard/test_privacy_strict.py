"""Strict privacy: nothing of single people, and no words where few have spoken."""

import json
from typing import Any

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.client.responses import Participant
from harmonica_mcp.sandbox.state import Session
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.guard.privacy.strict import EVERYBODY
from harmonica_mcp.server.guard.privacy.veil import SOMEBODY, WITHHELD
from harmonica_mcp.server.options import Options
from tests.server.clock import NOON
from tests.server.guard.private import staged
from tests.server.people import People
from tests.server.wire import Stage

NAMES = ["Ada", "Bo", "[AI] Cleo", "Dana Sel", "Egon"]


@pytest.fixture
def strict(served: HarmonicaServer, era: str) -> Stage:
    """A strict server."""
    return staged(served, era, privacy="strict")


def talks_of(stage: Stage, spoken: int, silent: int = 0) -> Session:
    """A session in which so many said something of their own, and others only joined."""
    session = stage.whole
    session.threads.clear()
    people = People(session)
    for number, name in enumerate(NAMES[: spoken + silent]):
        thread = people.join(name, NOON, int(number < spoken))
        thread.messages[0].content += f" of {name}"
        if number < spoken:
            thread.messages[3].content = f"{name} wants lamp {number}, {name}."
    session.summary = "Ada, Bo and Dana want lamps.\n\n> Ada wants lamp 0\n\n“A lamp.”"
    session.session_md = f"# Brief\n\n{session.summary}"
    return session


async def test_a_small_group(strict: Stage) -> None:
    """Below five who have spoken there are no words, and no quotations in what is made of them."""
    session = talks_of(strict, 4, silent=1)
    async with strict.connect() as wire:
        read = await wire.call("get_responses", session_id=session.id)
        texts = [
            await wire.call(tool, session_id=session.id)
            for tool in ("get_summary", "get_session_brief")
        ]
        known = await wire.call("extract_knowledge", session_id=session.id)
        resource = await wire.read(f"harmonica://sessions/{session.id}/transcript")
    [voice] = read.data["participants"]
    assert voice["name"] == EVERYBODY
    assert {said["words"] for said in voice["messages"]} == {WITHHELD}
    for shown in texts:
        assert f"{SOMEBODY}, {SOMEBODY} and {SOMEBODY} want lamps." in shown.text
        assert shown.text.count(WITHHELD) == 2
    assert not any(finding["evidence"] for finding in known.data["findings"])
    everything = json.dumps([read.raw, known.raw, resource, *(each.raw for each in texts)])
    assert "wants lamp" not in everything
    assert "locked down" not in everything


async def test_a_group_of_five(strict: Stage) -> None:
    """From five on words are shown, all together and without who said them."""
    session = talks_of(strict, 5)
    async with strict.connect() as wire:
        read = await wire.call("get_responses", session_id=session.id)
        summary = await wire.call("get_summary", session_id=session.id)
        known = await wire.call("extract_knowledge", session_id=session.id)
        nobody = await wire.call("get_responses", session_id=session.id, participant="Ada")
    [voice] = read.data["participants"]
    words = [said["words"] for said in voice["messages"]]
    assert words[0] == f"{SOMEBODY} wants lamp 0, {SOMEBODY}."
    assert f"[AI] {SOMEBODY} wants lamp 2, [AI] {SOMEBODY}." in words
    assert len(words) == 5
    assert voice["participant_id"] == ""
    assert f"> {SOMEBODY} wants lamp 0" in summary.data["summary_words"]
    assert any(finding["evidence"] for finding in known.data["findings"])
    assert nobody.data["participants"] == []


async def test_nobody_has_spoken(strict: Stage) -> None:
    """Who has only joined has said nothing that could be shown."""
    session = talks_of(strict, 0, silent=2)
    async with strict.connect() as wire:
        read = await wire.call("get_responses", session_id=session.id)
    assert read.data["participants"] == []


async def test_counts(strict: Stage) -> None:
    """Who follows a session is told how many, and never who."""
    session = talks_of(strict, 3)
    async with strict.connect() as wire:
        status = await wire.call("get_session_status", session_id=session.id)
        waited = await wire.call("wait_for_participants", session_id=session.id, joined=1)
    assert status.data["joined"] == waited.data["joined"] == 3
    assert status.data["people"] == waited.data["changes"] == []
    assert status.data["left"] == 0
    assert not [name for name in NAMES if name in status.text + waited.text]


async def test_an_edition_that_counts_without_times(strict: Stage) -> None:
    """Where the list tells no times, they come from the messages, and still nobody is told of."""
    session = talks_of(strict, 2)
    client: Any = strict.server.callers.client(None)
    area = client._client.responses  # pyright: ignore[reportPrivateUsage]
    plain = area.list

    async def without_times(session_id: str, *, mode: str | None = None) -> list[Participant]:
        if mode == "list":
            return [Participant(participant_id="t", message_count=2)]
        return await plain(session_id)

    area.list = without_times
    people = await client.responses.list(session.id, mode="list")
    assert [person.participant_name for person in people] == [None, None]
    own = [m.content for person in people for m in person.messages if m.own_words]
    assert own == [WITHHELD, WITHHELD]


async def test_a_conversation_of_ones_own(strict: Stage) -> None:
    """Who speaks gets the facilitator's answer, under a pseudonym, however few there are."""
    session = talks_of(strict, 1)
    async with strict.connect() as wire:
        reply = await wire.call(
            "send_chat_message", session_id=session.id, participant_name="Ada", content="Hello."
        )
    assert reply.data["participant_name"].startswith("Participant ")
    assert reply.data["reply_words"]
    assert WITHHELD not in reply.text


async def test_meetings(strict: Stage) -> None:
    """A meeting of fewer than five speakers shows no words, and no meeting who said what."""
    meeting = next(iter(strict.tenant.meetings.values()))
    speakers = {said.name for said in meeting.utterances or []}
    async with strict.connect() as wire:
        read = await wire.call("get_transcript", meeting_id=meeting.id, emails=True)
    assert len(speakers) < 5
    assert {turn["speaker"] for turn in read.data["turns"]} == {SOMEBODY}
    assert {turn["words"].replace(WITHHELD, "").strip() for turn in read.data["turns"]} == {""}
    assert not [name for name in speakers if name in read.text]


async def test_extraction_is_not_paid_for_in_vain(strict: Stage) -> None:
    """Where what was said cannot be read, nothing is extracted, as it could not be shown."""
    session = talks_of(strict, 1)
    strict.sandbox.faults.add("GET /sessions/{id}/responses", times=9, status=403)
    async with strict.connect() as wire:
        assert (await wire.call("extract_knowledge", session_id=session.id)).failed
        strict.sandbox.faults.clear()
        strict.sandbox.faults.add("POST /sessions/{id}/knowledge", times=9, status=403)
        assert (await wire.call("extract_knowledge", session_id=session.id)).failed
    assert strict.sent.count("POST /sessions/{id}/knowledge") == 1


def test_setting() -> None:
    """The setting reaches the callers."""
    server = build_server(Pool(), None, Options(privacy="strict"))
    assert server.callers.lens.privacy == "strict"
