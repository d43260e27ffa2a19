"""Context sources: background that the facilitator reads on every turn."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, TypedDict, Unpack

from pydantic import Field

from harmonica_mcp.client import _check, errors
from harmonica_mcp.client._answer import Answer
from harmonica_mcp.client._lost import Attempt
from harmonica_mcp.client._model import Model, Moment
from harmonica_mcp.client._operation import MODEL, Operation, Retry, Upload
from harmonica_mcp.client._sending import Http

Owner = Literal["session", "project"]
MAX_FILE = 4 * 1024 * 1024
"""Bytes of a request with a file, its frame included."""
FILE_TYPES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".txt": "text/plain",
    ".pdf": "application/pdf",
}
_FRAME = 4096


def _pair(method: str, path: str, retry: Retry, limit: float = 30.0) -> dict[Owner, Operation]:
    return {
        "session": Operation(method, f"/sessions/{{id}}/context-sources{path}", retry, limit),
        "project": Operation(method, f"/projects/{{id}}/context-sources{path}", retry, limit),
    }


LIST_SOURCES = _pair("GET", "", Retry.READ)
ADD_FILE = _pair("POST", "/file", Retry.ONCE, MODEL)
ADD_SESSION = _pair("POST", "/session", Retry.ONCE)
ADD_MCP = _pair("POST", "/mcp", Retry.ONCE, MODEL)
ADD_URL = Operation("POST", "/sessions/{id}/context-sources/url", Retry.ONCE, MODEL)
UPDATE_SOURCE = _pair("PATCH", "/{source_id}", Retry.IDEMPOTENT)
REMOVE_SOURCE = _pair("DELETE", "/{source_id}", Retry.IDEMPOTENT)
REFRESH_SOURCE = _pair("POST", "/{source_id}/refresh", Retry.IDEMPOTENT, MODEL)


class McpConfig(Model):
    """An MCP server as a source. The API may return the bearer token in clear: it is dropped."""

    url: str = ""
    tool_allowlist: list[str] | None = None
    consecutive_fails: int = 0
    status: str = Field(default="", description="healthy, or unhealthy after five failures.")


class ContextSource(Model):
    """A piece of background."""

    id: str
    session_id: str | None = None
    source_type: str = Field(default="", description="file, session, mcp or url.")
    title: str = ""
    position: int | None = Field(default=None, description="Lower comes earlier in the prompt.")
    content_mode: str | None = Field(default=None, description="verbatim or chunked.")
    source_ref: str | None = None
    mcp_config: McpConfig | None = None
    token_estimate: int | None = None
    session_topic: str | None = None
    created_at: Moment = None
    updated_at: Moment = None
    recovered: bool = Field(default=False, description="Found again after its answer was lost.")


class ContextSources(Model):
    """The sources; a project also shows those of its sessions, which are read-only there."""

    sources: list[ContextSource]
    inherited: list[ContextSource] = Field(
        default_factory=list[ContextSource], alias="inheritedSources"
    )


class Curation(TypedDict):
    """One item of a source kept (the default), pinned or dropped."""

    itemId: str
    status: Literal["kept", "pinned", "dropped"]


class McpChanges(TypedDict, total=False):
    """A part of an MCP source's settings."""

    url: str
    bearer: str | None
    tool_allowlist: list[str] | None


class SourceChanges(TypedDict, total=False):
    """What can be changed of a source."""

    title: str
    position: int
    mcp_config: McpChanges
    curation: Curation


