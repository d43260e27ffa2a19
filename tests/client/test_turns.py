"""Taking part: one turn after the other, each of them once."""

from typing import Any

import anyio
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import errors
from harmonica_mcp.sandbox import Sandbox, Session
from tests.client.api import Reply, speaking_to
from tests.client.conftest import Clock

CHAT = "POST /sessions/{id}/chat"
JOIN = "POST /sessions/{id}/chat/questions"
READ = "GET /sessions/{id}/responses"
NAMES = ["Ann", "  Ann ", "[AI] Ann", "A\\nn", "50%_", "Ánn 茶"]


def effects(sandbox: Sandbox) -> tuple[int, int]:
    """How many turns and how many answers to them are stored."""
    return sandbox.effects["turn stored"], sandbox.effects["reply stored"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_lost_turn_is_read_again(
    name: str, sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """After a lost answer the facilitator's words are read from the conversation."""
    sandbox.faults.add(CHAT, drop="after")
    reply = await harmonica.chat.send(tea.id, " Green tea. ", participant_name=name)
    assert reply.recovered
    assert reply.message.content == tea.threads[-1].messages[-1].content
    assert not reply.message.is_final
    assert reply.participant_id == harmonica.chat.participant_id(tea.id, name)
    assert effects(sandbox) == (1, 1)


async def test_a_recovered_last_turn_is_final(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """When the lost answer ended the conversation, the recovered one says so."""
    for words in ("One.", "Two.", "Three."):
        await harmonica.chat.send(tea.id, words, participant_name="Ann")
    sandbox.faults.add(CHAT, drop="after")
    reply = await harmonica.chat.send(tea.id, "That's all.", participant_name="Ann")
    assert reply.recovered
    assert reply.message.is_final


async def test_an_answer_that_comes_late_is_awaited(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session, clock: Clock
) -> None:
    """While the words stand unanswered, looking goes on until the answer is there."""
    sandbox.faults.add(CHAT, late_reply=40)
    reply = await harmonica.chat.send(tea.id, "Green tea.", participant_name="Ann")
    assert reply.recovered
    assert 40 <= clock.passed < 50
    assert effects(sandbox) == (1, 1)


async def test_a_turn_that_takes_too_long_is_still_found(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session, clock: Clock
) -> None:
    """A turn that ends shortly after its time limit is found, not sent again."""
    sandbox.faults.add(CHAT, delay=125)
    reply = await harmonica.chat.send(tea.id, "Green tea.", participant_name="Ann")
    assert reply.recovered
    assert 125 <= clock.passed < 140
    assert effects(sandbox) == (1, 1)


async def test_words_without_an_answer_must_not_be_said_again(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """When only the words are there, the caller learns that they are stored."""
    sandbox.faults.add(CHAT, no_reply=True)
    with pytest.raises(errors.WordsStored, match="must not be sent again") as caught:
        await harmonica.chat.send(tea.id, "Green tea.", participant_name="Ann")
    assert caught.value.check == READ
    assert caught.value.may_have_happened
    assert effects(sandbox) == (1, 0)


async def test_words_once_seen_stay_known(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """A look that fails later does not make the words that an earlier one saw unknown again."""
    sandbox.faults.add(CHAT, no_reply=True)
    sandbox.faults.add(READ)
    sandbox.faults.add(READ, status=403, times=10_000)
    with pytest.raises(errors.WordsStored):
        await harmonica.chat.send(tea.id, "Green tea.", participant_name="Ann")
    sandbox.faults.clear()


async def test_a_turn_that_is_not_there_may_still_be_stored(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """Words that were not found are never told as "not said"; they are sent only once."""
    sandbox.faults.add(CHAT, drop="before")
    with pytest.raises(errors.Unsettled, match="do not send them again") as caught:
        await harmonica.chat.send(tea.id, "Green tea.", participant_name="Ann")
    assert type(caught.value) is errors.Unsettled
    assert caught.value.check == READ
    assert [each.operation for each in sandbox.requests].count(CHAT) == 1


@pytest.mark.parametrize("wrong_by", [0.0, -86_400.0, 86_400.0])
@pytest.mark.parametrize("drop", ["before", "after"])
async def test_the_same_words_said_earlier_are_another_turn(
    drop: Any,
    wrong_by: float,
    sandbox: Sandbox,
    harmonica: HarmonicaClient,
    tea: Session,
    clock: Clock,
) -> None:
    """A "yes" of a minute ago is not the "yes" that was lost, whatever this clock says."""
    clock.wrong_by = wrong_by
    await harmonica.chat.send(tea.id, "Yes.", participant_name="Ann")
    await anyio.sleep(60)
    sandbox.faults.add(CHAT, drop=drop)
    if drop == "before":
        with pytest.raises(errors.Unsettled):
            await harmonica.chat.send(tea.id, "Yes.", participant_name="Ann")
        assert effects(sandbox) == (1, 1)
    else:
        reply = await harmonica.chat.send(tea.id, "Yes.", participant_name="Ann")
        assert reply.message.content == tea.threads[-1].messages[3].content
        assert effects(sandbox) == (2, 2)


async def test_another_persons_words_are_another_turn(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """The same words under another name, even one that contains this one, do not count."""
    await harmonica.chat.send(tea.id, "Yes.", participant_name="Anna")
    sandbox.faults.add(CHAT, drop="before")
    with pytest.raises(errors.Unsettled):
        await harmonica.chat.send(tea.id, "Yes.", participant_name="Ann")


async def test_two_people_of_one_name_are_ambiguous(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """When two conversations under the name hold the words, none is guessed."""
    await harmonica.chat.send(tea.id, "Yes.", participant_name="Ann", participant_id="a")
    sandbox.faults.add(CHAT, drop="after")
    with pytest.raises(errors.Ambiguous, match="more than once") as caught:
        await harmonica.chat.send(tea.id, "Yes.", participant_name="Ann", participant_id="b")
    assert caught.value.check == READ
    assert effects(sandbox) == (2, 2)


@pytest.mark.parametrize("fault", [{"apology": True}, {"empty_reply": True}])
@pytest.mark.parametrize("drop", [None, "after"])
async def test_a_200_that_is_a_failure_is_an_error(
    fault: dict[str, Any], drop: Any, sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """An apology or nothing in the facilitator's place: the words are stored, and that is said."""
    sandbox.faults.add(CHAT, drop=drop, **fault)
    with pytest.raises(errors.FacilitatorFailed, match="do not send them again") as caught:
        await harmonica.chat.send(tea.id, "Green tea.", participant_name="Ann")
    assert caught.value.status == 200
    assert caught.value.may_have_happened
    assert caught.value.check == READ
    assert effects(sandbox) == (1, 1)


@pytest.mark.usefixtures("clock")
async def test_a_widget_without_words_is_an_answer() -> None:
    """A choice to make is something said, even when no words come with it."""
    widget = {"root": {"type": "SingleSelect", "props": {"options": ["Green", "Black"]}}}
    client, _ = speaking_to(Reply(200, {"message": {"content": "", "widget_spec": widget}}))
    reply = await client.chat.send("hst_1", "Hello.", participant_name="Ann")
    assert reply.message.widget_spec is not None
    assert reply.message.widget_spec.root.props["options"] == ["Green", "Black"]


ANSWERS = [[], [{"question_id": "0", "answer": "Ann"}]]


@pytest.mark.parametrize("answers", ANSWERS)
async def test_a_lost_opening_is_read_again(
    answers: Any, sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """After a lost answer to joining, the facilitator's opening is read; nobody joins twice."""
    sandbox.faults.add(JOIN, drop="after")
    reply = await harmonica.chat.join(tea.id, answers, participant_name="Ann")
    assert reply.recovered
    assert reply.message.content.startswith("Hello Ann")
    assert sandbox.effects["joined"] == 1


async def test_an_opening_that_comes_late_is_awaited(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """Having joined without an opening yet, the caller waits for it."""
    sandbox.faults.add(JOIN, late_reply=40)
    reply = await harmonica.chat.join(tea.id, participant_name="Ann")
    assert reply.recovered
    assert sandbox.effects["joined"] == 1


async def test_a_joining_that_is_not_there_may_still_come(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """Without a trace of the joining it stays open."""
    sandbox.faults.add(JOIN, drop="before")
    with pytest.raises(errors.Unsettled):
        await harmonica.chat.join(tea.id, participant_name="Ann")
    assert sandbox.effects["joined"] == 0


async def test_nobody_joins_twice(harmonica: HarmonicaClient, tea: Session) -> None:
    """A second joining of the same participant is refused with the way to go on."""
    await harmonica.chat.join(tea.id, participant_name="Ann")
    with pytest.raises(errors.AlreadyJoined, match="go on with chat"):
        await harmonica.chat.join(tea.id, participant_name="Ann")


@pytest.mark.usefixtures("clock")
async def test_the_answer_to_a_turn_is_the_facilitators() -> None:
    """What the participant says next, elsewhere, is not taken for the facilitator's answer."""
    at = "2023-11-14T22:13:20.000Z"
    said = [("user", "Tea."), ("user", "And milk."), ("assistant", "Why?"), ("user", "So.")]
    messages = [{"role": role, "content": text, "created_at": at} for role, text in said]
    thread = {"participant_name": "Ann", "active": True, "messages": messages}
    dated = {"date": "Tue, 14 Nov 2023 22:13:20 GMT"}
    client, _ = speaking_to(Reply(502), Reply(200, {"data": [thread]}, dated))
    reply = await client.chat.send("hst_1", "Tea.", participant_name="Ann")
    assert (reply.message.content, reply.recovered) == ("Why?", True)


@pytest.mark.parametrize("status", [200, 201])
async def test_joining_may_answer_with_either_success(status: int) -> None:
    """The document says 200 and the running service 201: both are a success."""
    client, api = speaking_to(Reply(status, {"message": {"content": "Hello."}, "thread_id": "t1"}))
    reply = await client.chat.join("hst_1", participant_name="Ann")
    assert (reply.message.content, reply.thread_id, reply.recovered) == ("Hello.", "t1", False)
    assert api.requests[0].json == {
        "answers": [],
        "participant_id": client.chat.participant_id("hst_1", "Ann"),
        "participant_name": "Ann",
    }
