"""A server that shows participants under pseudonyms: what still works with them."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from harmonica_mcp.client import ApiKey, Pool
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.sandbox.state import Session, Thread
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.caller import Callers
from harmonica_mcp.server.guard.privacy.book import SECONDS
from harmonica_mcp.server.guard.privacy.pseudonyms import WRITTEN
from harmonica_mcp.server.guard.privacy.tokens import TOKEN
from harmonica_mcp.server.options import Options
from tests.server.clock import NOON, on_a_clock_of_its_own
from tests.server.gatherings import meeting
from tests.server.guard.private import lens, staged
from tests.server.people import People, say
from tests.server.wire import ENVELOPE, HANDSHAKE, KEY, Stage

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture(params=[HANDSHAKE, ENVELOPE])
def era(request: pytest.FixtureRequest) -> str:
    """Both eras of the protocol."""
    return request.param


@pytest.fixture
def private(served: HarmonicaServer, era: str) -> Stage:
    """A server that shows pseudonyms."""
    return staged(served, era)


def talks_of(session: Session, *names: str | None, said: str = "More light.") -> list[Thread]:
    """Only these people take part, and say this."""
    session.threads.clear()
    people = People(session)
    for name in names:
        thread = people.join(name, NOON, 1)
        thread.messages[3].content = said
    return session.threads


async def shown_of(stage: Stage, session: Session) -> list[str]:
    """What the participants of a session are called, in the order in which they joined."""
    async with stage.connect() as wire:
        status = await wire.call("get_session_status", session_id=session.id)
    return sorted(person["name"] for person in status.data["people"])


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


async def test_host_texts(private: Stage) -> None:
    """In a host's own texts names and addresses are masked, links stay; names go back as names."""
    session = private.whole
    talks_of(session, "Ada Sel")
    session.context = "Ask Ada (ada@sel.example), see https://wiki.example/lamps."
    async with private.connect() as wire:
        context = (await wire.call("get_session", session_id=session.id)).data["context"]
        assert context.endswith(" ([email 1]), see https://wiki.example/lamps.")
        refused = await wire.call("update_session", session_id=session.id, context=context)
        assert "[email 1] only stands for what this server's privacy setting" in refused.error
        questions: Any = [{"text": "Who is [link 1]?"}]
        listed = await wire.call("update_session", session_id=session.id, questions=questions)
        assert "[link 1] only stands" in listed.error
        name = context.removeprefix("Ask ").partition(" (")[0]
        await wire.call("update_session", session_id=session.id, context=f"Ask {name}.")
    assert session.context == "Ask Ada Sel."


async def test_applying_a_prompt(private: Stage) -> None:
    """What the server itself reads and writes back in one call comes back whole."""
    session = private.whole
    talks_of(session, "Ada")
    session.goal = "Hear what Ada (ada@sel.example) needs"
    async with private.connect() as wire:
        done = await wire.call(
            "apply_template_prompt", session_id=session.id, confirm=session.topic
        )
    assert "[email 1]" in done.text
    assert "ada@sel.example" not in done.text
    assert TOKEN.search(session.prompt or "") is None
    assert "Ada (ada@sel.example)" in (session.prompt or "")


async def test_storing_a_text(private: Stage) -> None:
    """A text that is stored as the key's owner says names where it was given pseudonyms."""
    session = private.whole
    talks_of(session, "Ada")
    [name] = await shown_of(private, session)
    async with private.connect() as wire:
        for said in (f"With {name}.", "Participant 2222 is nobody."):
            await wire.call("submit_response", session_id=session.id, content=said)
    assert [m.content for m in session.threads[-1].messages] == [
        "With Ada.",
        "Participant 2222 is nobody.",
    ]


async def test_forms_stay_forms(private: Stage) -> None:
    """Turns that Harmonica writes in somebody's name are still known as such."""
    session = private.whole
    talks_of(session, "User", "Let")
    async with private.connect() as wire:
        read = await wire.call("get_responses", session_id=session.id)
    kinds = [said["by"] for voice in read.data["participants"] for said in voice["messages"]]
    assert kinds.count("form") == 4


