"""Context sources of sessions and projects: uploads, tokens, odd answers, lost ones."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from harmonica_mcp import HarmonicaClient
from harmonica_mcp.client import errors
from harmonica_mcp.client.context import MAX_FILE, ContextSource, Owner
from harmonica_mcp.sandbox import Sandbox, Session
from tests.client.api import KEY, Reply, speaking_to

SOURCE = {"id": "s1", "source_type": "file", "title": "Tea", "position": 0}
TOKEN = "secret-token-of-an-mcp-server"
OWNERS: list[Owner] = ["session", "project"]


@pytest.fixture
def homes(sandbox: Sandbox, tea: Session) -> dict[Owner, str]:
    """A session and a project to attach sources to."""
    return {"session": tea.id, "project": next(iter(sandbox.tenant(KEY).projects))}


@pytest.fixture
def briefed(sandbox: Sandbox) -> Session:
    """A session with a brief."""
    return next(s for s in sandbox.tenant(KEY).sessions.values() if s.session_md)


@pytest.mark.parametrize("owner", OWNERS)
async def test_sources_come_and_go(
    owner: Owner, harmonica: HarmonicaClient, homes: dict[Owner, str], briefed: Session
) -> None:
    """Added, changed, refreshed and removed, for a session and for a project."""
    home = homes[owner]
    file = await harmonica.context.add_file(owner, home, "Notes.MD", b"# Tea")
    snapshot = await harmonica.context.add_session(owner, home, briefed.id, title="Before")
    assert (file.source_type, file.title) == ("file", "Notes.MD")
    assert (snapshot.title, snapshot.source_ref) == ("Before", briefed.id)
    moved = await harmonica.context.update(owner, home, file.id, title="Notes", position=9)
    assert (moved.title, moved.position) == ("Notes", 9)
    assert (await harmonica.context.refresh(owner, home, snapshot.id)).id == snapshot.id
    with pytest.raises(errors.ValidationFailed, match="Re-upload"):
        await harmonica.context.refresh(owner, home, file.id)
    assert [s.id for s in (await harmonica.context.list(owner, home)).sources][-2:] == [
        snapshot.id,
        file.id,
    ]
    await harmonica.context.remove(owner, home, file.id)
    with pytest.raises(errors.NotFound):
        await harmonica.context.remove(owner, home, file.id)


async def test_a_project_shows_what_its_sessions_have(
    harmonica: HarmonicaClient, sandbox: Sandbox
) -> None:
    """`inheritedSources` are those of the sessions, each with the session's topic."""
    project = next(iter(sandbox.tenant(KEY).projects))
    inherited = (await harmonica.context.list("project", project)).inherited
    assert inherited[0].session_topic == "Opening hours of the Fennmill repair café"


async def test_pages_and_servers_are_attached(harmonica: HarmonicaClient, tea: Session) -> None:
    """A page keeps its address, a server its tools; what cannot be reached is refused."""
    page = await harmonica.context.add_url(tea.id, "https://tea.example/pot", title="The pot")
    assert (page.source_ref, page.title) == ("https://tea.example/pot", "The pot")
    untitled = await harmonica.context.add_url(tea.id, "https://tea.example/cup")
    assert untitled.title == "tea.example/cup"
    server = await harmonica.context.add_mcp(
        "session", tea.id, "https://mcp.example/sse", "Search", tool_allowlist=["search"]
    )
    assert server.mcp_config is not None
    assert server.mcp_config.tool_allowlist == ["search"]
    with pytest.raises(errors.ValidationFailed, match="handshake"):
        await harmonica.context.add_mcp("session", tea.id, "https://mcp.invalid", "None")


async def test_a_servers_token_is_never_shown(harmonica: HarmonicaClient, tea: Session) -> None:
    """The API gives the bearer back in clear; no model keeps it."""
    added = await harmonica.context.add_mcp(
        "session", tea.id, "https://mcp.example/sse", "Search", bearer=TOKEN
    )
    listed = await harmonica.context.list("session", tea.id)
    for model in (added, listed):
        assert TOKEN not in f"{model!r} {model.model_dump()} {model.model_dump_json()}"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("tea.exe", b"x", r"must end in \.md, \.markdown, \.txt, \.pdf"),
        ("tea", b"x", "must end in"),
        (".md", b"x", "must end in"),
        ("tea.md", b"", "empty"),
        ("tea.md", b" \n", "empty"),
        ("tea.md", b"x" * MAX_FILE, "4 MB are the limit"),
        ("pot\x00.md", b"x", "NUL"),
    ],
)
async def test_a_file_that_would_be_refused_is_not_sent(
    name: str, content: bytes, says: str
) -> None:
    """Type, emptiness and size are checked before anything is sent."""
    client, api = speaking_to(Reply(201, SOURCE))
    with pytest.raises(errors.InvalidInput, match=says):
        await client.context.add_file("session", "hst_1", name, content)
    assert api.requests == []


async def test_a_change_of_nothing_is_refused() -> None:
    """Without a field nothing is sent."""
    client, api = speaking_to(Reply(200, SOURCE))
    with pytest.raises(errors.InvalidInput, match="nothing to change"):
        await client.context.update("session", "hst_1", "s1")
    assert api.requests == []


async def test_an_upload_is_no_json_and_survives_a_redirect() -> None:
    """A file goes out as multipart form data, the whole of it again where it is sent elsewhere."""
    client, api = speaking_to(
        Reply(308, headers={"location": "/api/v1/elsewhere"}), Reply(201, SOURCE)
    )
    await client.context.add_file("session", "hst_1", "tea.md", b"# Tea", title="On tea")
    first, second = api.requests
    assert first.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert second.headers["content-type"] == first.headers["content-type"]
    assert b"# Tea" in second.body
    assert second.body == first.body
    assert second.path == "/elsewhere"


