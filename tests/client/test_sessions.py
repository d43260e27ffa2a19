"""Sessions, account and results, as the API shows and takes them."""

from datetime import UTC, datetime

import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import errors
from harmonica_mcp.client.sessions import NewQuestion
from harmonica_mcp.sandbox import Sandbox, Session
from tests.client.api import KEY, URL, Reply, page, speaking_to

SESSION = {"id": "hst_1", "topic": "Tea", "goal": "Choose."}


async def test_me_tells_whose_key_it_is(harmonica: HarmonicaClient) -> None:
    """The account names the person, the plan and the newest key."""
    me = await harmonica.account.me()
    assert me.name == "Sandbox Host"
    assert me.subscription_status == "PRO"
    assert me.api_key is not None
    assert me.api_key.key_prefix == KEY[:12]


async def test_sessions_are_found_and_paged(harmonica: HarmonicaClient) -> None:
    """A search narrows the list; pages follow each other until the last one."""
    found = await harmonica.sessions.list(query="REPAIR", limit=1)
    assert len(found.data) == 1
    assert found.pagination.total == 2
    assert found.next_offset == 1
    last = await harmonica.sessions.list(query="REPAIR", limit=1, offset=found.next_offset)
    assert last.next_offset is None
    assert last.data[0].id != found.data[0].id
    beyond = await harmonica.sessions.list(offset=100)
    assert (beyond.data, beyond.next_offset) == ([], None)


async def test_a_created_session_has_a_link_and_keeps_what_it_was_given(
    harmonica: HarmonicaClient, sandbox: Sandbox
) -> None:
    """Everything that a session takes arrives, and the link to it comes back."""
    questions: list[NewQuestion] = [
        {"text": "Name?"},
        {"text": "Kind?", "type": "Options", "required": True, "options": ["Green", "Black"]},
    ]
    created = await harmonica.sessions.create(
        "Tea", "Choose.", context="An office.", questions=questions, cross_pollination=True
    )
    assert created.join_url == f"{URL}/chat?s={created.id}"
    assert not created.recovered
    assert created.status == "active"
    session = await harmonica.sessions.get(created.id)
    assert session.context == "An office."
    assert session.critical is None
    assert session.created_at == created.created_at
    asked = await harmonica.sessions.questions(created.id)
    assert [(q.id, q.text, q.position) for q in asked] == [("0", "Name?", 0), ("1", "Kind?", 1)]
    stored = sandbox.tenant(KEY).sessions[created.id]
    assert stored.settings["cross_pollination"] is True
    assert [q.required for q in stored.questions] == [False, True]


async def test_questions_come_in_their_order() -> None:
    """The order is the one that the host gave, whatever order they are sent in."""
    listed = [{"id": "b", "text": "B", "position": 1}, {"id": "a", "text": "A", "position": 0}]
    client, _ = speaking_to(Reply(200, {"data": listed}))
    assert [question.id for question in await client.sessions.questions("hst_1")] == ["a", "b"]


@pytest.mark.parametrize(
    ("outcome", "status", "chain"),
    [
        ({"status": "started", "chainInstanceId": "c1", "stepId": "s1"}, "started", ("c1", "s1")),
        (
            {"status": "roster_incomplete", "message": "No expert."},
            "roster_incomplete",
            (None,) * 2,
        ),
        ({"status": "of tomorrow", "extra": {"a": 1}}, "of tomorrow", (None, None)),
    ],
)
async def test_the_outcome_of_a_chain_is_told(
    outcome: object, status: str, chain: tuple[str | None, str | None]
) -> None:
    """A created session says what became of its chain, known outcome or not."""
    client, _ = speaking_to(Reply(201, {**SESSION, "chain": outcome}))
    created = await client.sessions.create("Tea", "Choose.", template_id="delphi")
    assert created.chain is not None
    assert created.chain.status == status
    assert (created.chain.chain_instance_id, created.chain.step_id) == chain


@pytest.mark.parametrize(("topic", "goal"), [("", "Choose."), (" \n", "Choose."), ("Tea", "")])
async def test_a_session_without_topic_or_goal_is_refused(topic: str, goal: str) -> None:
    """Blank texts are refused before anything is sent."""
    client, api = speaking_to(Reply(201, SESSION))
    with pytest.raises(errors.InvalidInput, match="must not be empty"):
        await client.sessions.create(topic, goal)
    assert api.requests == []


async def test_only_what_changes_is_sent(harmonica: HarmonicaClient, tea: Session) -> None:
    """A change leaves the rest alone; None clears."""
    before = await harmonica.sessions.get(tea.id)
    after = await harmonica.sessions.update(tea.id, topic="Coffee", context=None)
    assert (after.topic, after.context, after.goal) == ("Coffee", None, before.goal)


async def test_a_change_of_nothing_is_refused() -> None:
    """Without a field, or with a blank topic, the API would answer oddly: refused here."""
    client, api = speaking_to(Reply(200, SESSION))
    with pytest.raises(errors.InvalidInput, match="nothing to change"):
        await client.sessions.update("hst_1")
    with pytest.raises(errors.InvalidInput, match="topic must not be empty"):
        await client.sessions.update("hst_1", goal="Choose.", topic="  ")
    with pytest.raises(errors.InvalidInput, match="goal must not be empty"):
        await client.sessions.update("hst_1", goal=None)  # pyright: ignore[reportArgumentType]
    assert api.requests == []


