"""Joining and talking, with the service's quirks."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx2
import pytest

from harmonica_mcp.sandbox import Sandbox, Session

ANA = {"participant_id": "p1", "participant_name": "Ana"}
NO_ANSWERS: list[object] = []
NEW = {"topic": "Bees on the roof", "goal": "Find a place for hives."}


@pytest.fixture
async def url(api: httpx2.AsyncClient) -> str:
    """The path of a new session."""
    return f"/sessions/{(await api.post('/sessions', json=NEW)).json()['id']}"


async def turn(api: httpx2.AsyncClient, url: str, content: str) -> dict[str, object]:
    """Let Ana say something and give the facilitator's message."""
    answer = await api.post(f"{url}/chat", json=ANA | {"content": content})
    assert answer.status_code == 200
    return answer.json()["message"]


async def test_a_turn_is_stored_with_its_answer(
    api: httpx2.AsyncClient, url: str, sandbox: Sandbox
) -> None:
    """Chat stores the trimmed words and an answer that takes them up."""
    answer = (await api.post(f"{url}/chat", json=ANA | {"content": "  I like bees. "})).json()
    assert answer["message"]["role"] == "assistant"
    assert answer["message"]["is_final"] is False
    assert "I like bees" in answer["message"]["content"]
    [ana] = (await api.get(f"{url}/responses")).json()["data"]
    assert [each["content"] for each in ana["messages"]] == [
        "I like bees.",
        answer["message"]["content"],
    ]
    assert ana["participant_name"] == "Ana"
    assert ana["participant_id"] not in ("p1", answer["thread_id"])
    assert sandbox.effects == {
        "session created": 1,
        "joined": 1,
        "turn stored": 1,
        "reply stored": 1,
    }


async def test_one_participant_one_thread(api: httpx2.AsyncClient, url: str) -> None:
    """The same id continues its thread under its first name; ids are compared exactly."""
    bodies = [
        ANA,
        ANA | {"participant_name": "Other"},
        ANA | {"participant_id": "P1"},
        ANA | {"participant_id": " p1 "},
        ANA | {"participant_id": "  "},
    ]
    threads = [
        (await api.post(f"{url}/chat", json=body | {"content": "Hi"})).json()["thread_id"]
        for body in bodies
    ]
    assert threads[0] == threads[1]
    assert len(set(threads)) == 4
    data = (await api.get(f"{url}/responses")).json()["data"]
    assert [each["participant_name"] for each in data] == ["Ana"] * 4


async def test_a_repeat_is_stored_again(
    api: httpx2.AsyncClient, url: str, sandbox: Sandbox
) -> None:
    """There is no idempotency: the same sentence twice stands twice in the thread."""
    await turn(api, url, "Once.")
    await turn(api, url, "Once.")
    assert sandbox.effects["turn stored"] == 2


async def test_participants_count_from_their_third_message(
    api: httpx2.AsyncClient, url: str, now: list[datetime]
) -> None:
    """One turn and its answer do not count yet, and no turn moves `updated_at`."""
    before = (await api.get(url)).json()
    now[0] += timedelta(hours=1)
    await turn(api, url, "One.")
    assert (await api.get(url)).json() == before
    await turn(api, url, "Two.")
    assert (await api.get(url)).json() == before | {"participant_count": 1}


async def test_the_end_comes_with_the_fourth_turn(api: httpx2.AsyncClient, url: str) -> None:
    """Without pre-session answers the fourth turn ends it, with a recap, and talk may go on."""
    said = ["I like bees.", "My neighbour is allergic.", "We could ask the school.", "Good."]
    messages = [await turn(api, url, each) for each in said]
    assert [each["is_final"] for each in messages] == [False, False, False, True]
    assert "My neighbour is allergic" in str(messages[-1]["content"])
    [ana] = (await api.get(f"{url}/responses")).json()["data"]
    assert ana["active"] is False
    assert (await turn(api, url, "One more thing."))["is_final"] is True


