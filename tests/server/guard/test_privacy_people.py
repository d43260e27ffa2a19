"""With pseudonyms: people are the same everywhere, and can be spoken and asked for."""

import asyncio
import json
from typing import Any

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.guard.privacy.pseudonyms import WRITTEN
from harmonica_mcp.server.options import Options
from tests.server.clock import NOON, on_a_clock_of_its_own
from tests.server.guard.private import lens, staged
from tests.server.guard.talking import shown_of, talks_of
from tests.server.people import People, say
from tests.server.wire import ENVELOPE, KEY, Stage

OLD, NEW = b"o" * 32, b"n" * 32


async def test_everywhere_the_same(private: Stage) -> None:
    """A person is called the same in the list, in the words, in the summary and as a resource."""
    session = private.whole
    talks_of(session, "Ada Sel", said="I am Ada, Ada Sel; ada@sel.example.")
    session.summary = "Ada proposes lamps."
    [name] = await shown_of(private, session)
    assert WRITTEN.fullmatch(name)
    async with private.connect() as wire:
        read = await wire.call("get_responses", session_id=session.id)
        summary = await wire.call("get_summary", session_id=session.id)
        resource = await wire.read(f"harmonica://sessions/{session.id}/transcript")
    [voice] = read.data["participants"]
    assert voice["name"] == name
    assert f"I am {name}, {name}; [email 1]." in [said["words"] for said in voice["messages"]]
    assert summary.data["summary_words"] == f"{name} proposes lamps."
    assert f"## {name}" in resource["result"]["contents"][0]["text"]


async def test_speaking_under_a_pseudonym(private: Stage) -> None:
    """A new person is given by name and answered by pseudonym; that goes on with the same talk."""
    session = private.whole
    talks_of(session)
    async with private.connect() as wire:
        new = await wire.call(
            "send_chat_message", session_id=session.id, participant_name="Ada", content="Hello."
        )
        name = new.data["participant_name"]
        assert WRITTEN.fullmatch(name)
        again = await wire.call(
            "send_chat_message",
            session_id=session.id,
            participant_name=name,
            content=f"I am {name}.",
        )
        asked = await wire.call(
            "get_responses", session_id=session.id, participant=name, view="participants_only"
        )
    assert again.data["participant_name"] == name
    assert again.data["participant_id"] == new.data["participant_id"]
    assert "Ada" not in json.dumps([new.raw, again.raw, asked.raw])
    [thread] = session.threads
    assert thread.name == "Ada"
    # People know no pseudonyms: what goes to Harmonica says the name.
    assert [m.content for m in thread.messages if m.role == "user"][-1] == "I am Ada."
    assert asked.data["shown"] == 2


async def test_joining_under_a_pseudonym(private: Stage) -> None:
    """Joining takes pseudonyms as well, those of simulated people with or without the prefix."""
    session = private.whole
    talks_of(session, "[AI] Bo")
    session.questions = []
    [name] = await shown_of(private, session)
    assert name.startswith("[AI] Participant ")
    async with private.connect() as wire:
        joined = await wire.call(
            "submit_pre_session_answers",
            session_id=session.id,
            participant_name=name.removeprefix("[AI] "),
            answers=[],
        )
    assert joined.data["participant_name"] == name
    assert {thread.name for thread in session.threads} == {"[AI] Bo"}


async def test_a_pseudonym_of_nobody(private: Stage) -> None:
    """Nobody begins to talk under a pseudonym that was misread; a name that looks so can."""
    session = private.whole
    talks_of(session, "Participant 2222")
    for name, is_error in (("Participant 3333", True), ("Participant 2222", False)):
        async with private.connect() as wire:
            called = await wire.call(
                "send_chat_message", session_id=session.id, participant_name=name, content="Hello."
            )
        assert called.failed is is_error
        if is_error:
            assert "no participant of that pseudonym" in called.error
    assert "Participant 3333" not in {thread.name for thread in session.threads}


async def test_two_of_one_name(private: Stage) -> None:
    """Two people of one name share its pseudonym; their ids tell them apart, as without privacy."""
    session = private.whole
    talks_of(session, "Ada", "Ada", None)
    one, two, nameless = sorted(await shown_of(private, session), reverse=True)
    assert one == two
    assert nameless == "(no name)"
    async with private.connect() as wire:
        read = await wire.call("get_responses", session_id=session.id)
    assert len({voice["participant_id"] for voice in read.data["participants"]}) == 3


