"""Turns of one participant follow each other; what cannot be said never leaves."""

import anyio
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from tests.client.api import KEY, OTHER_KEY, URL, Reply, ScriptedApi, page, speaking_to
from tests.client.conftest import Clock


def paced(seconds: float) -> ScriptedApi:
    """A Harmonica whose facilitator takes its time."""
    return ScriptedApi(Reply(200, {**page(), "message": {"content": "Go on."}}, seconds=seconds))


@pytest.mark.parametrize("keys", [(KEY, KEY), (KEY, OTHER_KEY)])
async def test_turns_of_one_participant_follow_each_other(
    keys: tuple[str, str], clock: Clock
) -> None:
    """Two turns of one participant never run side by side, whichever client speaks them."""
    api = paced(10)
    pool = Pool(URL, app=api)
    arrivals: list[tuple[int, float]] = []

    async def speak(key: str, words: str) -> None:
        client = HarmonicaClient(key, pool=pool)
        await client.chat.send("hst_1", words, participant_name="Ann", participant_id="p1")
        arrivals.append((len(api.requests), clock.passed))

    async with anyio.create_task_group() as group:
        for number, key in enumerate(keys):
            group.start_soon(speak, key, f"Turn {number}.")
            await anyio.sleep(1)
    assert arrivals == [(1, pytest.approx(10)), (2, pytest.approx(20))]


@pytest.mark.parametrize("other", [("hst_1", "Ben"), ("hst_2", "Ann")])
async def test_other_turns_run_side_by_side(other: tuple[str, str], clock: Clock) -> None:
    """Another participant, or the same name in another session, does not wait."""
    client = HarmonicaClient(KEY, pool=Pool(URL, app=paced(10)))
    async with anyio.create_task_group() as group:
        for session, name in (("hst_1", "Ann"), other):
            group.start_soon(
                lambda session=session, name=name: client.chat.send(
                    session, "Hello.", participant_name=name
                )
            )
    assert clock.passed == pytest.approx(10)


async def test_a_turn_that_does_not_end_holds_up_the_next_for_so_long(clock: Clock) -> None:
    """A turn that cannot be spoken in its time is not sent, and the error says so."""
    api = ScriptedApi(Reply(200, page(), seconds=29))
    client = HarmonicaClient(KEY, pool=Pool(URL, app=api))
    refused: list[float] = []

    async def second() -> None:
        with pytest.raises(errors.TurnRunning, match="nothing was sent") as caught:
            await client.chat.send("hst_1", "Second.", participant_name="Ann")
        assert isinstance(caught.value, errors.NotSent)
        refused.append(clock.passed)

    async def first() -> None:
        with pytest.raises(errors.Unsettled):
            await client.chat.send("hst_1", "First.", participant_name="Ann")

    async with anyio.create_task_group() as group:
        group.start_soon(first)
        await anyio.sleep(1)
        group.start_soon(second)
    assert refused == [pytest.approx(121)]
    assert [sent.method for sent in api.requests].count("POST") == 1


async def test_a_failed_turn_lets_the_next_one_speak(clock: Clock) -> None:
    """An error does not block the participant for ever."""
    client, _ = speaking_to(Reply(403), Reply(200, {"message": {"content": "Go on."}}))
    with pytest.raises(errors.Forbidden):
        await client.chat.send("hst_1", "First.", participant_name="Ann")
    await client.chat.send("hst_1", "Second.", participant_name="Ann")
    assert clock.passed == 0


def test_a_participant_is_known_by_session_name_and_caller() -> None:
    """The derived id stays the same for the same person, however the name's accents are coded."""
    chat = HarmonicaClient(KEY).chat
    assert chat.participant_id("hst_1", "Ánn") == chat.participant_id("hst_1", " A\u0301nn ")
    others = {
        chat.participant_id("hst_1", "Ann"),
        chat.participant_id("hst_2", "Ann"),
        chat.participant_id("hst_1", "Ben"),
        HarmonicaClient(OTHER_KEY).chat.participant_id("hst_1", "Ann"),
        HarmonicaClient().chat.participant_id("hst_1", "Ann"),
    }
    assert len(others) == 5
    # People come back with the next version, too: their conversation must not begin anew.
    assert chat.participant_id("hst_1", "Ann") == "mcp-6e060d042016882993078056"
    assert not any(KEY in each for each in others)


@pytest.mark.parametrize(
    ("content", "name", "participant"),
    [
        ("", "Ann", None),
        (" \u00a0\ufeff\n", "Ann", None),
        ("a\x00b", "Ann", None),
        ("\ud800", "Ann", None),
        ("x" * 10_001, "Ann", None),
        ("🍵" * 5_001, "Ann", None),
        ("Hello.", " ", None),
        ("Hello.", "A\x00nn", None),
        ("Hello.", "Ann", "  "),
    ],
)
async def test_what_cannot_be_said_is_refused_before_it_is_sent(
    content: str, name: str, participant: str | None
) -> None:
    """Empty or endless words, nameless people and unstorable characters never leave."""
    client, api = speaking_to(Reply(200, {"message": {"content": "Go on."}}))
    with pytest.raises(errors.InvalidInput):
        await client.chat.send("hst_1", content, participant_name=name, participant_id=participant)
    assert api.requests == []


async def test_the_longest_words_are_said() -> None:
    """Ten thousand UTF-16 units pass, an emoji counting two."""
    client, api = speaking_to(Reply(200, {"message": {"content": "Go on."}}))
    for words in ("x" * 10_000, "🍵" * 5_000):
        await client.chat.send("hst_1", words, participant_name="Ann")
    assert len(api.requests) == 2
