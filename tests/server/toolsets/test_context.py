"""The five tools for context sources, of sessions and of projects."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harmonica_mcp.sandbox import Session
from harmonica_mcp.sandbox.records import Project, Source
from harmonica_mcp.server.files import LocalFiles
from tests.server.host import call
from tests.server.wire import Called, Json, Stage

TOKEN = "mcp-token-of-a-test-0123456789"
CAFE = "Fennmill repair café"
MCP: Json = {"kind": "mcp", "url": "https://mcp.example.org/sse", "title": "Tools"}
FILE: Json = {"kind": "file", "text": "We lend for a week.", "title": "Rules"}


def home(stage: Stage, owner: str) -> tuple[Json, Session | Project]:
    """What names a session or a project, and its record."""
    if owner == "session":
        session = stage.whole
        return {"session_id": session.id}, session
    [project] = [each for each in stage.tenant.projects.values() if each.title == CAFE]
    return {"project": CAFE}, project


def sourced(stage: Stage, owner: str) -> tuple[Json, Source]:
    """What names a session or project with a source and the source, and its record."""
    source = stage.session("Opening hours").sources[0]
    if owner == "session":
        return {"session_id": source.home, "source_id": source.id}, source
    names, project = home(stage, owner)
    source = replace(source, id="source-of-the-project", home=project.id)
    project.sources.append(source)
    return names | {"source_id": source.id}, source


@pytest.fixture(params=["session", "project"])
def owner(request: pytest.FixtureRequest) -> str:
    """Both homes of sources."""
    return request.param


@pytest.fixture
def allowed(stage: Stage, tmp_path: Path) -> Iterator[Path]:
    """A directory whose files may be attached."""
    before, stage.server.files = stage.server.files, LocalFiles((tmp_path,))
    yield tmp_path
    stage.server.files = before


async def add(stage: Stage, owner: str = "session", **more: Any) -> Called:
    """Attach something."""
    return await call(stage, "add_context_source", **home(stage, owner)[0], **more)


async def test_list_of_a_session(stage: Stage) -> None:
    """A source stands in both forms with id, kind, title, place and where it comes from."""
    source = stage.session("Opening hours").sources[0]
    called = await call(stage, "list_context_sources", session_id=source.home)
    [row] = called.data["sources"]
    tokens = len(source.content) // 4
    assert row == {
        "id": source.id,
        "kind": "session",
        "title": source.title,
        "position": 0,
        "reference": source.ref,
        "mode": "verbatim",
        "tokens": tokens,
    }
    assert called.text == (
        f"{source.home} has 1 context source of at most 20.\n"
        f'- {source.id} "{source.title}" (session, position 0, verbatim, {tokens} tokens) from '
        f'"{source.ref}"'
    )


async def test_list_of_a_project(stage: Stage) -> None:
    """A project's list also holds what its sessions have, marked with the session."""
    inherited = stage.session("Opening hours").sources[0]
    called = await call(stage, "list_context_sources", project=CAFE)
    assert called.data["sources"] == []
    [row] = called.data["inherited"]
    assert (row["id"], row["session_id"]) == (inherited.id, inherited.home)
    assert f"- (inherited) {inherited.id} " in called.text
    assert f"of session {inherited.home})" in called.text
    assert called.data["inherited_left"] == 0


async def test_list_of_a_large_project(stage: Stage) -> None:
    """Of many inherited sources the first are shown; how many are left and where is said."""
    session = stage.session("Opening hours")
    session.sources = [replace(session.sources[0], id=f"s{number}") for number in range(45)]
    called = await call(stage, "list_context_sources", project=CAFE)
    assert (len(called.data["inherited"]), called.data["inherited_left"]) == (40, 5)
    assert called.text.endswith("5 more are inherited: list them by session_id.")