async def test_pages(private: Stage) -> None:
    """Reading page by page shows all that was said once, under one pseudonym each."""
    session = private.whole
    talks_of(session, *(f"Person{n} Sel{n}" for n in range(6)), said="Person1 said so. " * 60)
    seen: list[str] = []
    cursor: dict[str, str] = {}
    async with private.connect() as wire:
        for _ in range(50):
            page = await wire.call("get_responses", session_id=session.id, max_tokens=500, **cursor)
            seen.append(page.text)
            if "next_cursor" not in page.data:
                break
            cursor = {"cursor": page.data["next_cursor"]}
    assert "Person" not in "".join(seen)
    assert len(seen) > 6


async def test_after_a_change_of_the_secret(served: HarmonicaServer, era: str) -> None:
    """A pseudonym from before the newest secret still finds its person, by today's pseudonym."""
    stage = staged(served, era, secrets=(OLD,))
    session = stage.whole
    talks_of(session, "Ada", "Bo")
    before = await shown_of(stage, session)
    served.callers = Callers(stage.pool, ApiKey(KEY), lens=lens("names", NEW, OLD))
    now = await shown_of(stage, session)
    assert not set(before) & set(now)
    async with stage.connect() as wire:
        found = [
            await wire.call("get_responses", session_id=session.id, participant=name)
            for name in (*before, "Ada")
        ]
    [one], [two], nobody = [each.data["participants"] for each in found]
    assert {one["name"], two["name"]} == set(now)
    assert nobody == []


async def test_all_callers_agree_on_a_secret(served: HarmonicaServer) -> None:
    """With one secret all callers see the same pseudonyms; without one each has their own."""
    shown: list[list[str]] = []
    for secrets in ((OLD,), (OLD,), (), ()):
        key = KEY[:-1] + str(len(shown) % 2)
        stage = staged(served, ENVELOPE, key=key, secrets=secrets)
        session = stage.whole
        session.id = "hst_1"
        stage.tenant.sessions["hst_1"] = session
        talks_of(session, "Ada")
        shown.append(await shown_of(stage, session))
    assert shown[0] == shown[1]
    assert shown[2] != shown[3]


@on_a_clock_of_its_own
async def test_waiting() -> None:
    """Who joins while somebody waits is told by pseudonym, in results and progress."""
    server = build_server(Pool(), None, Options(privacy="names"))
    stage = staged(server, ENVELOPE)
    session = stage.whole
    session.threads.clear()
    people = People(session)
    thread = people.join("Ada", NOON, 1)

    async def join() -> None:
        await asyncio.sleep(7)
        people.join("Bo", NOON, 1)
        say(thread, NOON)

    async with stage.connect() as wire:
        joining = asyncio.create_task(join())
        waited = await wire.call("wait_for_participants", session_id=session.id, joined=2)
        await joining
    assert len(waited.data["changes"]) == 2
    assert all(WRITTEN.search(change) for change in waited.data["changes"])
    assert not {"Ada", "Bo"} & set(json.dumps([waited.raw, wire.progress]).split('"'))


async def test_filters_of_the_client(private: Stage) -> None:
    """The client's own filters take pseudonyms; who is found only by them is covered as well."""
    session = private.whole
    talks_of(session, "Ada", "Bo")
    api: Any = private.server.callers.client(None)
    name = (await api.responses.list(session.id))[0].participant_name
    People(session).join("Cleo", NOON, 3)
    [found] = await api.responses.list(session.id, name=name)
    assert found.participant_name == name
    [late] = await api.responses.list(session.id, min_messages=3)
    assert WRITTEN.fullmatch(late.participant_name)
    # The id under which somebody speaks is that of their name, known or not.
    plain = Callers(private.pool, ApiKey(KEY)).client(None)
    ada = plain.chat.participant_id(session.id, "Ada")
    assert api.chat.participant_id(session.id, name) == ada
    assert api.chat.participant_id("hst_2", "Ada") == plain.chat.participant_id("hst_2", "Ada")


async def test_a_silent_speaker(private: Stage) -> None:
    """Who is recorded without words, or without a name, stands under a pseudonym as well."""
    said = [
        {"sequence": 1, "speaker_name": "Ada", "text": ""},
        {"sequence": 2, "speaker_id": "bo@sel.example", "text": "Ada, more light."},
        {"sequence": 3, "text": "Yes."},
    ]
    body = {"id": "t1", "status": "ready", "utterances": said}
    private.sandbox.faults.add("GET /meetings/{id}/transcript", body=body)
    async with private.connect() as wire:
        read = await wire.call("get_transcript", meeting_id=next(iter(private.tenant.meetings)))
    one, two = read.data["turns"]
    assert WRITTEN.fullmatch(one["speaker"])
    assert WRITTEN.match(one["words"])
    assert two["speaker"] == "unknown"
