"""Toolset `context`: background that the facilitator reads, of a session or a project."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.context import (
    ADD_FILE,
    ADD_MCP,
    ADD_SESSION,
    ADD_URL,
    LIST_SOURCES,
    REFRESH_SOURCE,
    REMOVE_SOURCE,
    UPDATE_SOURCE,
    ContextSource,
    Owner,
    SourceChanges,
)
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.projects import LIST_PROJECTS
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.files import Files
from harmonica_mcp.server.guard import one_line, quote
from harmonica_mcp.server.naming import find_project
from harmonica_mcp.server.references import session_id as id_of
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, count, lines

context = Toolset("context", "background that the facilitator reads")

_Session = Annotated[str | None, Field(description="Of this session (id or link)…")]
_Project = Annotated[str | None, Field(description="…or of this project (id or exact title)")]
_Source = Annotated[str, Field(description="Source id, see list_context_sources")]


async def _owner(
    api: HarmonicaClient, session_id: str | None, project: str | None
) -> tuple[Owner, str]:
    match session_id, project:
        case str(), None:
            return "session", id_of(session_id)
        case None, str():
            return "project", await find_project(api, project)
        case _:
            raise InvalidInput("Give either session_id or project. Nothing was done.")


class SourceRow(BaseModel):
    """A context source; tokens of MCP servers are never shown."""

    id: str
    kind: str
    title: str
    position: int | None = None
    reference: str | None = Field(default=None, description="Session id or address")
    mode: str | None = None
    tokens: int | None = None
    health: str | None = None

    @classmethod
    def of(cls, source: ContextSource) -> "SourceRow":
        """Choose what a host needs to know."""
        mcp = source.mcp_config
        return cls(
            id=source.id,
            kind=source.source_type,
            title=one_line(source.title),
            position=source.position,
            reference=one_line(source.source_ref or (mcp.url if mcp else "")) or None,
            mode=source.content_mode,
            tokens=source.token_estimate,
            health=mcp.status or None if mcp else None,
        )

    def line(self) -> str:
        """Render one line."""
        facts = [
            self.kind,
            f"position {self.position}" if self.position is not None else "",
            self.mode or "",
            f"{self.tokens} tokens" if self.tokens is not None else "",
            self.health or "",
        ]
        at = f" from {quote(self.reference)}" if self.reference else ""
        return f"{self.id} {quote(self.title)} ({', '.join(filter(None, facts))}){at}"


class SourceList(Result):
    """The sources of a session or a project."""

    owner_id: str
    sources: list[SourceRow]
    inherited: list[SourceRow] = Field(description="Of the project's sessions, read-only here")

    def text(self) -> str:
        """List them."""
        return lines(
            f"{self.owner_id} has {count(len(self.sources), 'context source')} of at most 20.",
            *(f"- {row.line()}" for row in self.sources),
            *(f"- (inherited) {row.line()}" for row in self.inherited),
        )


@context.tool(
    "List context sources", list(LIST_SOURCES.values()), lookups=[LIST_PROJECTS], reads=True
)
async def list_context_sources(
    api: Api, session_id: _Session = None, project: _Project = None
) -> SourceList:
    """List the background that a session's or project's facilitator reads."""
    owner, owner_id = await _owner(api, session_id, project)
    found = await api.context.list(owner, owner_id)
    return SourceList(
        owner_id=owner_id,
        sources=[SourceRow.of(source) for source in found.sources],
        inherited=[SourceRow.of(source) for source in found.inherited],
    )


class SourceChanged(Result):
    """A context source, and what was done."""

    owner_id: str
    done: str
    source: SourceRow

    def text(self) -> str:
        """Say what holds now."""
        return (
            f"{self.done} {self.source.line()} for {self.owner_id}; conversations that begin from "
            "now on read it so."
        )


@context.tool(
    "Add context source",
    [*ADD_FILE.values(), *ADD_SESSION.values(), ADD_URL, *ADD_MCP.values()],
    lookups=[*LIST_SOURCES.values(), LIST_PROJECTS],
)
async def add_context_source(
    api: Api,
    files: Files,
    kind: Annotated[
        Literal["file", "session", "url", "mcp"], Field(description="What is attached")
    ],
    session_id: _Session = None,
    project: _Project = None,
    title: Annotated[str | None, Field(description="Its title; needed for mcp and text")] = None,
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
) -> SourceChanged:
    """Attach background for the facilitator: a text or file, another session's brief, a page, MCP.

    Up to 20 for each; needs a paid plan. Harmonica's servers fetch url and mcp. url: sessions only.
    """
    owner, owner_id = await _owner(api, session_id, project)
    add = api.context
    match kind:
        case "file" if (text is None) != (path is None):
            name, content = (
                files.read(path)
                if path is not None
                else (f"{title or 'context'}.md", (text or "").encode())
            )
            made = await add.add_file(owner, owner_id, name, content, title=title)
        case "session" if source_session:
            source = id_of(source_session)
            made = await add.add_session(owner, owner_id, source, title=title)
        case "url" if url and owner == "session":
            made = await add.add_url(owner_id, url, title=title)
        case "mcp" if url and title:
            made = await add.add_mcp(
                owner, owner_id, url, title, bearer=bearer, tool_allowlist=tool_allowlist
            )
        case _:
            raise InvalidInput(f"{_NEEDS[kind]} Nothing was sent.")
    done = "Found again after its answer was lost:" if made.recovered else "Attached"
    return SourceChanged(owner_id=owner_id, done=done, source=SourceRow.of(made))


_NEEDS = {
    "file": "kind file needs either text or path.",
    "session": "kind session needs source_session.",
    "url": "kind url needs url, and session_id: pages cannot be attached to projects.",
    "mcp": "kind mcp needs url and title.",
}


@context.tool(
    "Update context source",
    list(UPDATE_SOURCE.values()),
    lookups=[LIST_PROJECTS],
    replaces=True,
    repeatable=True,
)
async def update_context_source(
    api: Api,
    source_id: _Source,
    session_id: _Session = None,
    project: _Project = None,
    title: Annotated[str | None, Field(description="New title")] = None,
    position: Annotated[int | None, Field(description="Lower comes earlier")] = None,
    url: Annotated[str | None, Field(description="mcp: new address")] = None,
    bearer: Annotated[str | None, Field(description="mcp: new token")] = None,
    tool_allowlist: Annotated[list[str] | None, Field(description="mcp: only these tools")] = None,
    item_id: Annotated[str | None, Field(description="An item to curate…")] = None,
    item_status: Annotated[
        Literal["kept", "pinned", "dropped"] | None, Field(description="…and how")
    ] = None,
) -> SourceChanged:
    """Change a context source's title, place or MCP settings, or curate an item of it."""
    changes = SourceChanges()
    if title is not None:
        changes["title"] = title
    if position is not None:
        changes["position"] = position
    mcp = {"url": url, "bearer": bearer, "tool_allowlist": tool_allowlist}
    if given := {name: value for name, value in mcp.items() if value is not None}:
        changes["mcp_config"] = given  # pyright: ignore[reportGeneralTypeIssues]
    if item_id is not None and item_status is not None:
        changes["curation"] = {"itemId": item_id, "status": item_status}
    owner, owner_id = await _owner(api, session_id, project)
    source = await api.context.update(owner, owner_id, source_id, **changes)
    return SourceChanged(owner_id=owner_id, done="Changed", source=SourceRow.of(source))