@pytest.mark.parametrize("names", [{}, {"session_id": "hst_1", "project": "Any"}])
@pytest.mark.parametrize(
    "tool",
    [
        "list_context_sources",
        "add_context_source",
        "update_context_source",
        "remove_context_source",
        "refresh_context_source",
    ],
)
async def test_whose(stage: Stage, tool: str, names: Json) -> None:
    """Neither a session nor a project, or both, is refused before anything is sent."""
    more: Json = {} if tool == "list_context_sources" else {"source_id": "s"}
    more = FILE if tool == "add_context_source" else more
    more = more | {"title": "T"} if tool == "update_context_source" else more
    called = await call(stage, tool, **names, **more)
    assert called.error == "Give either session_id or project. Nothing was done."
    assert stage.sent == []


async def test_add_text(stage: Stage, owner: str) -> None:
    """A text is attached under its title, and both forms tell id and effect."""
    called = await add(stage, owner, **FILE)
    _, record = home(stage, owner)
    source = record.sources[-1]
    assert (source.kind, source.title, source.content) == ("file", "Rules", FILE["text"])
    assert called.data["source"]["id"] == source.id
    assert called.data["owner_id"] == record.id
    assert called.text.startswith(f'Attached: {source.id} "Rules" (file')
    assert called.text.endswith(f"Conversations of {record.id} that begin from now on read it.")
    assert stage.sandbox.effects == {"source added": 1}


async def test_add_text_without_a_title(stage: Stage) -> None:
    """A text that has no title is called after what it is."""
    called = await add(stage, kind="file", text="We lend.")
    assert called.data["source"]["title"] == "context.md"


async def test_add_a_session(stage: Stage, owner: str) -> None:
    """Another session's brief is attached by its join link."""
    done = stage.session("spring repair day")
    link = f"https://app.harmonica.chat/chat?s={done.id}"
    called = await add(stage, owner, kind="session", source_session=link)
    assert called.data["source"]["reference"] == done.id
    assert home(stage, owner)[1].sources[-1].content == done.session_md


async def test_add_a_session_without_a_brief(stage: Stage) -> None:
    """A session that has no brief yet cannot be attached; Harmonica says what to do."""
    called = await add(stage, kind="session", source_session=stage.session("volunteers").id)
    assert called.error.endswith("Source session has no SESSION.md. Generate its summary first.")


async def test_add_a_page(stage: Stage) -> None:
    """A page is attached with its address and the title it has itself."""
    called = await add(stage, kind="url", url="https://example.org/lending?lang=en")
    row = called.data["source"]
    assert row["reference"] == "https://example.org/lending?lang=en"
    assert row["title"] == "example.org/lending"
    assert '"https://example.org/lending?lang=en"' in called.text


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.org", "Invalid URL."),
        ("http://10.0.0.1/", "Private or local addresses are not allowed."),
        ("https://nowhere.invalid/", "Could not fetch the page."),
    ],
)
async def test_add_a_page_that_cannot_be(stage: Stage, url: str, why: str) -> None:
    """What Harmonica cannot or must not fetch is refused with its reason."""
    called = await add(stage, kind="url", url=url)
    assert called.error == f"Harmonica refused the request: {why}"
    assert stage.sandbox.effects.total() == 0


async def test_add_a_page_to_a_project(stage: Stage) -> None:
    """Pages belong to sessions only, which is said before anything is sent."""
    called = await add(stage, "project", kind="url", url="https://example.org")
    assert called.error.startswith("kind url needs url, and session_id: pages cannot be attached")
    assert "POST" not in str(stage.sent)


async def test_add_an_mcp_server(stage: Stage, owner: str) -> None:
    """A server is attached with token and tools; neither form shows the token."""
    called = await add(stage, owner, **MCP, bearer=TOKEN, tool_allowlist=["search"])
    config = home(stage, owner)[1].sources[-1].mcp_config or {}
    assert (config["bearer"], config["tool_allowlist"]) == (TOKEN, ["search"])
    assert called.data["source"]["reference"] == MCP["url"]
    assert called.data["source"]["health"] == "healthy"
    assert TOKEN not in str(called.raw)