async def test_the_end_is_not_judged_before_six_messages(api: httpx2.AsyncClient, url: str) -> None:
    """Saying that all is said does not end a thread of five messages, but one of six."""
    assert (await turn(api, url, "That's all."))["is_final"] is False
    assert (await turn(api, url, "Nothing more."))["is_final"] is False
    assert (await turn(api, url, "Really nothing else."))["is_final"] is False
    for answers, turns in ((NO_ANSWERS, 3), ([{"question_id": "0", "answer": "Dev"}], 2)):
        body = {"participant_id": f"p{turns}", "participant_name": "Ben"}
        await api.post(f"{url}/chat/questions", json=body | {"answers": answers})
        finals = [
            (await api.post(f"{url}/chat", json=body | {"content": "I'm done."})).json()
            for _ in range(turns)
        ]
        assert [each["message"]["is_final"] for each in finals] == [False] * (turns - 1) + [True]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "content is required and must be a non-empty string"),
        ({"content": " "}, "content is required and must be a non-empty string"),
        ({"content": 5}, "content is required and must be a non-empty string"),
        ([], "content is required and must be a non-empty string"),
        ({"content": "x" * 10_001}, "content must be 10000 characters or less"),
        ({"content": "\N{HONEYBEE}" * 5001}, "content must be 10000 characters or less"),
        ({"content": " " * 10_000 + "x"}, "content must be 10000 characters or less"),
        ({"content": "x"}, "participant_id is required"),
        ({"content": "x", "participant_id": 5}, "participant_id is required"),
        ({"content": "x", "participant_id": ""}, "participant_id is required"),
        ({"content": "x", "participant_id": "p"}, "participant_name is required"),
    ],
)
async def test_chat_refuses(api: httpx2.AsyncClient, url: str, body: object, message: str) -> None:
    """Missing fields are named in their order, and length counts UTF-16 units before trimming."""
    answer = await api.post(f"{url}/chat", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == message


async def test_the_longest_turn(api: httpx2.AsyncClient, url: str) -> None:
    """Five thousand characters of two units each still pass."""
    await turn(api, url, "\N{HONEYBEE}" * 5000)


async def test_nul_is_accepted_and_lost(
    api: httpx2.AsyncClient, url: str, sandbox: Sandbox
) -> None:
    """A turn with NUL gets its answer but is not in the thread; in an id it is a 500."""
    await turn(api, url, "a\0b")
    [ana] = (await api.get(f"{url}/responses")).json()["data"]
    assert [each["role"] for each in ana["messages"]] == ["assistant"]
    assert sandbox.effects["turn stored"] == 0
    body = {"content": "x", "participant_id": "a\0", "participant_name": "Ana"}
    assert (await api.post(f"{url}/chat", json=body)).status_code == 500


async def test_joining_with_answers(api: httpx2.AsyncClient, url: str) -> None:
    """Answers become a synthetic turn with the questions as labels; the reply is a 201."""
    await api.patch(url, json={"questions": [{"text": "Role?"}]})
    answers: list[object] = [
        {"question_id": "0", "answer": "Dev"},
        {"question_id": "q7", "answer": ["a", {}, None]},
        {"question_id": 0, "answer": True},
        {},
        "x",
    ]
    answer = await api.post(f"{url}/chat/questions", json=ANA | {"answers": answers})
    assert answer.status_code == 201
    assert "Dev" in answer.json()["message"]["content"]
    [ana] = (await api.get(f"{url}/responses")).json()["data"]
    told, begin, opening = (each["content"] for each in ana["messages"])
    assert told == (
        "User shared the following context:\nRole?: Dev; q7: a,[object Object],null; 0: true; "
        "undefined: undefined; undefined: undefined"
    )
    assert begin == "Let's begin."
    assert NEW["goal"] in opening


async def test_joining_without_answers(api: httpx2.AsyncClient, url: str, sandbox: Sandbox) -> None:
    """An empty list of answers is enough, and only the wish to begin is put in their mouth."""
    await api.post(f"{url}/chat/questions", json=ANA | {"answers": NO_ANSWERS})
    [ana] = (await api.get(f"{url}/responses")).json()["data"]
    assert ana["messages"][0]["content"] == "Let's begin."
    assert sandbox.effects["joined"] == 1


async def test_joining_once(api: httpx2.AsyncClient, url: str, sandbox: Sandbox) -> None:
    """A second joining is refused, also after a chat and after one that stumbled."""
    body = ANA | {"answers": [None]}
    assert (await api.post(f"{url}/chat/questions", json=body)).status_code == 500
    again = await api.post(f"{url}/chat/questions", json=ANA | {"answers": NO_ANSWERS})
    assert again.status_code == 400
    assert again.json()["error"]["message"] == "Participant already joined this session"
    await turn(api, url, "Then I talk.")
    assert sandbox.effects["joined"] == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"answers": NO_ANSWERS}, "participant_id is required"),
        (ANA, "answers must be an array"),
        (ANA | {"answers": "x"}, "answers must be an array"),
    ],
)
async def test_joining_refuses(
    api: httpx2.AsyncClient, url: str, body: object, message: str
) -> None:
    """Joining needs id, name and a list."""
    answer = await api.post(f"{url}/chat/questions", json=body)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


