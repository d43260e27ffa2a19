"""Changing, refreshing and removing context sources."""

from typing import Annotated, Literal

from pydantic import Field

from harmonica_mcp.client.context import (
    LIST_SOURCES,
    REFRESH_SOURCE,
    REMOVE_SOURCE,
    UPDATE_SOURCE,
    SourceChanges,
)
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.client.projects import LIST_PROJECTS
from harmonica_mcp.server.arguments import given
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.confirming import Question, Risk
from harmonica_mcp.server.guard import one_line, quote
from harmonica_mcp.server.result import Result
from harmonica_mcp.server.toolsets.context.adding import without_secret
from harmonica_mcp.server.toolsets.context.showing import SourceSaved
from harmonica_mcp.server.toolsets.context.toolset import (
    OfProject,
    OfSession,
    context,
    find_owner,
)

# What a change of a project's source answers is not documented: the source is read again then.
_LOOKUPS = [*LIST_SOURCES.values(), LIST_PROJECTS]
_Source = Annotated[str, Field(description="Source id, see list_context_sources")]


@context.tool(
    "Update context source",
    list(UPDATE_SOURCE.values()),
    lookups=_LOOKUPS,
    replaces=True,
    repeatable=True,
)
async def update_context_source(
    api: Api,
    source_id: _Source,
    session_id: OfSession = None,
    project: OfProject = None,
    title: Annotated[str | None, Field(description="New title")] = None,
    position: Annotated[int | None, Field(description="Lower comes earlier")] = None,
    url: Annotated[str | None, Field(description="mcp: new address")] = None,
    bearer: Annotated[str | None, Field(description="mcp: new token")] = None,
    tool_allowlist: Annotated[list[str] | None, Field(description="mcp: only these tools")] = None,
    item_id: Annotated[str | None, Field(description="An item to curate…")] = None,
    item_status: Annotated[
        Literal["kept", "pinned", "dropped"] | None, Field(description="…and how")
    ] = None,
) -> SourceSaved:
    """Change a context source's title, place or MCP settings, or curate an item of it."""
    if (item_id is None) != (item_status is None):
        raise InvalidInput("Give item_id and item_status together. Nothing was sent.")
    changes = given(
        title=title,
        position=position,
        mcp_config=given(url=url, bearer=bearer, tool_allowlist=tool_allowlist) or None,
        curation=given(itemId=item_id, status=item_status) or None,
    )
    owner, owner_id = await find_owner(api, session_id, project)
    with without_secret(bearer):
        source = await api.context.update(owner, owner_id, source_id, **SourceChanges(**changes))  # pyright: ignore[reportArgumentType]
    return SourceSaved.of(owner_id, "changed", source)


class SourceRemoved(Result):
    """A source that is gone."""

    owner_id: str
    source_id: str

    def text(self) -> str:
        """Say so."""
        return f"Context source {self.source_id} is removed from {self.owner_id}."


async def _removes(
    api: Api, source_id: str, session_id: str | None, project: str | None
) -> list[Question]:
    owner, owner_id = await find_owner(api, session_id, project)
    found = [s for s in (await api.context.list(owner, owner_id)).sources if s.id == source_id]
    if not found:
        raise InvalidInput(
            f"{owner_id} has no context source of that id, see list_context_sources. Nothing was "
            "removed."
        )
    [source] = found
    effect = (
        f"Context source {quote(source.title)} ({one_line(source.source_type)}) of {owner} "
        f"{owner_id} is removed for good, with its text; later conversations do not read it."
    )
    return [Question(Risk.REMOVES, effect, one_line(source.title) or source.id)]


@context.tool(
    "Remove context source",
    list(REMOVE_SOURCE.values()),
    lookups=_LOOKUPS,
    replaces=True,
    repeatable=True,
    risks=(Risk.REMOVES,),
    asks=_removes,
)
async def remove_context_source(
    api: Api, source_id: _Source, session_id: OfSession = None, project: OfProject = None
) -> SourceRemoved:
    """Detach a context source for good."""
    owner, owner_id = await find_owner(api, session_id, project)
    await api.context.remove(owner, owner_id, source_id)
    return SourceRemoved(owner_id=owner_id, source_id=source_id)


@context.tool(
    "Refresh context source",
    list(REFRESH_SOURCE.values()),
    lookups=_LOOKUPS,
    repeatable=True,
)
async def refresh_context_source(
    api: Api, source_id: _Source, session_id: OfSession = None, project: OfProject = None
) -> SourceSaved:
    """Read a session, url or mcp source anew; files cannot be refreshed."""
    owner, owner_id = await find_owner(api, session_id, project)
    return SourceSaved.of(
        owner_id, "refreshed", await api.context.refresh(owner, owner_id, source_id)
    )