async def test_tokens_stay_inside(stage: Stage, owner: str) -> None:
    """No answer of any tool repeats a token, though Harmonica returns it in clear."""
    names, record = home(stage, owner)
    secret = f"https://user:{TOKEN}@mcp.example.org/sse?key={TOKEN}"
    added = await add(stage, owner, kind="mcp", url=secret, title="Tools", bearer=TOKEN)
    source = {"source_id": record.sources[-1].id}
    for tool, more in (
        ("list_context_sources", {}),
        ("update_context_source", source | {"title": "New", "bearer": TOKEN}),
        ("refresh_context_source", source),
        ("remove_context_source", source),
    ):
        called = await call(stage, tool, **names, **more)
        assert not called.failed
        assert TOKEN not in str(called.raw)
    assert added.data["source"]["reference"] == "https://mcp.example.org/sse?…"
    assert TOKEN not in str(added.raw)


@pytest.mark.parametrize("padding", [0, 275])
async def test_tokens_in_errors(stage: Stage, padding: int) -> None:
    """A refusal that repeats the token, even in part, is shown without it."""
    message = f"{'x' * padding} No server takes {TOKEN}, sorry"
    for operation, tool, more in (
        ("POST /sessions/{id}/context-sources/mcp", "add_context_source", MCP),
        ("PATCH /sessions/{id}/context-sources/{source_id}", "update_context_source", {}),
    ):
        body = {"error": {"code": "validation_error", "message": message}}
        stage.sandbox.faults.add(operation, status=400, body=body)
        names, _ = sourced(stage, "session")
        if tool == "add_context_source":
            del names["source_id"]
        called = await call(stage, tool, **names, **more, bearer=TOKEN)
        assert called.error.endswith("No server takes (bearer)…")
        assert TOKEN[:9] not in called.error


async def test_an_address_that_cannot_be_read(stage: Stage) -> None:
    """A server's address that is none breaks no list."""
    body = {"sources": [{"id": "s1", "source_type": "mcp", "mcp_config": {"url": "http://[x"}}]}
    stage.sandbox.faults.add("GET /sessions/{id}/context-sources", body=body)
    called = await call(stage, "list_context_sources", session_id=stage.whole.id)
    assert called.data["sources"] == [
        {"id": "s1", "kind": "mcp", "title": "", "reference": "an address that cannot be read"}
    ]


@pytest.mark.parametrize(
    ("given", "needs"),
    [
        ({"kind": "file"}, "kind file needs either text or path."),
        ({"kind": "file", "text": "a", "path": "b.md"}, "kind file needs either text or path."),
        ({"kind": "session"}, "kind session needs source_session."),
        ({"kind": "url"}, "kind url needs url, and session_id"),
        ({"kind": "mcp", "url": "https://example.org"}, "kind mcp needs url and title."),
        ({"kind": "mcp", "title": "Tools"}, "kind mcp needs url and title."),
    ],
)
async def test_what_a_kind_needs(stage: Stage, given: Json, needs: str) -> None:
    """What a kind lacks is asked for by name, and nothing is sent."""
    called = await add(stage, **given)
    assert called.error.startswith(needs)
    assert called.error.endswith("Nothing was sent.")
    assert stage.sent == []


@pytest.mark.parametrize(
    ("given", "surplus"),
    [
        (FILE | {"url": "https://example.org"}, "url"),
        ({"kind": "url", "url": "https://example.org", "bearer": TOKEN}, "bearer"),
        ({"kind": "session", "source_session": "hst_1", "text": "a", "path": "b"}, "text, path"),
        (MCP | {"source_session": "hst_1"}, "source_session"),
    ],
)
async def test_what_a_kind_does_not_take(stage: Stage, given: Json, surplus: str) -> None:
    """What would be passed over in silence is refused instead."""
    called = await add(stage, **given)
    assert called.error == f"kind {given['kind']} takes no {surplus}. Nothing was sent."
    assert stage.sent == []


