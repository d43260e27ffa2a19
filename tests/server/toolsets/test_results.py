"""get_summary, generate_summary, get_session_brief, get_responses."""

import json

import pytest

from tests.server.host import call
from tests.server.wire import Json, Stage


async def test_summary(stage: Stage) -> None:
    """A summary is told with its time; its words stand in the fence and in `summary_words`."""
    session = stage.whole
    async with stage.connect() as wire:
        called = await wire.call("get_summary", session_id=session.id)
    assert called.data["session_id"] == session.id
    assert called.data["exists"] is True
    assert called.data["recovered"] is False
    assert called.data["summary_words"] == session.summary
    assert called.text.startswith(f"Summary of session {session.id}, generated ")
    assert called.data["generated_at"] in called.text.split("\n")[0]
    assert [json.loads(line) for line in called.fenced] == [
        line for line in (session.summary or "").split("\n") if line
    ]


async def test_no_summary_yet(stage: Stage) -> None:
    """Where there is none, both forms say so, and the text how to get one."""
    session = stage.session("Opening hours")
    async with stage.connect() as wire:
        called = await wire.call("get_summary", session_id=session.id)
    assert called.facts == {"session_id": session.id, "exists": False, "recovered": False}
    assert called.text == (f"Session {session.id} has no summary yet: generate_summary writes one.")


async def test_summary_without_a_time(stage: Stage) -> None:
    """A summary whose time is not known is shown all the same."""
    body = {"session_id": "x", "summary": "All agreed.", "generated_at": None}
    stage.sandbox.faults.add("GET /sessions/{id}/summary", body=body)
    async with stage.connect() as wire:
        called = await wire.call("get_summary", session_id=stage.whole.id)
    assert "generated at an unknown time:" in called.text
    assert "generated_at" not in called.data


async def test_generate_summary(stage: Stage) -> None:
    """A summary is written once, and shown as it was read back by its tool."""
    session = stage.session("Opening hours")
    async with stage.connect() as wire:
        called = await wire.call("generate_summary", session_id=session.id)
        read = await wire.call("get_summary", session_id=session.id)
    assert read.facts == called.facts | {"newer_messages": 0}
    assert called.fenced == read.fenced
    assert stage.sandbox.effects == {"summary written": 1}


async def test_brief(stage: Stage) -> None:
    """A brief stands in the fence and in `brief_words`."""
    session = stage.whole
    async with stage.connect() as wire:
        called = await wire.call("get_session_brief", session_id=session.id)
    assert called.facts == {"session_id": session.id, "brief_words": session.session_md}
    assert called.text.startswith(f"Brief of session {session.id}:\n<<<words ")
    assert [json.loads(line) for line in called.fenced] == [
        line for line in (session.session_md or "").split("\n") if line
    ]


async def test_no_brief_yet(stage: Stage) -> None:
    """Where there is none, the error names the tool that writes it."""
    async with stage.connect() as wire:
        called = await wire.call("get_session_brief", session_id=stage.session("Opening").id)
    assert called.error == (
        "This session has no brief yet; it is written with its summary: generate_summary."
    )


async def test_responses(stage: Stage) -> None:
    """Every word of every participant stands in both forms, under id and name."""
    session = stage.session("Opening hours")
    async with stage.connect() as wire:
        called = await wire.call("get_responses", session_id=session.id)
    data = called.data
    assert (data["session_id"], data["shown"], data["left"]) == (session.id, 21, 0)
    assert "next_cursor" not in data
    assert f"\nThe end. New later: since={data['as_of']}." in called.text
    assert f"Session {session.id}: 21 messages of 3 participants, 0 left." in called.text
    records = called.fenced
    for voice, thread in zip(data["participants"], session.threads, strict=True):
        assert (voice["name"], voice["participant_id"]) == (thread.name, thread.row_id)
        assert voice["finished"] is thread.finished
        state = "finished" if thread.finished else "talking"
        assert f'"{thread.name}" ({state}, id {thread.row_id})' in called.text
        assert [said["words"] for said in voice["messages"]] == [
            each.content for each in thread.messages
        ]
        assert [said["id"] for said in voice["messages"]] == [each.id for each in thread.messages]
        assert [said["by"] == "participant" for said in voice["messages"]] == [
            each.spoken() for each in thread.messages
        ]
        for said in voice["messages"]:
            prefix = {"facilitator": "facilitator to ", "form": "form of "}.get(said["by"], "")
            label = f'[{said["id"]}] {prefix}"{thread.name}": '
            assert label + json.dumps(said["words"], ensure_ascii=False) in records


async def test_responses_without_the_facilitator(stage: Stage) -> None:
    """The other view leaves the facilitator's turns out."""
    async with stage.connect() as wire:
        called = await wire.call(
            "get_responses", session_id=stage.whole.id, view="participants_only"
        )
    said = [each for voice in called.data["participants"] for each in voice["messages"]]
    assert {tuple(each) for each in said} == {("id", "words")}
    assert "facilitator" not in called.text


@pytest.mark.parametrize("by_id", [False, True])
async def test_responses_of_one_participant(stage: Stage, by_id: bool) -> None:
    """A part of a name, in any case, or the id leaves only that conversation."""
    session = stage.session("Opening hours")
    tomasz = session.threads[1]
    wanted = tomasz.row_id if by_id else "TOMA"
    async with stage.connect() as wire:
        called = await wire.call("get_responses", session_id=session.id, participant=wanted)
    [voice] = called.data["participants"]
    assert voice["name"] == "Tomasz"


