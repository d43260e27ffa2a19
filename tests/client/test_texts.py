"""Whatever is said arrives whole, or is refused before anything is sent."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, cast
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartParser

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import Pool, errors
from harmonica_mcp.sandbox import Sandbox
from tests.client.api import KEY, URL, Reply, Sent, speaking_to

pytestmark = pytest.mark.usefixtures("clock")

# The clock fixture only jumps; it may stay the same over all examples of a test.
modest = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

Say = Callable[[HarmonicaClient, str], Awaitable[object]]
Read = Callable[[Sent], object]


def in_json(*names: str) -> Read:
    """Read a field of a JSON body."""

    def read(sent: Sent) -> object:
        value: Any = sent.json
        for name in names:
            value = value[int(name) if name.isdigit() else name]
        return value

    return read


def in_path(place: int) -> Read:
    """Read a segment of the path."""
    return lambda sent: unquote(sent.path.split("/")[place], errors="strict")


def in_query(name: str) -> Read:
    """Read a parameter of the query."""
    return lambda sent: sent.query[name]


# How a text is handed to the client, and where it must be found at the server.
TEXTS: dict[str, tuple[Say, Read]] = {
    "session id": (lambda c, t: c.sessions.get(t), in_path(2)),
    "session id, later in the path": (lambda c, t: c.results.summary(t), in_path(2)),
    "project id": (lambda c, t: c.projects.get(t), in_path(2)),
    "source id": (lambda c, t: c.context.refresh("session", "hst_1", t), in_path(4)),
    "group id": (lambda c, t: c.telegram.unregister(t), in_path(4)),
    "template id": (lambda c, t: c.templates.get(t), in_path(2)),
    "meeting id": (lambda c, t: c.meetings.transcript(t), in_path(2)),
    "search": (lambda c, t: c.sessions.list(query=t), in_query("q")),
    "name to filter": (lambda c, t: c.responses.list("hst_1", name=t), in_query("name")),
    "cursor": (lambda c, t: c.meetings.list(cursor=t), in_query("cursor")),
    "template to preview": (
        lambda c, t: c.design.draft_prompt("hst_1", template_id=t),
        in_query("templateId"),
    ),
    "topic": (lambda c, t: c.sessions.create(t, "Choose."), in_json("topic")),
    "goal": (lambda c, t: c.sessions.create("Tea", t), in_json("goal")),
    "prompt": (lambda c, t: c.sessions.create("Tea", "Choose.", prompt=t), in_json("prompt")),
    "question": (
        lambda c, t: c.sessions.update("hst_1", questions=[{"text": t}]),
        in_json("questions", "0", "text"),
    ),
    "roster": (
        lambda c, t: c.sessions.create(
            "Tea", "Choose.", roster=[{"email": "a@b.example", "rolesByStep": {t: "x"}}]
        ),
        lambda sent: next(iter(cast("Any", in_json("roster", "0", "rolesByStep")(sent)))),
    ),
    "words": (lambda c, t: c.chat.send("hst_1", t, participant_name="Ann"), in_json("content")),
    "name": (
        lambda c, t: c.chat.send("hst_1", "Hello.", participant_name=t),
        in_json("participant_name"),
    ),
    "participant id": (
        lambda c, t: c.chat.send("hst_1", "Hello.", participant_name="Ann", participant_id=t),
        in_json("participant_id"),
    ),
    "answer": (
        lambda c, t: c.chat.join(
            "hst_1", [{"question_id": "0", "answer": t}], participant_name="Ann"
        ),
        in_json("answers", "0", "answer"),
    ),
    "response": (lambda c, t: c.responses.add("hst_1", t), in_json("content")),
    "project title": (lambda c, t: c.projects.create(t), in_json("title")),
    "project description": (
        lambda c, t: c.projects.update("p1", description=t),
        in_json("description"),
    ),
    "slug": (lambda c, t: c.sensemaking.update("p1", slug=t), in_json("slug")),
    "topic of an unconference": (
        lambda c, t: c.projects.add_topic("p1", "Kettles", t),
        in_json("body"),
    ),
    "template": (
        lambda c, t: c.templates.create("Tea", facilitation_prompt=t),
        in_json("facilitation_prompt"),
    ),
    "group name": (lambda c, t: c.telegram.register("-1", group_name=t), in_json("group_name")),
    "reason": (lambda c, t: c.meetings.restrict("m1", [], reason=t), in_json("reason")),
    "url": (lambda c, t: c.context.add_url("hst_1", t), in_json("url")),
    "bearer": (
        lambda c, t: c.context.add_mcp("session", "hst_1", "https://a.example", "A", bearer=t),
        in_json("bearer"),
    ),
}
said = st.text(max_size=60) | st.sampled_from(
    [
        *("..", ".", "a/b", "a%2Fb", "%00", "?", "#", "&=+", "auth0|1", "\\", "\x00", "\ud800"),
        *("\u202e", "\r\nX: y", "' OR 1=1--", "🍵" * 200, "x" * 600, "{id}", "public", " a ", "Ä"),
    ]
)


@pytest.mark.parametrize(("say", "read"), TEXTS.values(), ids=TEXTS.keys())
@settings(modest, max_examples=30)
@given(text=said)
async def test_any_text_arrives_unchanged_or_is_refused(say: Say, read: Read, text: str) -> None:
    """A text is refused before anything is sent, or the server receives exactly this text."""
    client, api = speaking_to(Reply(418))
    try:
        await say(client, text)
    except errors.InvalidInput:
        assert api.requests == []
        return
    except errors.HarmonicaError:
        pass
    [sent] = api.requests
    assert read(sent) == text


@modest
@given(
    name=st.text(st.characters(codec="utf-8"), max_size=20),
    title=st.none() | said,
    content=st.binary(max_size=200),
)
async def test_any_file_arrives_unchanged_or_is_refused(
    name: str, title: str | None, content: bytes
) -> None:
    """A file's bytes and title arrive as given; nothing is sent of one that would be refused."""
    client, api = speaking_to(Reply(418))
    try:
        await client.context.add_file("project", "p1", f"{name}.md", content, title=title)
    except errors.InvalidInput:
        assert api.requests == []
        return
    except errors.ApiError:
        pass
    [sent] = api.requests

    async def chunks() -> AsyncGenerator[bytes]:
        yield sent.body

    form = await MultiPartParser(Headers(sent.headers), chunks()).parse()
    file = form["file"]
    assert isinstance(file, UploadFile)
    assert await file.read() == content
    assert file.content_type == "text/markdown"
    assert form.get("title") == (title or None)
    await form.close()


@modest
@given(st.text(max_size=80))
async def test_what_is_said_is_read_back(words: str) -> None:
    """Words arrive in the conversation as they were said, but for the spaces around them."""
    sandbox = Sandbox(URL)
    client = HarmonicaClient(KEY, pool=Pool(URL, requests_per_minute=10_000, app=sandbox.app))
    session = next(iter(reversed(sandbox.tenant(KEY).sessions)))
    try:
        await client.chat.send(session, words, participant_name="Ann")
    except errors.InvalidInput:
        return
    [ann] = await client.responses.list(session, name="Ann")
    stored = ann.messages[0].content
    assert stored in words
    assert not words.replace(stored, "", 1).replace("\ufeff", "").strip()
