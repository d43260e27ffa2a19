"""The set itself, and whose sources are meant: a session's or a project's."""

from typing import Annotated

from pydantic import Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.context import Owner
from harmonica_mcp.client.errors import InvalidInput
from harmonica_mcp.server.naming import find_project
from harmonica_mcp.server.references import session_id as id_of
from harmonica_mcp.server.registry import Toolset

context = Toolset("context", "background that the facilitator reads")

OfSession = Annotated[str | None, Field(description="Of this session (id or link)…")]
OfProject = Annotated[str | None, Field(description="…or of this project (id or exact title)")]


async def find_owner(
    api: HarmonicaClient, session_id: str | None, project: str | None
) -> tuple[Owner, str]:
    """Whose sources are meant.

    Raises:
        InvalidInput: Neither or both are given, or there is none of that name.
    """
    match session_id, project:
        case str(), None:
            return "session", id_of(session_id)
        case None, str():
            return "project", await find_project(api, project)
        case _:
            raise InvalidInput("Give either session_id or project. Nothing was done.")
