"""What a new key finds."""

from collections.abc import Callable

import httpx2

from harmonica_mcp.sandbox import Sandbox, Session


def test_the_same_key_finds_the_same(sandbox: Sandbox) -> None:
    """Ids depend on the key alone, and come in both shapes seen in the wild."""
    key = "hm_live_" + "a" * 32
    ids = list(sandbox.tenant(key).sessions)
    assert list(Sandbox().tenant(key).sessions) == ids
    assert sorted(each.startswith("hst_") for each in ids) == [False, False, True, True]


def test_people_in_mid_conversation(seeded: Callable[[str], Session]) -> None:
    """In the active session one has finished, one is talking and one has only joined."""
    threads = seeded("Opening hours").threads
    assert [each.finished for each in threads] == [True, False, False]
    assert [len(each.spoken()) for each in threads] == [4, 2, 0]


async def test_the_completed_session_has_its_results(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session]
) -> None:
    """The spring day is completed, summarised later than it began, and has a brief."""
    session = (await api.get(f"/sessions/{seeded('spring').id}")).json()
    assert session["status"] == "completed"
    assert session["participant_count"] == 3
    assert session["updated_at"] > session["created_at"]
    assert "queue" in session["summary"]
    assert session["summary"] in session["session_md"]


def test_typed_questions(seeded: Callable[[str], Session]) -> None:
    """One session asks questions of all three types before it begins."""
    kinds = [each.kind for each in seeded("Welcoming").questions]
    assert kinds == ["Short field", "Email", "Options"]


def test_enough_talk_for_batches(seeded: Callable[[str], Session]) -> None:
    """The session with cross-pollination holds twenty turns of five people."""
    session = seeded("tool library")
    assert session.settings["cross_pollination"] is True
    assert sum(len(each.spoken()) for each in session.threads) == 20