async def test_a_completed_session_takes_no_words(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session]
) -> None:
    """Chat and joining say so, but only after the body was found good."""
    url = f"/sessions/{seeded('spring').id}"
    for path, body in (("chat", {"content": "x"}), ("chat/questions", {"answers": NO_ANSWERS})):
        good = await api.post(f"{url}/{path}", json=ANA | body)
        assert good.json()["error"]["message"] == "Session is not active"
        bad = await api.post(f"{url}/{path}", json=body)
        assert bad.json()["error"]["message"] == "participant_id is required"


async def test_taking_part_needs_an_editor(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session]
) -> None:
    """A viewer cannot take part through the API; access is checked before the body."""
    session = seeded("Opening hours")
    session.access = "viewer"
    for path in ("chat", "chat/questions"):
        answer = await api.post(f"/sessions/{session.id}/{path}", content=b"{")
        assert answer.status_code == 403
        error = answer.json()["error"]
        assert error["message"] == "You need editor access to this session"


async def test_widgets_come_once_in_four_turns(api: httpx2.AsyncClient, url: str) -> None:
    """Only where widgets are enabled, and then on the second of four turns."""
    await turn(api, url, "Zero.")
    await api.patch(url, json={"widgets_enabled": True})
    specs = [
        (await turn(api, url, f"Point {number}.")).get("widget_spec") for number in range(2, 5)
    ]
    assert specs == [
        {
            "root": {
                "type": "SingleSelect",
                "props": {
                    "label": "Which matters most to you?",
                    "options": ["Zero", "Point 2", "Something else"],
                },
                "children": [],
            }
        },
        None,
        None,
    ]


async def test_a_scale_while_there_is_one_point(api: httpx2.AsyncClient, url: str) -> None:
    """Someone who says the same twice is asked for a rating instead of a choice."""
    await api.patch(url, json={"widgets_enabled": True})
    await turn(api, url, "Same.")
    message = (await api.post(f"{url}/chat", json=ANA | {"content": "Same."})).json()["message"]
    root = message["widget_spec"]["root"]
    assert root["type"] == "RatingScale"
    assert (root["props"]["min"], root["props"]["max"]) == (1, 5)


async def test_cross_pollination_brings_in_the_group(
    api: httpx2.AsyncClient, seeded: Callable[[str], Session], now: list[datetime]
) -> None:
    """With a mapped group, two turns and two minutes, the reply is an insight, then not again."""
    url = f"/sessions/{seeded('tool library').id}"
    assert not str((await turn(api, url, "Hello."))["content"]).startswith("💡")
    for _ in range(3):
        await api.post(f"{url}/scratchpad", json={})
    now[0] += timedelta(minutes=3)
    assert not str((await turn(api, url, "I own a drill."))["content"]).startswith("💡")
    insight = await turn(api, url, "And a saw.")
    assert str(insight["content"]).startswith("💡 Cross-pollination insight: ")
    assert insight["is_final"] is False
    now[0] += timedelta(minutes=3)
    assert (await turn(api, url, "Fine."))["is_final"] is True
