"""Toolset `discovery`: sessions that anybody can join."""

from typing import Annotated

from pydantic import BaseModel, Field

from harmonica_mcp.client.errors import NotOffered
from harmonica_mcp.client.sessions import LIST_PUBLIC_SESSIONS
from harmonica_mcp.server import paging
from harmonica_mcp.server.caller import Api
from harmonica_mcp.server.guard import one_line, quote_whole
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.result import Result, lines

discovery = Toolset("discovery", "sessions that anybody can join")


class PublicRow(BaseModel):
    """A public session in a list."""

    id: str
    topic: str
    goal: str
    join_url: str | None = None

    def line(self) -> str:
        """Render one line of the list."""
        join = f"; join at {self.join_url}" if self.join_url else ""
        return f"- {self.id} {quote_whole(self.topic)}; goal {quote_whole(self.goal)}{join}"


class PublicSessions(Result):
    """Public sessions, where Harmonica offers them."""

    offered: bool
    sessions: list[PublicRow]
    left: int
    next_cursor: str | None = None

    def text(self) -> str:
        """List them, or say that there is no such list."""
        if not self.offered:
            return "This Harmonica does not offer a list of public sessions."
        rows = [session.line() for session in self.sessions]
        more = paging.more(self.left, self.next_cursor)
        return lines("Public sessions:" if rows or more else "No public session fits.", *rows, more)


@discovery.tool("List public sessions", [LIST_PUBLIC_SESSIONS], reads=True)
async def list_public_sessions(
    api: Api,
    query: Annotated[str | None, Field(description="A piece of topic or goal")] = None,
    cursor: paging.Cursor = None,
) -> PublicSessions:
    """List sessions that anybody can join, where Harmonica offers such a list. Needs no key."""
    begin = paging.Begin.of("list_public_sessions", cursor)
    try:
        page = await api.sessions.list_public(query=query, offset=begin.offset)
    except NotOffered:
        return PublicSessions(offered=False, sessions=[], left=0)
    rows = [
        PublicRow(
            id=item.id,
            topic=one_line(item.topic),
            goal=one_line(item.goal),
            join_url=item.join_url,
        )
        for item in begin.once(page)
    ]
    return PublicSessions(
        offered=True,
        sessions=rows,
        left=paging.left(page),
        next_cursor=begin.following(page),
    )