async def test_the_owner(private: Stage) -> None:
    """The key's owner is the user, who may see whose key it is."""
    async with private.connect() as wire:
        assert "@" in (await wire.call("get_current_user")).text


async def test_a_failure_without_names(private: Stage) -> None:
    """Where names are not known, what Harmonica says of a failure is left out; the rest stays."""
    private.sandbox.faults.add(
        "*", times=9, status=403, body={"error": {"code": "x", "message": "Ada is away"}}
    )
    async with private.connect() as wire:
        error = (await wire.call("get_summary", session_id="hst_1")).error
        private.sandbox.faults.clear()
        private.sandbox.faults.add(
            "*", times=9, status=403, body={"error": {"code": "x", "message": "Ask a@b.org"}}
        )
        other = (await wire.call("list_templates")).error
    assert error.endswith("or the account's plan does not include it.")
    assert other.endswith("does not include it: Ask [email 1].")


@on_a_clock_of_its_own
async def test_how_often_names_are_asked_for() -> None:
    """Who takes part is asked for once in twenty seconds; several at once ask once."""
    server = build_server(Pool(), None, Options(toolsets=("all",), privacy="names"))
    stage = staged(server, ENVELOPE)
    session = stage.whole

    def asked() -> int:
        return stage.sent.count("GET /sessions/{id}/responses")

    api: Any = server.callers.client(None)
    await asyncio.gather(*(api.results.brief(session.id) for _ in range(5)))
    assert asked() == 1
    await asyncio.sleep(SECONDS - 1)
    await api.sessions.get(session.id)
    assert asked() == 1
    await asyncio.sleep(2)
    assert len(server.callers.lens.book) == 0
    await api.sessions.get(session.id)
    assert asked() == 2
    await api.results.generate_summary(session.id)
    assert asked() == 3


async def test_without_privacy(served: HarmonicaServer) -> None:
    """When it is off, nothing stands between a tool and the client, and nothing more is asked."""
    stage = staged(served, ENVELOPE, privacy="off")
    session = stage.whole
    async with stage.connect() as wire:
        await wire.call("get_session_brief", session_id=session.id)
    assert stage.sent == ["GET /sessions/{id}/session-md"]
    assert type(served.callers.client(None)).__name__ == "HarmonicaClient"
    assert len(served.callers.lens.book) == 0


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


async def test_a_lost_group(private: Stage) -> None:
    """Nothing is said, and nothing shown, while the names cannot be asked for."""
    session = private.whole
    private.sandbox.faults.add("GET /sessions/{id}/responses", times=9, status=403)
    async with private.connect() as wire:
        summary = await wire.call("get_session_brief", session_id=session.id)
        spoken = await wire.call(
            "send_chat_message", session_id=session.id, participant_name="Ada", content="Hello."
        )
    assert summary.failed
    assert spoken.failed
    assert not [sent for sent in private.sent if sent.startswith("POST")]


async def test_failures_with_names(private: Stage) -> None:
    """What Harmonica says of people in an error is told by pseudonym where they are known."""
    session = private.whole
    talks_of(session, "Ada")
    private.sandbox.faults.add(
        "POST /sessions/{id}/chat",
        status=422,
        body={"error": {"code": "x", "message": f"{'Bo ' * 98}Ada Ada speaks"}},
    )
    private.sandbox.faults.add(
        "GET /meetings/{id}/transcript",
        status=404,
        body={"error": {"code": "x", "message": "Ada forbids it"}},
    )
    async with private.connect() as wire:
        spoken = await wire.call(
            "send_chat_message", session_id=session.id, participant_name="Bo", content="Hello."
        )
        read = await wire.call("get_transcript", meeting_id=next(iter(private.tenant.meetings)))
    assert WRITTEN.search(spoken.error)
    assert "Bo" not in spoken.error
    assert "Ada" not in spoken.error + read.error


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


