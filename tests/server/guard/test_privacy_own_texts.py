"""With pseudonyms: what hosts and agents write themselves."""

import json
from dataclasses import replace
from typing import Any

import pytest

from harmonica_mcp.client import Pool
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.app import HarmonicaServer, build_server
from harmonica_mcp.server.guard.privacy.tokens import TOKEN
from harmonica_mcp.server.options import Options
from tests.server.gatherings import meeting
from tests.server.guard.private import staged
from tests.server.guard.talking import shown_of, talks_of
from tests.server.wire import ENVELOPE, Stage


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
