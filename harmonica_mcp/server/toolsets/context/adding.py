"""Adding context sources: files, briefs of other sessions, pages, MCP servers."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal

from pydantic import Field

from harmonica_mcp.client import HarmonicaClient, HarmonicaError
from harmonica_mcp.client._check import sendable
from harmonica_mcp.client.context import (
    ADD_FILE,
    ADD_MCP,
    ADD_SESSION,
    ADD_URL,
    LIST_SOURCES,
    ContextSource,
    Owner,
)
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.projects import LIST_PROJECTS
from harmonica_mcp.server.arguments import given
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.files import Files, LocalFiles
from harmonica_mcp.server.references import session_id as id_of
from harmonica_mcp.server.toolsets.context.showing import SourceSaved
from harmonica_mcp.server.toolsets.context.toolset import (
    OfProject,
    OfSession,
    context,
    find_owner,
)

Kind = Literal["file", "session", "url", "mcp"]
_TAKES: Mapping[Kind, tuple[str, ...]] = {
    "file": ("text", "path", "title"),
    "session": ("source_session", "title"),
    "url": ("url", "title"),
    "mcp": ("url", "title", "bearer", "tool_allowlist"),
}
_NEEDS = {
    "file": "kind file needs either text or path.",
    "session": "kind session needs source_session.",
    "url": "kind url needs url, and session_id: pages cannot be attached to projects.",
    "mcp": "kind mcp needs url and title.",
}


@context.tool(
    "Add context source",
    [*ADD_FILE.values(), *ADD_SESSION.values(), ADD_URL, *ADD_MCP.values()],
    lookups=[*LIST_SOURCES.values(), LIST_PROJECTS],
)
async def add_context_source(
    api: Api,
    files: Files,
    kind: Annotated[Kind, Field(description="What is attached")],
    session_id: OfSession = None,
    project: OfProject = None,
    title: Annotated[str | None, Field(description="Its title; mcp needs one")] = None,
    text: Annotated[str | None, Field(description="file: the text itself")] = None,
    path: Annotated[
        str | None, Field(description="file: .md, .txt or .pdf on this machine")
    ] = None,
    source_session: Annotated[
        str | None, Field(description="session: id or link of one that has a brief")
    ] = None,
    url: Annotated[str | None, Field(description="url, mcp: a public address")] = None,
    bearer: Annotated[str | None, Field(description="mcp: token; Harmonica stores it")] = None,
    tool_allowlist: Annotated[list[str] | None, Field(description="mcp: only these tools")] = None,
) -> SourceSaved:
    """Attach background for the facilitator: a text or file, another session's brief, a page, MCP.

    Up to 20 for each; needs a paid plan. Harmonica's servers fetch url and mcp. url: sessions only.
    """
    fields = given(
        title=title,
        text=text,
        path=path,
        source_session=source_session,
        url=url,
        bearer=bearer,
        tool_allowlist=tool_allowlist,
    )
    if surplus := [name for name in fields if name not in _TAKES[kind]]:
        raise InvalidInput(f"kind {kind} takes no {', '.join(surplus)}. Nothing was sent.")
    owner, owner_id = await find_owner(api, session_id, project)
    with without_secret(bearer):
        made = await _add(api, files, kind, owner, owner_id, fields)
    return SourceSaved.of(owner_id, "attached", made)


async def _add(
    api: HarmonicaClient,
    files: LocalFiles,
    kind: Kind,
    owner: Owner,
    owner_id: str,
    fields: dict[str, Any],
) -> ContextSource:
    add, title = api.context, fields.pop("title", None)
    match fields:
        case {"text": str(text)} if len(fields) == 1:
            name, content = f"{title or 'context'}.md", sendable("text", text).encode()
            return await add.add_file(owner, owner_id, name, content, title=title)
        case {"path": str(path)} if len(fields) == 1:
            name, content = files.read(path)
            return await add.add_file(owner, owner_id, name, content, title=title)
        case {"source_session": str(session)}:
            return await add.add_session(owner, owner_id, id_of(session), title=title)
        case {"url": str(url)} if kind == "url" and owner == "session":
            return await add.add_url(owner_id, url, title=title)
        case {"url": str(url), **more} if kind == "mcp" and title:
            return await add.add_mcp(owner, owner_id, url, title, **more)
        case _:
            raise InvalidInput(f"{_NEEDS[kind]} Nothing was sent.")


@contextmanager
def without_secret(secret: str | None) -> Generator[None]:
    """Keep a token out of errors, should Harmonica repeat it; an error may show it only in part."""
    try:
        yield
    except HarmonicaError as error:
        if secret:
            before, found, _ = str(error.args[0]).partition(secret[:8])
            error.args = (f"{before}(bearer)…" if found else error.args[0],)
        raise
