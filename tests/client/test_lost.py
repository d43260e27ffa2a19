"""Lost answers: one effect at Harmonica, whatever becomes of its answer."""

from collections.abc import Mapping
from typing import Any

import anyio
import pytest
from starlette.types import Message, Receive, Scope, Send

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from harmonica_mcp.sandbox import Sandbox, Session
from tests.client.api import KEY, URL
from tests.client.conftest import Clock

CREATE = "POST /sessions"
SUMMARIZE = "POST /sessions/{id}/summary"
ADD = "POST /sessions/{id}/responses"
TOPICS = ["Tea", "  Tea  ", "50% or 100_%", "C:\\tea\\pot", "\\", "Grüner Tee 茶 🍵", "x" * 3000]


def without_date(sandbox: Sandbox) -> Pool:
    """A pool for the same sandbox behind something that strips its `Date` header."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def undated(message: Message) -> None:
            headers = [pair for pair in message.get("headers", []) if pair[0] != b"date"]
            await send({**message, "headers": headers} if "headers" in message else message)

        await sandbox.app(scope, receive, undated)

    return Pool(URL, app=app)


def sent(sandbox: Sandbox, operation: str) -> int:
    """How often an operation arrived at the sandbox."""
    return [request.operation for request in sandbox.requests].count(operation)


@pytest.mark.parametrize("topic", TOPICS)
async def test_a_created_session_is_found_again(
    topic: str, sandbox: Sandbox, harmonica: HarmonicaClient
) -> None:
    """After a lost answer the new session is returned, with its link, and made only once."""
    sandbox.faults.add(CREATE, drop="after")
    created = await harmonica.sessions.create(topic, " Choose. ")
    assert created.recovered
    assert created.topic == topic.strip()
    assert created.join_url == f"{URL}/chat?s={created.id}"
    assert created.id in sandbox.tenant(KEY).sessions
    assert sandbox.effects["session created"] == 1
    assert sent(sandbox, CREATE) == 1


async def test_a_session_that_comes_late_is_found(
    sandbox: Sandbox, harmonica: HarmonicaClient, clock: Clock
) -> None:
    """Looking goes on beyond the time limit, since Harmonica finishes what it has begun."""
    sandbox.faults.add(CREATE, delay=125)
    created = await harmonica.sessions.create("Tea", "Choose.")
    assert created.recovered
    assert sandbox.effects["session created"] == 1
    assert 125 <= clock.passed < 140


async def test_a_session_that_is_not_there_may_still_come(
    sandbox: Sandbox, harmonica: HarmonicaClient, clock: Clock
) -> None:
    """Nothing found after all the time is never told as "not done"; nothing is sent twice."""
    sandbox.faults.add(CREATE, drop="before")
    with pytest.raises(errors.Unsettled, match=r"may still have been created.*check with GET") as e:
        await harmonica.sessions.create("Tea", "Choose.")
    assert type(e.value) is errors.Unsettled
    assert e.value.check == "GET /sessions"
    assert e.value.may_have_happened
    assert e.value.sentence("list_sessions").endswith("check with list_sessions.")
    assert sandbox.effects["session created"] == 0
    assert sent(sandbox, CREATE) == 1
    assert clock.passed >= 110


async def test_a_500_is_looked_after_for_a_short_time_only(
    sandbox: Sandbox, harmonica: HarmonicaClient, clock: Clock
) -> None:
    """A 500 is Harmonica's last word on the request, so patience is short."""
    sandbox.faults.add(CREATE, status=500)
    with pytest.raises(errors.Unsettled):
        await harmonica.sessions.create("Tea", "Choose.")
    assert 10 <= clock.passed < 20


@pytest.mark.parametrize("wrong_by", [-86_400.0, 86_400.0])
@pytest.mark.parametrize("drop", ["before", "after"])
async def test_an_older_session_is_not_mistaken_whatever_this_clock_says(
    drop: Any, wrong_by: float, sandbox: Sandbox, harmonica: HarmonicaClient, clock: Clock
) -> None:
    """The same topic and goal of a minute ago is another session, on the API's own clock."""
    clock.wrong_by = wrong_by
    older = await harmonica.sessions.create("Tea", "Choose.")
    await anyio.sleep(60)
    sandbox.faults.add(CREATE, drop=drop)
    if drop == "before":
        with pytest.raises(errors.Unsettled):
            await harmonica.sessions.create("Tea", "Choose.")
    else:
        created = await harmonica.sessions.create("Tea", "Choose.")
        assert created.id != older.id
        assert created.recovered
    assert sandbox.effects["session created"] == (1 if drop == "before" else 2)