@dataclass(frozen=True, slots=True)
class Context:
    """`client.context`: the sources of sessions and of projects, at most 20 each.

    Changes reach new conversations only. Every write needs a paid plan.
    """

    _http: Http

    async def list(self, owner: Owner, owner_id: str) -> ContextSources:
        """The sources of a session or a project."""
        answer = await self._http.request(LIST_SOURCES[owner], {"id": owner_id})
        return answer.model(ContextSources)

    async def add_file(
        self, owner: Owner, owner_id: str, name: str, content: bytes, *, title: str | None = None
    ) -> ContextSource:
        """Attach a text, Markdown or PDF file of up to 4 MB (the whole request).

        Text up to 50 KB is kept word for word, more is chunked. The type follows the file's name.
        """
        kind = FILE_TYPES.get(PurePath(name).suffix.lower())
        if kind is None:
            raise errors.InvalidInput(f"A file must end in {', '.join(FILE_TYPES)}.")
        if not content.strip():
            raise errors.InvalidInput("The file is empty.")
        if len(content) > MAX_FILE - _FRAME:
            raise errors.InvalidInput(f"The file has {len(content):,} bytes; 4 MB are the limit.")
        upload = Upload(name=_check.filled("file name", name), content=content, kind=kind)
        return await self._add(
            ADD_FILE[owner],
            owner,
            owner_id,
            lambda source: _check.trimmed(source.title) == _check.trimmed(title or name),
            upload=upload,
            body={"title": title} if title else {},
        )

    async def add_session(
        self, owner: Owner, owner_id: str, session_id: str, *, title: str | None = None
    ) -> ContextSource:
        """Attach a snapshot of another session's brief; that session needs a summary first."""
        return await self._add(
            ADD_SESSION[owner],
            owner,
            owner_id,
            lambda source: source.source_ref == session_id,
            body={"source_ref": session_id} | ({"title": title} if title else {}),
        )

    async def add_url(
        self, session_id: str, url: str, *, title: str | None = None
    ) -> ContextSource:
        """Attach a public web page to a session; Harmonica's servers fetch it."""
        return await self._add(
            ADD_URL,
            "session",
            session_id,
            lambda source: source.source_ref == url,
            body={"url": _check.filled("url", url)} | ({"title": title} if title else {}),
        )

    async def add_mcp(
        self,
        owner: Owner,
        owner_id: str,
        url: str,
        title: str,
        *,
        bearer: str | None = None,
        tool_allowlist: "list[str] | None" = None,
    ) -> ContextSource:
        """Attach a public MCP server (its SSE address); Harmonica stores the bearer token."""
        body: dict[str, Any] = {
            "url": _check.filled("url", url),
            "title": _check.filled("title", title),
        }
        if bearer is not None:
            body["bearer"] = bearer
        if tool_allowlist is not None:
            body["tool_allowlist"] = tool_allowlist
        return await self._add(
            ADD_MCP[owner],
            owner,
            owner_id,
            lambda source: source.mcp_config is not None and source.mcp_config.url == url,
            body=body,
        )

    async def update(
        self, owner: Owner, owner_id: str, source_id: str, **changes: Unpack[SourceChanges]
    ) -> ContextSource:
        """Change a source's title, place, MCP settings, or keep, pin or drop one of its items."""
        if not changes:
            raise errors.InvalidInput("There is nothing to change.")
        path = {"id": owner_id, "source_id": source_id}
        answer = await self._http.request(UPDATE_SOURCE[owner], path, json=changes)
        return await self._changed(owner, path, answer)

    async def remove(self, owner: Owner, owner_id: str, source_id: str) -> None:
        """Detach a source for good."""
        path = {"id": owner_id, "source_id": source_id}
        await self._http.request(REMOVE_SOURCE[owner], path)

    async def refresh(self, owner: Owner, owner_id: str, source_id: str) -> ContextSource:
        """Read a session, URL or MCP source anew; files cannot be refreshed."""
        path = {"id": owner_id, "source_id": source_id}
        answer = await self._http.request(REFRESH_SOURCE[owner], path)
        return await self._changed(owner, path, answer)

    async def _changed(self, owner: Owner, path: dict[str, str], answer: Answer) -> ContextSource:
        """The source after a change; what a project's changes answer is not documented."""
        try:
            return answer.model(ContextSource)
        except errors.UnexpectedAnswer:
            for source in (await self.list(owner, path["id"])).sources:
                if source.id == path["source_id"]:
                    return source
            raise

    async def _add(
        self,
        operation: Operation,
        owner: Owner,
        owner_id: str,
        fits: Callable[[ContextSource], bool],
        *,
        body: dict[str, Any],
        upload: Upload | None = None,
    ) -> ContextSource:
        attempt = Attempt(self._http, operation)

        async def send() -> ContextSource:
            answer = await self._http.request(operation, {"id": owner_id}, json=body, upload=upload)
            return answer.model(ContextSource)

        async def look() -> ContextSource | None:
            answer = await self._http.request(LIST_SOURCES[owner], {"id": owner_id})
            found = [source for source in answer.model(ContextSources).sources if fits(source)]
            item = attempt.only_new(answer, found, "context source", LIST_SOURCES[owner])
            return item.model_copy(update={"recovered": True}) if item else None

        unknown = attempt.unknown("context source", LIST_SOURCES[owner])
        return await attempt.settle(send, look, unknown)