async def test_responses_of_nobody(stage: Stage) -> None:
    """Where nobody fits, it says so."""
    session = stage.session("Opening hours")
    async with stage.connect() as wire:
        called = await wire.call("get_responses", session_id=session.id, participant="Zoe")
    assert called.data["participants"] == []
    assert called.text.startswith(f"Session {session.id}: nothing that fits was said.\nThe end.")


async def test_responses_page_by_page(stage: Stage) -> None:
    """Pages end with a cursor that both forms tell; joined they hold every message once."""
    seen: list[str] = []
    cursor = None
    async with stage.connect() as wire:
        whole = await wire.call("get_responses", session_id=stage.whole.id, max_tokens=10_000)
        while True:
            called = await wire.call(
                "get_responses", session_id=stage.whole.id, max_tokens=900, cursor=cursor
            )
            seen += [m["id"] for voice in called.data["participants"] for m in voice["messages"]]
            cursor = called.data.get("next_cursor")
            if cursor is None:
                break
            assert f"same arguments and cursor {cursor}.\n" in called.text
    everything = [m["id"] for voice in whole.data["participants"] for m in voice["messages"]]
    assert sorted(seen) == sorted(everything)


async def test_responses_with_a_foreign_cursor(stage: Stage) -> None:
    """A cursor of another kind is refused."""
    async with stage.connect() as wire:
        called = await wire.call("get_responses", session_id=stage.whole.id, cursor="WzFd")
    assert called.error.startswith("This cursor is not valid here: it was altered")


@pytest.mark.parametrize("tokens", [499, 10_001])
async def test_limits_of_the_budget(stage: Stage, tokens: int) -> None:
    """The budget of a page is 500 to 10,000 tokens."""
    async with stage.connect() as wire:
        called = await wire.call("get_responses", session_id=stage.whole.id, max_tokens=tokens)
    assert called.error.startswith("Invalid arguments: max_tokens: Input should be ")


async def test_how_much_is_newer(stage: Stage) -> None:
    """A summary says how many of the participants' own messages are later than it."""
    session = stage.session("Opening hours")
    await call(stage, "generate_summary", session_id=session.id)
    fresh = await call(stage, "get_summary", session_id=session.id)
    assert "; no message of participants is newer:" in fresh.text
    talk = {"session_id": session.id, "participant_name": "Zoe"}
    await call(stage, "send_chat_message", content="One more thing.", **talk)
    stale = await call(stage, "get_summary", session_id=session.id)
    assert (fresh.data["newer_messages"], stale.data["newer_messages"]) == (0, 1)
    assert "; 1 message of participants is newer:" in stale.text
    await call(stage, "send_chat_message", content="And another.", **talk)
    again = await call(stage, "get_summary", session_id=session.id)
    assert "; 2 messages of participants are newer:" in again.text
    assert stage.sent[-3:] == ["GET /sessions/{id}/summary", *["GET /sessions/{id}/responses"] * 2]


async def test_how_much_is_newer_in_one_answer(stage: Stage) -> None:
    """An edition that always sends the messages is asked once; what cannot be told is left out."""
    session = stage.whole
    said = {"id": "m", "role": "user", "content": "x", "created_at": "2100-01-01T00:00:00Z"}
    body = {"data": [{"participant_id": "p", "messages": [said]}]}
    stage.sandbox.faults.add("GET /sessions/{id}/responses", body=body)
    newer = await call(stage, "get_summary", session_id=session.id)
    assert newer.data["newer_messages"] == 1
    assert stage.sent == ["GET /sessions/{id}/summary", "GET /sessions/{id}/responses"]
    stage.sandbox.faults.add("GET /sessions/{id}/responses", body="no json")
    unknown = await call(stage, "get_summary", session_id=session.id)
    assert "newer_messages" not in unknown.data
    assert "newer" not in unknown.text.split("\n")[0]


async def test_only_if_stale(stage: Stage) -> None:
    """A summary that covers all that was said is shown and not written again."""
    session = stage.session("Opening hours")
    first = await call(stage, "generate_summary", session_id=session.id, only_if_stale=True)
    second = await call(stage, "generate_summary", session_id=session.id, only_if_stale=True)
    assert stage.sandbox.effects == {"summary written": 1}
    assert second.data["summary_words"] == first.data["summary_words"]
    assert second.text.startswith("It is fresh: nothing was written anew.\nSummary of session ")


@pytest.mark.parametrize("reply", [{"status": 403}, {"body": "no json"}])
async def test_only_if_it_is_known_to_be_stale(stage: Stage, reply: Json) -> None:
    """Where it cannot be read whether messages are newer, the summary is not replaced."""
    session = stage.session("spring repair day")
    stage.sandbox.faults.add("GET /sessions/{id}/responses", times=9, **reply)
    called = await call(stage, "generate_summary", session_id=session.id, only_if_stale=True)
    assert called.failed
    assert stage.sandbox.effects.total() == 0


async def test_long_texts_page(stage: Stage) -> None:
    """Summary and brief go on where a page ends; a summary's later pages ask for nothing else."""
    session = stage.whole
    session.summary = session.session_md = "A line of some words.\n" * 300
    for tool, field in (("get_summary", "summary_words"), ("get_session_brief", "brief_words")):
        words, cursor = "", None
        while True:
            page = await call(stage, tool, session_id=session.id, max_tokens=1_000, cursor=cursor)
            words += page.data[field]
            cursor = page.data.get("next_cursor")
            if cursor is None:
                break
            assert f"\nMore: call {tool} with cursor {cursor}.\n" in page.text
        assert words == session.summary
    assert "GET /sessions/{id}/responses" not in stage.sent[3:]
