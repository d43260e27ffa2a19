"""Making, finding and reading sessions."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Session, Tenant

NEW = {"topic": "Bees on the roof", "goal": "Find a place for hives."}


async def test_create_opens_a_session(api: httpx2.AsyncClient, sandbox: Sandbox) -> None:
    """A new session is active at once, has a join link, and 201 does not show its prompt."""
    answer = await api.post("/sessions", json=NEW | {"topic": "  Bees on the roof\ufeff "})
    made = answer.json()
    assert answer.status_code == 201
    assert made["topic"] == NEW["topic"]
    assert made["status"] == "active"
    assert made["join_url"] == f"https://sandbox.harmonica.example/chat?s={made['id']}"
    assert "prompt" not in made
    full = (await api.get(f"/sessions/{made['id']}")).json()
    assert NEW["topic"] in full["prompt"]
    assert NEW["goal"] in full["prompt"]
    assert full["summary"] is None
    assert full["context"] is None
    assert sandbox.effects["session created"] == 1


async def test_create_twice_makes_two(api: httpx2.AsyncClient) -> None:
    """There is no idempotency, whatever key is sent; ids come in both shapes."""
    headers = {"idempotency-key": "same"}
    ids = [(await api.post("/sessions", json=NEW, headers=headers)).json()["id"] for _ in "ab"]
    assert sorted(each.startswith("hst_") for each in ids) == [False, True]


async def test_a_prompt_that_was_sent_stays(api: httpx2.AsyncClient) -> None:
    """Context and critical points are kept, trimmed, and a prompt of the host's is not replaced."""
    extra = {"prompt": " Ask about bees. ", "context": "A flat roof.", "critical": " "}
    made = (await api.post("/sessions", json=NEW | extra)).json()
    full = (await api.get(f"/sessions/{made['id']}")).json()
    assert full["prompt"] == "Ask about bees."
    assert full["context"] == "A flat roof."
    assert full["critical"] is None


async def test_a_composed_prompt_uses_all_fields(api: httpx2.AsyncClient) -> None:
    """Without a prompt one is composed from topic, goal, context and critical."""
    extra = {"context": "A flat roof.", "critical": "Nobody may be stung."}
    made = (await api.post("/sessions", json=NEW | extra)).json()
    prompt = (await api.get(f"/sessions/{made['id']}")).json()["prompt"]
    assert all(text in prompt for text in (*NEW.values(), *extra.values()))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "topic is required"),
        ({"topic": None, "goal": "x"}, "topic is required"),
        ({"topic": "x", "goal": " \n"}, "goal is required"),
        ([], "topic is required"),
        (1, "topic is required"),
        (NEW | {"results_visibility": "all"}, "results_visibility must be one of: public, "),
        (NEW | {"distribution": [{"channel": "slack"}]}, "Unsupported distribution channel"),
        (NEW | {"distribution": ["telegram"]}, "Unsupported distribution channel"),
    ],
)
async def test_create_refuses(api: httpx2.AsyncClient, body: object, message: str) -> None:
    """Missing fields are named one at a time, topic first."""
    answer = await api.post("/sessions", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "validation_error"
    assert answer.json()["error"]["message"].startswith(message)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"{",
        b'{"topic": NaN}',
        b"[" * 100_000,
        b'{"topic": 5, "goal": "x"}',
        b'{"topic": "a\\u0000", "goal": "x"}',
        b'{"topic": "x", "goal": "y", "questions": "z"}',
        b'{"topic": "x", "goal": "y", "questions": [null]}',
        b'{"topic": "x", "goal": "y", "cross_pollination": "maybe"}',
    ],
)
async def test_create_stumbles(api: httpx2.AsyncClient, sandbox: Sandbox, content: bytes) -> None:
    """Malformed bodies and wrong types are a 500, and nothing is created."""
    answer = await api.post("/sessions", content=content)
    assert answer.status_code == 500
    error = {"code": "internal_error", "message": "Internal server error"}
    assert answer.json() == {"error": error}
    assert not sandbox.effects


async def test_odd_encodings_are_accepted(api: httpx2.AsyncClient) -> None:
    """A byte order mark passes; broken UTF-8 and lone surrogates become U+FFFD."""
    raw = b'\xef\xbb\xbf{"topic": "a\xff", "goal": "b\\ud800 \\ud83d\\udc1d"}'
    made = (await api.post("/sessions", content=raw)).json()
    assert (made["topic"], made["goal"]) == ("a\ufffd", "b\ufffd \N{HONEYBEE}")


async def test_questions_get_their_position_as_id(api: httpx2.AsyncClient, tenant: Tenant) -> None:
    """Own ids are ignored, a question without text is empty, types are kept but not shown."""
    questions = [
        {
            "id": "q9",
            "text": "Your role?",
            "type": "Options",
            "required": True,
            "options": ["a", 1],
        },
        {"label": "none"},
        "plain",
        {"text": 5},
    ]
    made = (await api.post("/sessions", json=NEW | {"questions": questions})).json()
    shown = (await api.get(f"/sessions/{made['id']}/questions")).json()
    assert shown == {
        "data": [
            {"id": "0", "text": "Your role?", "position": 0},
            {"id": "1", "text": "", "position": 1},
            {"id": "2", "text": "", "position": 2},
            {"id": "3", "text": 5, "position": 3},
        ]
    }
    first = tenant.sessions[made["id"]].questions[0]
    assert (first.kind, first.required, first.options) == ("Options", True, ("a", "1"))


