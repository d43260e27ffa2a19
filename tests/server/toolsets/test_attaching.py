"""add_context_source."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from harmonica_mcp.server.files import LocalFiles
from tests.server.homes import FILE, MCP, TOKEN, add, home, owners
from tests.server.wire import Json, Stage


@pytest.fixture
def allowed(stage: Stage, tmp_path: Path) -> Iterator[Path]:
    """A directory whose files may be attached."""
    before, stage.server.files = stage.server.files, LocalFiles((tmp_path,))
    yield tmp_path
    stage.server.files = before


@owners
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


@owners
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


@owners
async def test_add_an_mcp_server(stage: Stage, owner: str) -> None:
    """A server is attached with token and tools; neither form shows the token."""
    called = await add(stage, owner, **MCP, bearer=TOKEN, tool_allowlist=["search"])
    config = home(stage, owner)[1].sources[-1].mcp_config or {}
    assert (config["bearer"], config["tool_allowlist"]) == (TOKEN, ["search"])
    assert called.data["source"]["reference"] == MCP["url"]
    assert called.data["source"]["health"] == "healthy"
    assert TOKEN not in str(called.raw)


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


@owners
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


@owners
async def test_the_cap(stage: Stage, owner: str) -> None:
    """The twenty-first source is refused with Harmonica's reason."""
    _, record = home(stage, owner)
    one = stage.session("Opening hours").sources[0]
    record.sources = [replace(one, id=f"s{number}") for number in range(20)]
    called = await add(stage, owner, **FILE)
    assert called.error == f"Harmonica refused the request: Source cap reached (20 per {owner})."
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