async def test_add_a_local_file(stage: Stage, allowed: Path, owner: str) -> None:
    """A file below an allowed directory is attached under its own name."""
    (allowed / "notes.md").write_text("# Notes\n\nWe lend for a week.")
    called = await add(stage, owner, kind="file", path="notes.md")
    assert called.data["source"]["title"] == "notes.md"
    assert "We lend for a week." in home(stage, owner)[1].sources[-1].content


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.md", b" \n", "The file is empty."),
        ("picture.png", b"PNG", "A file must end in .md, .markdown, .txt, .pdf."),
        ("huge.txt", b"x" * (4 * 1024 * 1024 + 1), "The file is larger than 4 MB."),
        ("large.txt", b"x" * (4 * 1024 * 1024), "The file has 4,194,304 bytes; 4 MB are the"),
    ],
)
async def test_files_are_checked_before(
    stage: Stage, allowed: Path, name: str, content: bytes, why: str
) -> None:
    """Type, size and emptiness are checked before anything is sent."""
    (allowed / name).write_bytes(content)
    called = await add(stage, kind="file", path=name)
    assert called.error.startswith(why)
    assert stage.sent == []


async def test_an_empty_text(stage: Stage) -> None:
    """An empty text is no background."""
    called = await add(stage, kind="file", text="")
    assert called.error == "The file is empty."
    assert stage.sent == []


async def test_local_files_are_off(stage: Stage) -> None:
    """Without a directory of the user's choice no file is read, and it says what to do instead."""
    called = await add(stage, kind="file", path=__file__)
    assert called.error.startswith("Local files cannot be read here: that needs stdio and")
    assert "give the text itself instead" in called.error


async def test_the_cap(stage: Stage, owner: str) -> None:
    """The twenty-first source is refused with Harmonica's reason."""
    _, record = home(stage, owner)
    one = stage.session("Opening hours").sources[0]
    record.sources = [replace(one, id=f"s{number}") for number in range(20)]
    called = await add(stage, owner, **FILE)
    assert called.error == f"Harmonica refused the request: Source cap reached (20 per {owner})."
    assert stage.sandbox.effects.total() == 0


@pytest.mark.parametrize(
    ("tool", "more"),
    [
        ("add_context_source", FILE),
        ("update_context_source", {"title": "New"}),
        ("remove_context_source", {}),
        ("refresh_context_source", {}),
    ],
)
async def test_free_plans(stage: Stage, owner: str, tool: str, more: Json) -> None:
    """On a free plan every change is refused as the plan's limit; reading goes on."""
    stage.tenant.plan = "FREE"
    names, _ = sourced(stage, owner)
    listed = {name: value for name, value in names.items() if name != "source_id"}
    called = await call(stage, tool, **(listed if "kind" in more else names), **more)
    assert "the account's plan does not include it: Context sources require a Pro" in called.error
    assert not (await call(stage, "list_context_sources", **listed)).failed
    assert stage.sandbox.effects.total() == 0


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("file", FILE),
        ("session", {"kind": "session", "source_session": "SPRING"}),
        ("url", {"kind": "url", "url": "https://example.org/"}),
        ("mcp", MCP | {"bearer": TOKEN}),
    ],
)
async def test_a_lost_answer(stage: Stage, kind: str, more: Json) -> None:
    """After a lost answer the source is found in the list: attached once, and said so."""
    if kind == "session":
        more = more | {"source_session": stage.session("spring repair day").id}
    stage.sandbox.faults.add(f"POST /sessions/{{id}}/context-sources/{kind}", drop="after")
    called = await add(stage, **more)
    assert called.data["recovered"] is True
    assert "do not add it again" in called.text
    assert stage.sandbox.effects == {"source added": 1}


async def test_an_answer_that_stays_lost(stage: Stage) -> None:
    """Where nothing is found it may still come: nothing is sent twice."""
    stage.sandbox.faults.add("POST /sessions/{id}/context-sources/file", drop="before")
    called = await add(stage, **FILE)
    assert called.error.endswith("do not repeat it, check with list_context_sources.")
    assert stage.sent.count("POST /sessions/{id}/context-sources/file") == 1


async def test_update(stage: Stage, owner: str) -> None:
    """Title and place change, and both forms show the source as it is now."""
    names, source = sourced(stage, owner)
    called = await call(stage, "update_context_source", **names, title="Spring", position=7)
    assert (source.title, source.position) == ("Spring", 7)
    assert called.data["source"]["title"] == "Spring"
    assert called.text.startswith(f'Changed: {source.id} "Spring" (session, position 7')


