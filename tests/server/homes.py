"""Sessions and projects as homes of context sources."""

from dataclasses import replace
from typing import Any

import pytest

from harmonica_mcp.sandbox import Session
from harmonica_mcp.sandbox.records import Project, Source
from tests.server.host import call
from tests.server.wire import Called, Json, Stage

TOKEN = "mcp-token-of-a-test-0123456789"
CAFE = "Fennmill repair café"
MCP: Json = {"kind": "mcp", "url": "https://mcp.example.org/sse", "title": "Tools"}
FILE: Json = {"kind": "file", "text": "We lend for a week.", "title": "Rules"}
owners = pytest.mark.parametrize("owner", ["session", "project"])


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


async def add(stage: Stage, owner: str = "session", **more: Any) -> Called:
    """Attach something."""
    return await call(stage, "add_context_source", **home(stage, owner)[0], **more)