@pytest.mark.usefixtures("clock")
async def test_an_upload_is_repeated_whole() -> None:
    """After a 429 the same file goes out again."""
    client, api = speaking_to(Reply(429), Reply(201, SOURCE))
    await client.context.add_file("session", "hst_1", "tea.md", b"# Tea")
    assert api.requests[0].body == api.requests[1].body != b""


@pytest.mark.parametrize("answer", ["", "null", '{"success": true}'])
async def test_a_projects_answer_of_unknown_shape_is_looked_up(answer: str) -> None:
    """What a project's change answers is not documented: the source is then read from the list."""
    listed = Reply(200, {"sources": [{**SOURCE, "id": "s0"}, SOURCE]})
    client, _ = speaking_to(Reply(200, answer), listed)
    assert (await client.context.update("project", "p1", "s1", title="Tea")).id == "s1"
    client, _ = speaking_to(Reply(200, answer), listed)
    assert (await client.context.refresh("project", "p1", "s1")).id == "s1"
    client, _ = speaking_to(Reply(200, answer), Reply(200, {"sources": []}))
    with pytest.raises(errors.UnexpectedAnswer):
        await client.context.refresh("project", "p1", "s1")


async def test_a_free_account_adds_nothing(
    harmonica: HarmonicaClient, sandbox: Sandbox, tea: Session
) -> None:
    """Writes need a paid plan, and the refusal says so."""
    sandbox.tenant(KEY).plan = "FREE"
    with pytest.raises(errors.Forbidden, match="plan"):
        await harmonica.context.add_url(tea.id, "https://tea.example")
    assert (await harmonica.context.list("session", tea.id)).sources == []


async def test_the_cap_is_told(harmonica: HarmonicaClient, tea: Session) -> None:
    """The twenty-first source is refused with the API's reason."""
    for number in range(20):
        await harmonica.context.add_file("session", tea.id, f"{number}.txt", b"Tea.")
    with pytest.raises(errors.ValidationFailed, match="cap reached") as caught:
        await harmonica.context.add_file("session", tea.id, "one.txt", b"Tea.")
    assert caught.value.status == 422


Add = Callable[[HarmonicaClient, str, str], Awaitable[ContextSource]]
ADDING: dict[str, Add] = {
    "file": lambda c, home, _: c.context.add_file("session", home, "tea.md", b"# T", title=" On "),
    "session": lambda c, home, other: c.context.add_session("session", home, other),
    "url": lambda c, home, _: c.context.add_url(home, "https://tea.example/pot"),
    "mcp": lambda c, home, _: c.context.add_mcp("session", home, "https://m.example/sse", "M"),
}


@pytest.mark.parametrize("kind", ADDING)
async def test_a_source_is_found_again(
    kind: str, harmonica: HarmonicaClient, sandbox: Sandbox, tea: Session, briefed: Session
) -> None:
    """After a lost answer the new source is found, and attached only once."""
    await ADDING[kind](harmonica, tea.id, briefed.id)
    await anyio.sleep(60)
    sandbox.faults.add(f"POST /sessions/{{id}}/context-sources/{kind}", drop="after")
    found = await ADDING[kind](harmonica, tea.id, briefed.id)
    assert found.recovered
    assert found.id == tea.sources[-1].id
    assert sandbox.effects["source added"] == 2


@pytest.mark.parametrize("kind", ADDING)
async def test_another_source_is_not_taken_for_the_lost_one(
    kind: str, harmonica: HarmonicaClient, sandbox: Sandbox, tea: Session, briefed: Session
) -> None:
    """New sources of every kind with other contents do not count."""
    await harmonica.context.add_file("session", tea.id, "coffee.md", b"# C")
    await harmonica.context.add_url(tea.id, "https://coffee.example/pot")
    await harmonica.context.add_mcp("session", tea.id, "https://c.example/sse", "C")
    sandbox.faults.add(f"POST /sessions/{{id}}/context-sources/{kind}", drop="before")
    with pytest.raises(errors.Unsettled) as caught:
        await ADDING[kind](harmonica, tea.id, briefed.id)
    assert type(caught.value) is errors.Unsettled


@pytest.mark.parametrize("kind", ADDING)
async def test_a_source_that_is_not_there_may_still_come(
    kind: str, harmonica: HarmonicaClient, sandbox: Sandbox, tea: Session, briefed: Session
) -> None:
    """An older source of the same kind is not taken for the lost one."""
    await ADDING[kind](harmonica, tea.id, briefed.id)
    await anyio.sleep(60)
    sandbox.faults.add(f"POST /sessions/{{id}}/context-sources/{kind}", drop="before")
    with pytest.raises(errors.Unsettled, match="no such new context source") as caught:
        await ADDING[kind](harmonica, tea.id, briefed.id)
    assert caught.value.check == "GET /sessions/{id}/context-sources"
    assert sandbox.effects["source added"] == 1


async def test_a_removal_whose_answer_was_lost_is_done(
    harmonica: HarmonicaClient, sandbox: Sandbox, tea: Session
) -> None:
    """A repeated removal finds nothing any more, and that is the success it is."""
    source = await harmonica.context.add_file("session", tea.id, "tea.md", b"# Tea")
    sandbox.faults.add("DELETE /sessions/{id}/context-sources/{source_id}", drop="after")
    await harmonica.context.remove("session", tea.id, source.id)
    assert tea.sources == []
    assert sandbox.effects["source removed"] == 1