@pytest.mark.parametrize(
    ("sent", "kept"), [("yes", True), (1, True), (False, False), (None, False)]
)
async def test_flags_are_read_as_by_a_database(
    api: httpx2.AsyncClient, tenant: Tenant, sent: object, *, kept: bool
) -> None:
    """Cross-pollination accepts what a boolean column accepts, and is off by default."""
    made = (await api.post("/sessions", json=NEW | {"cross_pollination": sent})).json()
    settings = tenant.sessions[made["id"]].settings
    assert settings["cross_pollination"] is kept
    assert settings["results_visibility"] == "host"


async def test_list_is_newest_first(api: httpx2.AsyncClient, now: list[datetime]) -> None:
    """Sessions come by updated_at, newest first, with the page's numbers beside them."""
    now[0] += timedelta(minutes=1)
    made = (await api.post("/sessions", json=NEW)).json()
    answer = (await api.get("/sessions")).json()
    times = [each["updated_at"] for each in answer["data"]]
    assert answer["data"][0]["id"] == made["id"]
    assert times == sorted(times, reverse=True)
    assert answer["pagination"] == {"total": 5, "limit": 20, "offset": 0}
    assert "prompt" not in answer["data"][0]


@pytest.mark.parametrize(
    ("limit", "taken"),
    [
        ("0", 1),
        ("-5", 1),
        ("1e2", 1),
        ("1.9", 1),
        ("2abc", 2),
        (" 3", 3),
        ("999", 100),
        ("9" * 19, 100),
        ("9" * 5_000, 100),
        ("", 20),
    ],
)
async def test_limits_are_read_and_clamped(api: httpx2.AsyncClient, limit: str, taken: int) -> None:
    """A limit is read up to its first strange character, and brought into 1 to 100."""
    page = (await api.get("/sessions", params={"limit": limit})).json()["pagination"]
    assert page["limit"] == taken


@pytest.mark.parametrize(("offset", "taken"), [("-1", 0), ("1.5", 1), ("99", 99)])
async def test_offsets_are_read(api: httpx2.AsyncClient, offset: str, taken: int) -> None:
    """An offset below zero is zero, one past the end gives an empty page with the total."""
    page = (await api.get("/sessions", params={"offset": offset})).json()
    assert page["pagination"] == {"total": 4, "limit": 20, "offset": taken}
    assert len(page["data"]) == max(0, 4 - taken)


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "abc"},
        {"offset": "abc"},
        {"offset": "9" * 5_000},
        {"offset": "9" * 19},
        {"q": "a\0b"},
    ],
)
async def test_list_stumbles(api: httpx2.AsyncClient, params: dict[str, str]) -> None:
    """Numbers without digits or beyond a bigint, and NUL in a search, are a 500."""
    assert (await api.get("/sessions", params=params)).status_code == 500


@pytest.mark.parametrize(
    ("query", "topics"),
    [
        ("REPAIR", 2),
        ("fennmill", 2),
        ("library tool", 0),
        ("library%tool", 0),
        ("t__l library", 1),
        ("tool%neigh", 1),
        (r"tool\%", 0),
        ("  ", 0),
        ("", 4),
        ("mill's workshop", 0),
    ],
)
async def test_search(api: httpx2.AsyncClient, query: str, topics: int) -> None:
    """`q` is one substring of topic or goal in any case, with the wildcards of a database."""
    found = (await api.get("/sessions", params={"q": query})).json()["data"]
    assert len(found) == topics


async def test_status_filter(api: httpx2.AsyncClient) -> None:
    """Two states filter, any other word is ignored."""
    for status, count in (("active", 3), ("completed", 1), ("draft", 4), ("ACTIVE", 4)):
        found = (await api.get("/sessions", params={"status": status})).json()["data"]
        assert len(found) == count


async def test_distribution_filters(api: httpx2.AsyncClient) -> None:
    """Channel and group filter alone and together; a double quote is a 500."""
    target = {"channel": "telegram", "group_id": "-100"}
    made = (await api.post("/sessions", json=NEW | {"distribution": [target]})).json()
    for params, ids in (
        ({"distribution_channel": "telegram"}, [made["id"]]),
        ({"distribution_group_id": "-100"}, [made["id"]]),
        ({"distribution_channel": "telegram", "distribution_group_id": "-9"}, []),
    ):
        found = (await api.get("/sessions", params=params)).json()["data"]
        assert [each["id"] for each in found] == ids
    bad = await api.get("/sessions", params={"distribution_group_id": '"'})
    assert bad.status_code == 500


async def test_write_only_settings_are_not_shown(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session]
) -> None:
    """A whole session has its documented fields and no more."""
    full = (await api.get(f"/sessions/{seeded('tool library').id}")).json()
    assert set(full) == {
        *("id", "topic", "goal", "status", "participant_count", "created_at", "updated_at"),
        *("critical", "context", "prompt", "summary", "session_md"),
    }


async def test_a_session_listed_but_closed(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session]
) -> None:
    """A session on which the user has no role is listed, yet reading it is a 403."""
    session = seeded("tool library")
    session.access = "none"
    assert session.id in {each["id"] for each in (await api.get("/sessions")).json()["data"]}
    assert (await api.get(f"/sessions/{session.id}")).status_code == 403