async def test_a_brief_is_read_as_it_was_written(harmonica: HarmonicaClient, tea: Session) -> None:
    """Before the first summary there is none; after it, it is Markdown, not JSON."""
    with pytest.raises(errors.BriefNotReady):
        await harmonica.results.brief(tea.id)
    summary = await harmonica.results.generate_summary(tea.id)
    assert not summary.recovered
    brief = await harmonica.results.brief(tea.id)
    assert brief == tea.session_md
    assert brief.startswith(f"# {tea.topic}\n")
    assert await harmonica.results.summary(tea.id) == summary


async def test_a_brief_with_broken_bytes_is_still_read() -> None:
    """Bytes that are no UTF-8 are replaced; a brief without a type is taken as one."""
    client, _ = speaking_to(Reply(200, b"# Tea \xff"))
    assert await client.results.brief("hst_1") == "# Tea \ufffd"


async def test_a_session_without_a_summary_says_so(
    harmonica: HarmonicaClient, tea: Session
) -> None:
    """Reading never writes a summary."""
    summary = await harmonica.results.summary(tea.id)
    assert (summary.summary, summary.generated_at) == (None, None)


async def test_public_sessions_need_no_key() -> None:
    """The public list works without a key, and is sent without one even where there is one."""
    listed = page({**SESSION, "join_url": "https://harmonica.example/chat?s=hst_1"})
    for key in (None, KEY):
        client, api = speaking_to(Reply(200, listed), key=key)
        found = await client.sessions.list_public(query="tea", limit=5)
        assert found.data[0].join_url == "https://harmonica.example/chat?s=hst_1"
        assert "authorization" not in api.requests[0].headers
        assert api.requests[0].query == {"q": "tea", "limit": "5", "offset": "0"}


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_an_edition_without_a_public_list_says_so(status: int) -> None:
    """What the withdrawn list is answered with is never told as a fault of the key."""
    client, _ = speaking_to(Reply(status, {"error": {"code": "x", "message": "No."}}))
    with pytest.raises(errors.NotOffered, match="does not offer GET /sessions/public"):
        await client.sessions.list_public()


async def test_other_errors_of_the_public_list_stay_what_they_are() -> None:
    """A failure of the server is no statement about the edition."""
    client, _ = speaking_to(Reply(400))
    with pytest.raises(errors.ValidationFailed):
        await client.sessions.list_public()


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-01-02T03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, 678_000, UTC)),
        ("2026-01-02T05:04:05+02:00", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("0001-01-01T00:00:00+23:59", None),
        ("soon", None),
        (None, None),
        ([], None),
    ],
)
async def test_times_are_utc_or_unknown(sent: object, read: datetime | None) -> None:
    """A time is read in UTC; one that cannot be read is unknown and spoils nothing."""
    client, _ = speaking_to(Reply(200, {**SESSION, "created_at": sent}))
    created_at = (await client.sessions.get("hst_1")).created_at
    assert created_at == read
    assert created_at is None or created_at.utcoffset() == read.utcoffset()  # pyright: ignore[reportOptionalMemberAccess]


async def test_what_the_api_adds_or_leaves_out_is_forgiven() -> None:
    """Unknown fields, nulls, numbers as texts and new words in closed lists are read."""
    odd = {
        "id": 17,
        "topic": None,
        "status": "hibernating",
        "participant_count": "3",
        "new_field": {"deep": [1]},
    }
    client, _ = speaking_to(Reply(200, page(odd)))
    [session] = (await client.sessions.list()).data
    assert (session.id, session.topic, session.status) == ("17", "", "hibernating")
    assert session.participant_count == 3


@pytest.mark.parametrize(
    "body", ["{}", '{"data": null}', '{"data": {}}', '{"data": [{}]}', "[]", '"text"']
)
async def test_a_list_of_another_shape_is_no_empty_list(body: str) -> None:
    """An answer without the list is an error: "nothing there" would be a lie."""
    client, _ = speaking_to(Reply(200, body))
    with pytest.raises(errors.UnexpectedAnswer):
        await client.sessions.list()


async def test_a_number_that_is_none_is_refused() -> None:
    """JSON has no infinity: refused before it is sent."""
    client, api = speaking_to(Reply(200, {"id": "t1"}))
    with pytest.raises(errors.InvalidInput, match="finite"):
        await client.templates.update("t1", chain_config={"steps": [{"weight": float("inf")}]})
    assert api.requests == []


@pytest.mark.parametrize("length", [20_000, 70_000])
async def test_a_search_beyond_an_addresss_length_is_refused(length: int) -> None:
    """What the server would refuse without a word is refused here with one."""
    client, api = speaking_to(Reply(200, page()))
    with pytest.raises(errors.InvalidInput, match="too long"):
        await client.sessions.list(query="x" * length)
    assert api.requests == []


async def test_a_search_that_harmonica_fails_on_is_refused_by_its_name() -> None:
    """A NUL in a search is a 500: it is refused as the argument was called, not as on the wire."""
    client, api = speaking_to(Reply(200, page()))
    said = "^query contains a NUL character"
    with pytest.raises(errors.InvalidInput, match=said):
        await client.sessions.list(query="a\0b")
    with pytest.raises(errors.InvalidInput, match=said):
        await client.sessions.list_public(query="a\0b")
    assert api.requests == []