async def test_reasons_of_restrictions(private: Stage) -> None:
    """What a transcript suggested may quote it and is withheld; an owner's reason is shown."""
    record = meeting(private, "money")
    async with private.connect() as wire:
        state = await wire.call("get_meeting_restrictions", meeting_id=record.id)
    assert record.restrictions[1].reason not in state.text
    assert "may quote the meeting" in state.text
    restrictions = await private.server.callers.client(None).meetings.restrictions(record.id)
    reasons = {event.source: event.reason for event in restrictions.history}
    assert reasons.pop("transcript_signal").startswith("[withheld")
    assert set(reasons.values()) == {record.restrictions[0].reason}


def test_what_agents_are_told() -> None:
    """The instructions say what pseudonyms and tokens are, and only where there are some."""
    told = build_server(Pool(), None, Options(privacy="names")).instructions or ""
    assert "`Participant K7QD`" in told
    strict = build_server(Pool(), None, Options(privacy="strict")).instructions or ""
    assert "fewer than five" in strict
    assert "masked" not in (build_server(Pool()).instructions or "")


async def test_locked_down_and_private(served: HarmonicaServer, era: str) -> None:
    """Both settings together: no words of single people, and no names in summaries."""
    stage = staged(served, era)
    served.callers = Callers(stage.pool, ApiKey(KEY), lockdown=True, lens=lens("names"))
    session = stage.whole
    talks_of(session, "Ada")
    session.summary = 'Ada said "more light".'
    async with stage.connect() as wire:
        summary = await wire.call("get_summary", session_id=session.id)
        known = await wire.call("extract_knowledge", session_id=session.id)
        waited = await wire.call("wait_for_participants", session_id=session.id, joined=1)
    assert "withheld" in summary.data["summary_words"]
    assert WRITTEN.match(summary.data["summary_words"])
    assert known.data["findings"]
    assert waited.data["reached"]


async def test_a_dry_run(era: str) -> None:
    """What would be sent is shown as the agent knows it: by pseudonym."""
    options = Options(toolsets=("all",), privacy="names", dry_run=True)
    server = build_server(Pool(), None, options)
    stage = staged(server, era)
    server.callers = replace(server.callers, dry_run=True)
    session = stage.whole
    talks_of(session, "Ada")
    [name] = await shown_of(stage, session)
    async with stage.connect() as wire:
        chat = await wire.call(
            "send_chat_message",
            session_id=session.id,
            participant_name=name,
            content=f"I am {name}, see https://lamps.example.",
        )
        summary = await wire.call("generate_summary", session_id=session.id)
    body = json.loads(chat.data["request"]["body"])
    assert body["participant_name"] == name
    assert body["content"] == f"I am {name}, see https://lamps.example."
    assert "Ada" not in json.dumps(chat.raw)
    assert summary.data["state"] == "dry_run"
    # What outlives a call is as dry as the call.
    client: Any = server.callers.client(None)
    assert client.apart()._client._http.dry_run


async def test_confirming_a_masked_title(served: HarmonicaServer) -> None:
    """What is to be confirmed by name is confirmed by the name that is shown."""
    stage = staged(served, ENVELOPE)
    project = next(iter(stage.tenant.projects.values()))
    project.title = "Lamps of ada@sel.example"
    async with stage.connect() as wire:
        done = await wire.call("delete_project", project=project.id, confirm="Lamps of [email 1]")
    assert done.data["state"] == "done"
    assert "ada@sel.example" not in done.text


async def test_a_token_is_never_spoken(private: Stage) -> None:
    """A text with somebody's token is refused before it is said."""
    session = private.whole
    async with private.connect() as wire:
        refused = await wire.call(
            "send_chat_message",
            session_id=session.id,
            participant_name="Ada",
            content="Write to [email 1].",
        )
    assert "Nothing was sent." in refused.error
    with pytest.raises(InvalidInput):
        await private.server.callers.client(None).sessions.list(query="[link 1]")