class SourceRemoved(Result):
    """A source that is gone."""

    owner_id: str
    source_id: str

    def text(self) -> str:
        """Say so."""
        return f"Context source {self.source_id} is removed from {self.owner_id}."


@context.tool(
    "Remove context source",
    list(REMOVE_SOURCE.values()),
    lookups=[LIST_PROJECTS],
    replaces=True,
    repeatable=True,
)
async def remove_context_source(
    api: Api, source_id: _Source, session_id: _Session = None, project: _Project = None
) -> SourceRemoved:
    """Detach a context source for good."""
    owner, owner_id = await _owner(api, session_id, project)
    await api.context.remove(owner, owner_id, source_id)
    return SourceRemoved(owner_id=owner_id, source_id=source_id)


@context.tool(
    "Refresh context source",
    list(REFRESH_SOURCE.values()),
    lookups=[LIST_PROJECTS],
    repeatable=True,
)
async def refresh_context_source(
    api: Api, source_id: _Source, session_id: _Session = None, project: _Project = None
) -> SourceChanged:
    """Read a session, url or mcp source anew; files cannot be refreshed."""
    owner, owner_id = await _owner(api, session_id, project)
    source = await api.context.refresh(owner, owner_id, source_id)
    return SourceChanged(owner_id=owner_id, done="Refreshed", source=SourceRow.of(source))