async def test_update_a_server(stage: Stage) -> None:
    """Address, token and tools of a server change by themselves."""
    await add(stage, **MCP)
    source = stage.whole.sources[-1]
    called = await call(
        stage,
        "update_context_source",
        session_id=stage.whole.id,
        source_id=source.id,
        url="https://mcp.example.org/new",
        tool_allowlist=["fetch"],
    )
    assert called.data["source"]["reference"] == "https://mcp.example.org/new"
    assert source.mcp_config is not None
    assert source.mcp_config["tool_allowlist"] == ["fetch"]


async def test_curate(stage: Stage, owner: str) -> None:
    """An item is pinned or dropped; item and status belong together."""
    names, source = sourced(stage, owner)
    pinned = {"item_id": "i1", "item_status": "pinned"}
    await call(stage, "update_context_source", **names, **pinned)
    assert source.curation == {"i1": "pinned"}
    for half, value in pinned.items():
        called = await call(stage, "update_context_source", **names, **{half: value})
        assert called.error == "Give item_id and item_status together. Nothing was sent."


async def test_update_nothing(stage: Stage) -> None:
    """An update of nothing is refused."""
    names, _ = sourced(stage, "session")
    called = await call(stage, "update_context_source", **names)
    assert called.error == "There is nothing to change."


@pytest.mark.parametrize("tool", ["update_context_source", "refresh_context_source"])
async def test_a_change_without_an_answer(stage: Stage, tool: str) -> None:
    """What a change of a project's source answers is not documented: it is read again then."""
    names, source = sourced(stage, "project")
    path = "/projects/{id}/context-sources/{source_id}"
    operation = f"PATCH {path}" if tool.startswith("update") else f"POST {path}/refresh"
    more = {"title": "New"} if tool.startswith("update") else {}
    odd: list[tuple[object, bool]] = [({}, True), ("[]", True), ({"id": None}, False)]
    for body, found in odd:
        if not found:
            stage.sandbox.faults.add("GET /projects/{id}/context-sources", body={"sources": []})
        stage.sandbox.faults.add(operation, body=body)
        called = await call(stage, tool, **names, **more)
        assert called.failed is not found
        assert not found or called.data["source"]["id"] == source.id


async def test_remove(stage: Stage, owner: str) -> None:
    """A source is detached, also when the first answer was lost; a second time it is not there."""
    names, source = sourced(stage, owner)
    record = home(stage, "project")[1] if owner == "project" else stage.session("Opening hours")
    stage.sandbox.faults.add(f"DELETE /{owner}s/{{id}}/context-sources/{{source_id}}", drop="after")
    called = await call(stage, "remove_context_source", **names)
    again = await call(stage, "remove_context_source", **names)
    assert called.data["source_id"] == source.id
    assert called.text == f"Context source {source.id} is removed from {record.id}."
    assert record.sources == []
    assert "Context source not found" in again.error
    assert stage.sandbox.effects == {"source removed": 1}


async def test_refresh(stage: Stage, owner: str) -> None:
    """A session's brief is read anew."""
    names, source = sourced(stage, owner)
    stage.session("spring repair day").session_md = "# Newer"
    called = await call(stage, "refresh_context_source", **names)
    assert source.content == "# Newer"
    assert called.text.startswith(f"Refreshed: {source.id} ")
    assert json.dumps(source.title, ensure_ascii=False) in called.text


async def test_refresh_a_file(stage: Stage) -> None:
    """A file cannot be read anew; Harmonica says what to do."""
    added = await add(stage, **FILE)
    source = added.data["source"]["id"]
    called = await call(
        stage, "refresh_context_source", session_id=stage.whole.id, source_id=source
    )
    assert called.error == "Harmonica refused the request: Re-upload to refresh file content."


async def test_a_foreign_project(stage: Stage) -> None:
    """A project is never guessed from a piece of its title."""
    called = await call(stage, "list_context_sources", project="Fennmill")
    assert called.error.startswith("There is no project with that id or name; there are ")
    assert stage.sent == ["GET /projects"]
