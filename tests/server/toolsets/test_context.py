"""Context sources of sessions and projects: listed, changed, refreshed, removed."""

import json
from dataclasses import replace

import pytest

from tests.server.homes import CAFE, FILE, MCP, TOKEN, add, home, owners, sourced
from tests.server.host import call
from tests.server.wire import Json, Stage


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
    assert called.data["left"] == 0


async def test_list_of_a_large_project(stage: Stage) -> None:
    """Inherited sources come page by page, each once; pages say what is left and how to get it."""
    session = stage.session("Opening hours")
    session.sources = [replace(session.sources[0], id=f"s{number % 45}") for number in range(50)]
    first = await call(stage, "list_context_sources", project=CAFE)
    cursor = first.data["next_cursor"]
    assert first.text.endswith(f"5 more are inherited: call again with cursor {cursor}.")
    last = await call(stage, "list_context_sources", project=CAFE, cursor=cursor)
    assert [page.data["left"] for page in (first, last)] == [5, 0]
    assert "next_cursor" not in last.data
    seen = [row["id"] for page in (first, last) for row in page.data["inherited"]]
    assert seen == [f"s{number}" for number in range(45)]


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


@owners
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


@owners
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


@owners
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


@owners
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


@owners
async def test_refresh_what_is_not_there(stage: Stage, owner: str) -> None:
    """A source that is gone is told without the names of the REST API's paths."""
    names, _ = sourced(stage, owner)
    called = await call(stage, "refresh_context_source", **names | {"source_id": "gone"})
    assert called.error == "There is no such thing here: Context source not found."


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


@owners
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
    assert "has no context source of that id" in again.error
    assert stage.sandbox.effects == {"source removed": 1}


@owners
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
