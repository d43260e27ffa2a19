"""Showing context sources."""

from urllib.parse import urlsplit

from pydantic import BaseModel, Field

from harmonica_mcp.client.context import LIST_SOURCES, ContextSource
from harmonica_mcp.client.projects import LIST_PROJECTS
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import one_line, quote_whole
from harmonica_mcp.server.result import Result, count, found_again, lines
from harmonica_mcp.server.toolsets.context.toolset import (
    OfProject,
    OfSession,
    context,
    find_owner,
)

_PAGE = 40


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
    session_id: str | None = Field(default=None, description="Where an inherited one comes from")

    @classmethod
    def of(cls, source: ContextSource, *, inherited: bool = False) -> "SourceRow":
        """Choose what a host needs to know."""
        mcp = source.mcp_config
        reference = _address(mcp.url) if mcp else source.source_ref
        return cls(
            id=source.id,
            kind=source.source_type,
            title=one_line(source.title),
            position=source.position,
            reference=one_line(reference) if reference else None,
            mode=source.content_mode,
            tokens=source.token_estimate,
            health=mcp.status or None if mcp else None,
            session_id=source.session_id if inherited else None,
        )

    def line(self) -> str:
        """Render one line."""
        facts = [
            self.kind,
            f"position {self.position}" if self.position is not None else "",
            self.mode or "",
            f"{self.tokens} tokens" if self.tokens is not None else "",
            self.health or "",
            f"of session {self.session_id}" if self.session_id else "",
        ]
        at = f" from {quote_whole(self.reference)}" if self.reference else ""
        return f"{self.id} {quote_whole(self.title)} ({', '.join(filter(None, facts))}){at}"


def _address(url: str) -> str:
    """An MCP server's address without what may hold a secret: user, password and query."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    query = "?…" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}{query}"


class SourceList(Result):
    """The sources of a session or a project."""

    owner_id: str
    sources: list[SourceRow]
    inherited: list[SourceRow] = Field(description="Of the project's sessions, read-only here")
    left: int = Field(description="Inherited ones after this page")
    next_cursor: str | None = None

    def text(self) -> str:
        """List them."""
        more = f"{self.left} more are inherited: call again with cursor {self.next_cursor}."
        return lines(
            f"{self.owner_id} has {count(len(self.sources), 'context source')} of at most 20.",
            *(f"- {row.line()}" for row in self.sources),
            *(f"- (inherited) {row.line()}" for row in self.inherited),
            more if self.left else None,
        )


@context.tool(
    "List context sources", list(LIST_SOURCES.values()), lookups=[LIST_PROJECTS], reads=True
)
async def list_context_sources(
    api: Api,
    session_id: OfSession = None,
    project: OfProject = None,
    cursor: paging.Cursor = None,
) -> SourceList:
    """List the background that a session's or project's facilitator reads."""
    (begin,) = paging.decode("list_context_sources", cursor)
    owner, owner_id = await find_owner(api, session_id, project)
    found = await api.context.list(owner, owner_id)
    own = {source.id: SourceRow.of(source) for source in found.sources}
    inherited = {source.id: SourceRow.of(source, inherited=True) for source in found.inherited}
    page = paging.cut("list_context_sources", [*inherited.values()], begin, _PAGE)
    return SourceList(
        owner_id=owner_id,
        sources=list(own.values()),
        inherited=page.items,
        left=page.left,
        next_cursor=page.next_cursor,
    )


class SourceSaved(Result):
    """A context source, and what was done."""

    owner_id: str
    done: str
    recovered: bool = Field(description="The answer was lost; the source was found again")
    source: SourceRow

    @classmethod
    def of(cls, owner_id: str, done: str, source: ContextSource) -> "SourceSaved":
        """Show a source."""
        return cls(
            owner_id=owner_id,
            done=done,
            recovered=source.recovered,
            source=SourceRow.of(source),
        )

    def text(self) -> str:
        """Say what holds now."""
        return lines(
            f"{self.done.capitalize()}: {self.source.line()}.",
            found_again("add") if self.recovered else None,
            f"Conversations of {self.owner_id} that begin from now on read it.",
        )
