"""The page's own tool: hosts let the page call it, and do not show it to a model."""

import asyncio
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from harmonica_mcp.client import HarmonicaClient
from harmonica_mcp.client.responses import GET_RESPONSES, Participant
from harmonica_mcp.client.results import GET_SUMMARY
from harmonica_mcp.client.sessions import GET_SESSION
from harmonica_mcp.server.caller import Api, Served, TellsApart
from harmonica_mcp.server.reading.kept import hear, kept_by
from harmonica_mcp.server.references import SEARCH, SessionRef, find_session
from harmonica_mcp.server.registry import Toolset
from harmonica_mcp.server.status import People, Status, people_of, read_people
from harmonica_mcp.server.view import RESULTS
from harmonica_mcp.server.view.data import ResultsData, Wanted

_STALLED = 24.0

view = Toolset("view", "what the results view asks for")


@view.tool(
    "Results view",
    [GET_SESSION, GET_RESPONSES, GET_SUMMARY],
    lookups=[SEARCH],
    reads=True,
    view=RESULTS,
    for_app=True,
)
async def results_view_data(
    api: Api,
    served: Served,
    apart: TellsApart,
    session_id: SessionRef,
    messages: Annotated[list[str] | None, Field(description="Quote these, by id")] = None,
    participant: Annotated[str | None, Field(description="Quote this person, by id")] = None,
) -> ResultsData:
    """For the results view alone, not for agents."""
    session = await find_session(api, session_id)
    if messages or participant:
        threads = await _said(api, session)
        return ResultsData.quoting(session, Wanted(threads, messages or [], participant))
    status, said = await _at_a_glance(api, session, apart=apart)
    return ResultsData.of(status, said, apart=apart, extracts="extract_knowledge" in served)


async def _at_a_glance(
    api: HarmonicaClient, session_id: str, *, apart: bool
) -> tuple[Status, list[Participant]]:
    session = await api.sessions.get(session_id)
    _forget(api, session_id)
    said = asyncio.ensure_future(_said(api, session_id))
    summary = asyncio.ensure_future(api.results.summary(session_id))
    try:
        # Not a task group: one that fails cancels its parent, which the SDK takes for a cancel.
        await asyncio.gather(said, summary)
    finally:
        said.cancel()
        summary.cancel()
    threads = said.result()
    people = People(threads, people_of(threads), api.now and api.now - timedelta(hours=_STALLED))
    if not apart:
        # What is said comes without who said it; the list alone still counts people.
        people = await read_people(api, session_id, _STALLED)
    return Status(session, summary.result(), (), people), threads


async def _said(api: HarmonicaClient, session_id: str) -> list[Participant]:
    """All conversations, as they were less than a minute ago: a click should cost no request."""
    kept, caller = kept_by(api), _caller(api)
    heard = kept.get(caller, session_id)
    if heard is None:
        heard = await hear(api, session_id)
        kept.put(caller, session_id, heard)
    return list(heard.people)


def _forget(api: HarmonicaClient, session_id: str) -> None:
    kept_by(api).drop(_caller(api), session_id)


def _caller(api: HarmonicaClient) -> str:
    return api.key.digest if api.key else ""
