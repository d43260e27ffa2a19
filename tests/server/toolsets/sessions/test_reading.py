"""list_sessions and get_session."""

import pytest

from tests.server.wire import Json, Stage


async def test_list(stage: Stage) -> None:
    """Each session stands in both forms with id, topic, goal, status and people."""
    async with stage.connect() as wire:
        called = await wire.call("list_sessions")
    rows = called.data["sessions"]
    assert {row["id"] for row in rows} == stage.tenant.sessions.keys()
    assert (called.data["total"], called.data["left"]) == (4, 0)
    assert "next_cursor" not in called.data
    assert called.text.startswith("4 of 4 sessions, last updated first:\n- ")
    for row in rows:
        session = stage.tenant.sessions[row["id"]]
        assert (row["topic"], row["goal"]) == (session.topic, session.goal)
        assert (row["status"], row["participants"]) == (session.status, session.participant_count())
        for fact in (row["id"], row["topic"], row["goal"], row["status"], row["created_at"]):
            assert fact in called.text
    assert '"Welcoming new volunteers" (active, 1 participant, created' in called.text


async def test_pages(stage: Stage) -> None:
    """Pages say what is left and how to get it; joined they are the whole."""
    found: list[str] = []
    cursor = None
    async with stage.connect() as wire:
        for left in (3, 2, 1, 0):
            called = await wire.call("list_sessions", limit=1, cursor=cursor)
            found += [row["id"] for row in called.data["sessions"]]
            cursor = called.data.get("next_cursor")
            assert called.data["left"] == left
            assert (f"{left} more: call again with cursor {cursor}" in called.text) is bool(left)
    assert cursor is None
    assert set(found) == stage.tenant.sessions.keys()


async def test_what_is_listed_again(stage: Stage) -> None:
    """Where Harmonica's order moves between two pages, nothing is shown twice."""
    async with stage.connect() as wire:
        first = await wire.call("list_sessions", limit=2)
        again = first.data["sessions"][-1]
        for fresh in ([{"id": "new"}], []):
            listed = {"data": [again, *fresh], "pagination": {"total": 9, "limit": 2, "offset": 2}}
            stage.sandbox.faults.add("GET /sessions", body=listed)
            second = await wire.call("list_sessions", limit=2, cursor=first.data["next_cursor"])
            assert [row["id"] for row in second.data["sessions"]] == [each["id"] for each in fresh]
            assert second.text.startswith(f"{len(fresh)} of 9 sessions")
            assert second.data["left"] == 9 - 2 - 1 - len(fresh)
            assert f"call again with cursor {second.data['next_cursor']}" in second.text


async def test_search(stage: Stage) -> None:
    """Query and status narrow the list; where nothing fits it says so."""
    async with stage.connect() as wire:
        done = await wire.call("list_sessions", status="completed")
        found = await wire.call("list_sessions", query="TOOL library")
        nothing = await wire.call("list_sessions", query="submarines")
    assert [row["topic"] for row in done.data["sessions"]] == [stage.session("spring").topic]
    assert [row["topic"] for row in found.data["sessions"]] == [stage.session("tool").topic]
    assert nothing.data == {"sessions": [], "total": 0, "left": 0}
    assert nothing.text == "No session fits."


@pytest.mark.parametrize("pagination", [{}, {"pagination": {"total": None}}])
async def test_a_list_without_a_total(stage: Stage, pagination: Json) -> None:
    """Sessions whose number Harmonica leaves out are listed in both forms, and counted here."""
    body = {"data": [{"id": "hst_1", "topic": "Keys"}], **pagination}
    stage.sandbox.faults.add("GET /sessions", body=body)
    async with stage.connect() as wire:
        called = await wire.call("list_sessions")
    assert (called.data["total"], called.data["left"]) == (1, 0)
    assert called.text.startswith('1 of 1 session, last updated first:\n- hst_1 "Keys"')


async def test_a_cursor_behind_the_end(stage: Stage) -> None:
    """A page that begins behind the last session says that nothing is there, not that none is."""
    async with stage.connect() as wire:
        first = await wire.call("list_sessions", limit=3)
        del stage.tenant.sessions[stage.session("tool").id]
        called = await wire.call("list_sessions", limit=3, cursor=first.data["next_cursor"])
    assert called.text == "No session after this cursor; there are 3 sessions."