async def test_a_topic_alone_is_no_proof(sandbox: Sandbox, harmonica: HarmonicaClient) -> None:
    """A new session of the same topic with another goal is not taken for the lost one."""
    await harmonica.sessions.create("Tea", "Buy it.")
    sandbox.faults.add(CREATE, drop="before")
    with pytest.raises(errors.Unsettled):
        await harmonica.sessions.create("Tea", "Choose.")


async def test_two_sessions_that_fit_are_ambiguous(
    sandbox: Sandbox, harmonica: HarmonicaClient
) -> None:
    """When another one of the same moment fits as well, none is guessed and both are named."""
    other = await harmonica.sessions.create("Tea", "Choose.")
    sandbox.faults.add(CREATE, drop="after")
    with pytest.raises(errors.Ambiguous, match=other.id) as caught:
        await harmonica.sessions.create("Tea", "Choose.")
    assert caught.value.check == "GET /sessions"


async def test_without_the_apis_clock_nothing_is_guessed(sandbox: Sandbox) -> None:
    """Without a `Date` header old and new cannot be told apart, so the finding is ambiguous."""
    client = HarmonicaClient(KEY, pool=without_date(sandbox))
    session = (await client.sessions.create("Tea", "Choose.")).id
    for operation, call in (
        (CREATE, lambda: client.sessions.create("Tea", "Choose.")),
        (ADD, lambda: client.responses.add(session, "Green.")),
        ("POST /sessions/{id}/chat", lambda: client.chat.send(session, "H", participant_name="A")),
    ):
        sandbox.faults.add(operation, drop="after")
        with pytest.raises(errors.Ambiguous):
            await call()
    sandbox.faults.add(SUMMARIZE, drop="after")
    with pytest.raises(errors.Unsettled):
        await client.results.generate_summary(session)


@pytest.mark.parametrize("fault", [{"status": 403}, {"drop": "before"}, {"body": {"data": 5}}])
async def test_looking_in_vain_is_unsettled_too(
    fault: Mapping[str, Any], sandbox: Sandbox, harmonica: HarmonicaClient
) -> None:
    """When the look itself fails to the end, the caller still learns what stands open."""
    sandbox.faults.add(CREATE, drop="after")
    sandbox.faults.add("GET /sessions", times=10_000, **fault)
    with pytest.raises(errors.Unsettled) as caught:
        await harmonica.sessions.create("Tea", "Choose.")
    assert isinstance(caught.value.__cause__, errors.ConnectionLost)
    assert sandbox.effects["session created"] == 1
    sandbox.faults.clear()


async def test_a_look_that_fails_is_repeated(sandbox: Sandbox, harmonica: HarmonicaClient) -> None:
    """Harmonica often fails more than once in a row; the look waits until it is back."""
    sandbox.faults.add(CREATE, drop="after")
    sandbox.faults.add("GET /sessions", status=401, times=6)
    assert (await harmonica.sessions.create("Tea", "Choose.")).recovered


async def test_an_added_response_is_found_again(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """After a lost answer the stored text is returned, stored only once."""
    sandbox.faults.add(ADD, drop="after")
    stored = await harmonica.responses.add(tea.id, "  Green tea. \n")
    assert stored.recovered
    assert (stored.session_id, stored.content) == (tea.id, "Green tea.")
    assert stored.created_at is not None
    assert stored.id
    assert sandbox.effects["response stored"] == sent(sandbox, ADD) == 1


async def test_an_older_response_is_not_mistaken(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """The same text of a minute ago does not count as the lost one."""
    await harmonica.responses.add(tea.id, "Green tea.")
    await anyio.sleep(60)
    sandbox.faults.add(ADD, drop="before")
    with pytest.raises(errors.Unsettled, match="may still have been stored"):
        await harmonica.responses.add(tea.id, "Green tea.")
    assert sandbox.effects["response stored"] == 1


async def test_two_texts_that_fit_are_ambiguous(
    sandbox: Sandbox, harmonica: HarmonicaClient, tea: Session
) -> None:
    """When somebody else says the same at that moment, nobody's words are taken for one's own."""
    await harmonica.chat.send(tea.id, "Green tea.", participant_name="Ann")
    sandbox.faults.add(ADD, drop="after")
    with pytest.raises(errors.Ambiguous):
        await harmonica.responses.add(tea.id, "Green tea.")
    assert sandbox.effects["response stored"] == 1