async def test_a_foreign_cursor(stage: Stage) -> None:
    """A cursor of another kind is refused, and nothing is sent."""
    async with stage.connect() as wire:
        called = await wire.call("list_sessions", cursor="WzEsIDJd")
    assert called.error == "This cursor is not valid here: leave it out to begin again."
    assert stage.sent == []


@pytest.mark.parametrize("limit", [0, 101])
async def test_limits_of_a_page(stage: Stage, limit: int) -> None:
    """A page has 1 to 100 sessions."""
    async with stage.connect() as wire:
        called = await wire.call("list_sessions", limit=limit)
    assert called.error.startswith("Invalid arguments: limit: Input should be ")


async def test_get(stage: Stage) -> None:
    """A session is shown with its texts, whole when they are short, and what comes next."""
    session = stage.session("Opening hours")
    async with stage.connect() as wire:
        called = await wire.call("get_session", session_id=session.id)
    assert called.data["id"] == session.id
    assert called.data["cut"] == []
    assert (called.data["has_summary"], called.data["has_brief"]) == (False, False)
    for name in ("topic", "goal", "context", "critical"):
        assert called.data[name] == getattr(session, name)
        assert getattr(session, name) in called.text
    assert called.data["prompt"] == session.prompt
    assert 'prompt: "You facilitate a private conversation' in called.text
    assert session.id in called.text
    assert called.text.endswith("No summary yet: generate_summary.")


async def test_get_keeps_lines_apart(stage: Stage) -> None:
    """A text of several lines keeps them, in the text form as escapes."""
    session = stage.session("Opening hours")
    session.prompt = "1. Greet.\n2. Ask."
    async with stage.connect() as wire:
        called = await wire.call("get_session", session_id=session.id)
    assert called.data["prompt"] == session.prompt
    assert '\nprompt: "1. Greet.\\n2. Ask."\n' in called.text


@pytest.mark.parametrize(
    ("brief", "end"),
    [
        ("# Brief", "Summary and brief are there: get_summary, get_session_brief."),
        (None, "A summary is there, no brief: get_summary."),
    ],
)
async def test_get_names_results(stage: Stage, brief: str | None, end: str) -> None:
    """It names the tools for the results that exist."""
    session = stage.session("spring repair day")
    session.session_md = brief
    async with stage.connect() as wire:
        called = await wire.call("get_session", session_id=session.id)
    assert called.data["has_summary"]
    assert called.data["has_brief"] is bool(brief)
    assert called.text.endswith(end)


async def test_get_cuts_and_says_so(stage: Stage) -> None:
    """A long text is shown in part, which both forms say; `full` shows all of it."""
    session = stage.session("Opening hours")
    session.context = "long " * 300
    async with stage.connect() as wire:
        called = await wire.call("get_session", session_id=session.id)
        full = await wire.call("get_session", session_id=session.id, full=True)
    assert called.data["cut"] == ["context"]
    assert called.data["context"] == session.context[:1000]
    assert "Shown in part: context; full=true shows all." in called.text
    assert full.data["cut"] == []
    assert full.data["context"] == session.context
    assert session.context in full.text


async def test_get_shows_a_long_goal_whole(stage: Stage) -> None:
    """A long topic or goal is cut at first, which both forms say alike; `full` shows all of it."""
    session = stage.session("Opening hours")
    session.topic, session.goal = "topic " * 100 + "end", "goal " * 100 + "end"
    async with stage.connect() as wire:
        called = await wire.call("get_session", session_id=session.id)
        full = await wire.call("get_session", session_id=session.id, full=True)
    assert called.data["cut"] == ["topic", "goal"]
    assert "Shown in part: topic, goal; full=true shows all." in called.text
    assert called.data["goal"].endswith("… (cut, 503 characters)")
    for name in ("topic", "goal"):
        assert f'"{called.data[name]}"' in called.text
        assert full.data[name] == getattr(session, name)
        assert f'"{full.data[name]}"' in full.text
    assert full.data["cut"] == []
